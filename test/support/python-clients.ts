/**
 * Confluent's client for Python, which is not ours, in its own virtual environment, made once per machine in the
 * temporary folder. It needs python3 with venv; a test that needs it fails without.
 */
import { execFile } from 'node:child_process';
import { access, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const VERSION = '2.15.1';
const ENVIRONMENT = join(tmpdir(), `dolistream-confluent-kafka-${VERSION}`);
const READ_TOPICS = fileURLToPath(new URL('./read-topics.py', import.meta.url));
const MAX_OUTPUT_BYTES = 1 << 28;

/** Path of a python that has the client. */
export async function prepareConfluentPython(): Promise<string> {
  const python = join(ENVIRONMENT, 'bin', 'python');
  const isThere = await access(python).then(
    () => true,
    () => false,
  );
  if (isThere) return python;
  const made = await mkdtemp(join(tmpdir(), 'dolistream-venv-'));
  await run('python3', ['-m', 'venv', made]);
  const requirement = `confluent-kafka[avro,schemaregistry]==${VERSION}`;
  await run(join(made, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', requirement]);
  try {
    await rename(made, ENVIRONMENT);
  } catch {
    // Another test file was first; its environment is as good.
    await rm(made, { recursive: true, force: true });
  }
  return python;
}

export interface RebuiltTable {
  /** Fields of the newest schema, in order. */
  readonly columns: readonly string[];
  /** Numbers and date-times as text, bytes in hexadecimal digits. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** How many events of each `op`. */
  readonly operations: Readonly<Record<string, number>>;
  /** `op` and key of each event, in order; without tombstones. */
  readonly trail: readonly string[];
  readonly tombstones: number;
  /** Tombstones of keys that a row had. */
  readonly tombstonesTooEarly: number;
  readonly seqIsOrdered: boolean;
  /** How many schemas the events were written with. */
  readonly valueSchemas: number;
}

export interface RebuiltTables {
  /** By topic. */
  readonly tables: Readonly<Record<string, RebuiltTable>>;
  /** DDL, in order. */
  readonly statements: readonly string[];
}

/** Reads the topics from their first record to their end, and what they say of each table. */
export async function rebuildWithPython(request: {
  readonly broker: string;
  readonly registry: string;
  readonly topics: readonly string[];
  readonly ddlTopic: string;
}): Promise<RebuiltTables> {
  const running = run(await prepareConfluentPython(), [READ_TOPICS], { maxBuffer: MAX_OUTPUT_BYTES });
  running.child.stdin!.end(JSON.stringify(request));
  return JSON.parse((await running).stdout) as RebuiltTables;
}
