/**
 * Runs every test of the tree through node:test, one process per file; Node 20 cannot expand patterns itself.
 * Arguments: paths or parts of paths to run only those. test/real/ needs real data and runs by `npm run check:real`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { packageRoot } from '../app/paths.ts';

/** A file that takes longer hangs; node:test then fails it and ends its process. */
const FILE_TIMEOUT_MS = 600_000;
const LEFT_OUT = ['test/real/'];

function findTests(wanted: readonly string[]): readonly string[] {
  return readdirSync(join(packageRoot, 'test'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map((entry) => relative(packageRoot, join(entry.parentPath, entry.name)))
    .filter((path) => !LEFT_OUT.some((folder) => path.startsWith(folder)))
    .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)))
    .sort();
}

const files = findTests(process.argv.slice(2));
if (files.length === 0) {
  process.stderr.write(`No test matches ${process.argv.slice(2).join(' ')}\n`);
  process.exit(2);
}
const child = spawn(
  process.execPath,
  [
    '--import=tsx',
    '--test',
    `--test-concurrency=${availableParallelism()}`,
    `--test-timeout=${FILE_TIMEOUT_MS}`,
    '--test-reporter=spec',
    ...files,
  ],
  { cwd: packageRoot, stdio: 'inherit' },
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
if (signal !== null) process.stderr.write(`The test runner was ended by ${signal}\n`);
process.exitCode = code ?? 1;
