/** A registry client that is not ours: Confluent's for Python. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import avro from 'avsc';
import type { SchemaRegistry } from '../../../core/ports/schema-registry.ts';
import { prepareConfluentPython } from '../../support/python-clients.ts';

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('./confluent-client.py', import.meta.url));

export interface ClientReport {
  readonly subjects: readonly string[];
  readonly versions: readonly number[];
  readonly id: number;
  readonly version: number;
  readonly schema: unknown;
  readonly lookedUp: number;
  readonly compatible: boolean;
  readonly level: string;
  /** Confluent's codes of what was refused; null: it was not. */
  readonly unknownSubject: number | null;
  readonly unknownId: number | null;
  readonly registered: number | null;
  readonly decoded: unknown;
}

export interface ClientRequest {
  readonly url: string;
  /** `user:password` */
  readonly auth?: string;
  readonly subject: string;
  /** A message in Confluent's wire format, as hexadecimal digits. */
  readonly message: string;
}

export async function readWithConfluentClient(request: ClientRequest): Promise<ClientReport> {
  const running = run(await prepareConfluentPython(), [SCRIPT]);
  running.child.stdin!.end(JSON.stringify(request));
  return JSON.parse((await running).stdout) as ClientReport;
}

export const SAMPLE_SUBJECT = 'dolibarr.erp.llx_product-value';

const sampleSchema = (fields: readonly object[]): object => ({
  type: 'record',
  name: 'Value',
  namespace: 'dolibarr.erp.llx_product',
  table: 'llx_product',
  key: ['rowid'],
  fields: [
    { name: 'rowid', type: 'int', column: 'int' },
    { name: 'label', type: ['null', 'string'], default: null, column: 'text' },
    ...fields,
  ],
});

const PRICE = {
  name: 'price',
  type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 24, scale: 8 }],
  default: null,
  column: 'decimal(24,8)',
};

/** Registers two versions of a table; gives the newest schema, its id, and a message written with it. */
export async function registerSample(
  registry: SchemaRegistry,
): Promise<{ readonly id: number; readonly schema: object; readonly message: string }> {
  await registry.register(SAMPLE_SUBJECT, JSON.stringify(sampleSchema([])));
  const schema = sampleSchema([PRICE]);
  const id = await registry.register(SAMPLE_SUBJECT, JSON.stringify(schema));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(id, 1);
  const type = avro.Type.forSchema(schema as avro.Schema);
  const price = Buffer.from([0x4a, 0x81, 0x7c, 0x80]);
  const datum = type.toBuffer({ rowid: 7, label: 'Brique é', price });
  return { id, schema, message: Buffer.concat([head, datum]).toString('hex') };
}

/** What the message of the sample says: 1,250,000,000 units of 10^-8. */
export const SAMPLE_DECODED = { rowid: 7, label: 'Brique é', price: '12.50000000' };
