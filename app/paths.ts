/** Where the package's own files are. Source runs from the package root, compiled code from dist/. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DolistreamError } from '../core/errors.ts';

/** The folder of the nearest package.json above `start`, itself included. */
export function findPackageRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) {
      throw new DolistreamError('INTERNAL', `no package.json above ${start}`, {
        fix: 'Install dolistream again: its package.json is missing.',
      });
    }
  }
}

export const packageRoot: string = findPackageRoot(dirname(fileURLToPath(import.meta.url)));

/** Path of a file or folder that comes with the package, such as `schemas` or `clickhouse/raw.sql`. */
export const packagePath = (...parts: readonly string[]): string => join(packageRoot, ...parts);

export function readPackageVersion(): string {
  const manifest = JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as { version: string };
  return manifest.version;
}
