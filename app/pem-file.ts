import { readFileSync } from 'node:fs';
import { DolistreamError } from '../core/errors.ts';

/** The text of a PEM file that an option names; undefined when it names none. Throws CONFIG_INVALID. */
export function readPem(path: string | null): string | undefined {
  if (path === null) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new DolistreamError('CONFIG_INVALID', `The file ${path} cannot be read`, {
      fix: 'Name a PEM file that this user can read.',
      cause: error,
    });
  }
}
