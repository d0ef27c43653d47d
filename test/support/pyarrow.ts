/** An independent reader of Parquet: pyarrow. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { preparePython } from './python-environment.ts';

const run = promisify(execFile);
const VERSION = '26.0.1';
const SCRIPT = fileURLToPath(new URL('./read-parquet.py', import.meta.url));

export interface ParquetContent {
  /** Column path → Arrow type, e.g. `after.amount` → `decimal128(24, 8)`. */
  readonly types: Readonly<Record<string, string>>;
  /** Rows in file order: decimals, times and integers beyond 2^53 as text, bytes as `0x…`. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Reads one file, or every file under a folder as one data set. */
export async function readParquet(path: string): Promise<ParquetContent> {
  const { stdout } = await run(await preparePython('pyarrow', VERSION), [SCRIPT, path], {
    maxBuffer: 1 << 28,
  });
  return JSON.parse(stdout) as ParquetContent;
}
