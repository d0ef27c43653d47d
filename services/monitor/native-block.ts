/** A block of ClickHouse's Native format, for the one answer that has to be in the client's revision of it. */
import type { EngineFacts } from './query-runner.ts';

/** Since then a block begins with what it is, and a column tells whether it is stored in a way of its own. */
const WITH_BLOCK_INFO = 1;
const WITH_CUSTOM_SERIALIZATION = 54_454;
/** Not an overflow, of no bucket, and nothing more. */
const BLOCK_INFO = Buffer.of(1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0);

interface Cell {
  readonly name: string;
  readonly type: 'String' | 'UInt32';
  readonly value: string | number;
}

/** Short texts only: their length is one byte. */
function packText(text: string): Buffer {
  const bytes = Buffer.from(text.slice(0, 30));
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

function packCell({ name, type, value }: Cell, revision: number): Buffer {
  const number = Buffer.alloc(4);
  if (typeof value === 'number') number.writeUInt32LE(value);
  const custom = revision >= WITH_CUSTOM_SERIALIZATION ? [Buffer.of(0)] : [];
  const packed = typeof value === 'number' ? number : packText(value);
  return Buffer.concat([packText(name), packText(type), ...custom, packed]);
}

const HELLO = 'selectdisplayname(),version(),revision(),timezone()';

/** Whether this is what clickhouse-go, and so Grafana, asks first. */
export const isHello = (sql: string): boolean =>
  sql.length < 200 && sql.toLowerCase().replace(/[\s;]+/g, '') === HELLO;

/**
 * Its answer, one row. The client reads it in the newest revision that it knows itself, and everything after it in the
 * one that it is told here: 0, the plain format, which is what the engine writes.
 */
export function helloBlock(
  { version, timezone }: Pick<EngineFacts, 'version' | 'timezone'>,
  revision: number,
): Buffer {
  const cells: readonly Cell[] = [
    { name: 'displayName()', type: 'String', value: 'dolistream' },
    { name: 'version()', type: 'String', value: version },
    { name: 'revision()', type: 'UInt32', value: 0 },
    { name: 'timezone()', type: 'String', value: timezone },
  ];
  const info = revision >= WITH_BLOCK_INFO ? [BLOCK_INFO] : [];
  return Buffer.concat([
    ...info,
    Buffer.of(cells.length, 1),
    ...cells.map((cell) => packCell(cell, revision)),
  ]);
}
