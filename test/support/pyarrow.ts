/**
 * An independent reader of Parquet: pyarrow in its own virtual environment, made once per machine in the temporary
 * folder. It needs python3 with venv; a test that needs it fails without.
 */
import { execFile } from 'node:child_process';
import { access, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const VERSION = '26.0.1';
const ENVIRONMENT = join(tmpdir(), `dolistream-pyarrow-${VERSION}`);
const SCRIPT = fileURLToPath(new URL('./read-parquet.py', import.meta.url));

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Path of a python that has pyarrow. */
async function preparePython(): Promise<string> {
  const python = join(ENVIRONMENT, 'bin', 'python');
  if (await exists(python)) return python;
  const made = await mkdtemp(join(tmpdir(), 'dolistream-venv-'));
  await run('python3', ['-m', 'venv', made]);
  await run(join(made, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', `pyarrow==${VERSION}`]);
  try {
    await rename(made, ENVIRONMENT);
  } catch {
    // Another test file was first; its environment is as good.
    await rm(made, { recursive: true, force: true });
  }
  return python;
}

export interface ParquetContent {
  /** Column path → Arrow type, e.g. `after.amount` → `decimal128(24, 8)`. */
  readonly types: Readonly<Record<string, string>>;
  /** Rows in file order: decimals, times and integers beyond 2^53 as text, bytes as `0x…`. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Reads one file, or every file under a folder as one data set. */
export async function readParquet(path: string): Promise<ParquetContent> {
  const { stdout } = await run(await preparePython(), [SCRIPT, path], { maxBuffer: 1 << 28 });
  return JSON.parse(stdout) as ParquetContent;
}
