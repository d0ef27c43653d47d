/** Confluent's client for Python, which is not ours. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { preparePython } from './python-environment.ts';

const run = promisify(execFile);
const VERSION = '2.15.1';
const READ_TOPICS = fileURLToPath(new URL('./read-topics.py', import.meta.url));
const MAX_OUTPUT_BYTES = 1 << 28;

/** Path of a python that has the client. */
export const prepareConfluentPython = (): Promise<string> =>
  preparePython('confluent-kafka', VERSION, '[avro,schemaregistry]');

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
