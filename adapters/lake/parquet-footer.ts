/**
 * Reads and finishes the footer of a Parquet file. ClickHouse writes every text and every byte string as UTF-8 text,
 * and every date-time as an instant; three kinds of columns must say something else, and only the footer says it.
 * Format: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */
import type { FileHandle } from 'node:fs/promises';
import { DolistreamError } from '../../core/errors.ts';
import {
  readThriftStruct,
  THRIFT,
  type ThriftList,
  type ThriftStruct,
  writeThriftStruct,
} from './thrift-compact.ts';

const MAGIC = 'PAR1';
const TAIL_BYTES = 8;

/** Field numbers of parquet.thrift. */
const FILE = { schema: 2, metadata: 5 } as const;
const ELEMENT = { name: 4, children: 5, convertedType: 6, logicalType: 10 } as const;
const CONVERTED_DATE = 6n;
const LOGICAL_DATE = 6;
const LOGICAL_TIMESTAMP = 8;
const IS_ADJUSTED_TO_UTC = 1;
const ENTRY = { key: 1, value: 2 } as const;

export type ColumnCorrection =
  /** Bytes that are not text. */
  | 'binary'
  /** A number of days. */
  | 'date'
  /** A wall clock without a zone. */
  | 'local-time';

/** Bytes that can be read anywhere: a file, or an object far away. */
export interface RandomAccess {
  /** In bytes. */
  readonly size: number;
  /** The bytes from `at`; fewer than `length` at the end. */
  read(at: number, length: number): Promise<Buffer>;
}

interface Footer {
  readonly fields: ThriftStruct;
  /** Where the footer begins in the file. */
  readonly at: number;
}

/** Corrects the columns (paths like `after.datec`) and adds `metadata`, in place at the end of the file. */
export async function finishFooter(
  file: FileHandle,
  corrections: ReadonlyMap<string, ColumnCorrection>,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const { fields, at } = await readFooter(await accessFile(file));
  for (const { path, element } of columnsOf(fields)) {
    const correction = corrections.get(path);
    if (correction) correct(element, correction);
  }
  addMetadata(fields, metadata);
  const footer = writeThriftStruct(fields);
  const tail = Buffer.alloc(TAIL_BYTES);
  tail.writeUInt32LE(footer.length, 0);
  tail.write(MAGIC, 4);
  const whole = Buffer.concat([footer, tail]);
  await file.truncate(at);
  await file.write(whole, 0, whole.length, at);
}

/** The file's key-value metadata. */
export async function readMetadata(bytes: RandomAccess): Promise<Map<string, string>> {
  const { fields } = await readFooter(bytes);
  const list = fields.get(FILE.metadata)?.value as ThriftList | undefined;
  return new Map(
    (list?.items ?? []).map((item) => {
      const entry = item as ThriftStruct;
      return [textOf(entry, ENTRY.key), textOf(entry, ENTRY.value)];
    }),
  );
}

export async function accessFile(file: FileHandle): Promise<RandomAccess> {
  const { size } = await file.stat();
  return {
    size,
    read: async (at, length) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
      return buffer.subarray(0, bytesRead);
    },
  };
}

async function readFooter(bytes: RandomAccess): Promise<Footer> {
  const { size } = bytes;
  const tail = await bytes.read(Math.max(0, size - TAIL_BYTES), Math.min(size, TAIL_BYTES));
  const length = tail.length === TAIL_BYTES ? tail.readUInt32LE(0) : 0;
  const at = size - TAIL_BYTES - length;
  if (tail.subarray(4).toString('latin1') !== MAGIC || at < MAGIC.length) {
    throw new DolistreamError('LAKE_CORRUPT', 'The file is not a complete Parquet file');
  }
  return { fields: readThriftStruct(await bytes.read(at, length)), at };
}

/** The schema is a tree, listed depth first; each element tells how many children follow it. */
function* columnsOf(fields: ThriftStruct): Generator<{ path: string; element: ThriftStruct }> {
  const elements = (fields.get(FILE.schema)?.value as ThriftList | undefined)?.items ?? [];
  let next = 0;
  function* descend(prefix: string): Generator<{ path: string; element: ThriftStruct }> {
    const element = elements[next] as ThriftStruct;
    next += 1;
    const isRoot = next === 1;
    const path = isRoot ? '' : prefix + textOf(element, ELEMENT.name);
    if (!isRoot) yield { path, element };
    const children = Number(element.get(ELEMENT.children)?.value ?? 0);
    for (let n = 0; n < children; n++) yield* descend(isRoot ? '' : `${path}.`);
  }
  if (elements.length > 0) yield* descend('');
}

function correct(element: ThriftStruct, correction: ColumnCorrection): void {
  if (correction === 'date') {
    const isDate: ThriftStruct = new Map([[LOGICAL_DATE, { type: THRIFT.struct, value: new Map() }]]);
    element.set(ELEMENT.convertedType, { type: THRIFT.i32, value: CONVERTED_DATE });
    element.set(ELEMENT.logicalType, { type: THRIFT.struct, value: isDate });
    return;
  }
  // The older `converted type` can only mean text or an instant, so it goes in both cases.
  element.delete(ELEMENT.convertedType);
  if (correction === 'binary') {
    element.delete(ELEMENT.logicalType);
    return;
  }
  const logical = element.get(ELEMENT.logicalType)?.value as ThriftStruct | undefined;
  const timestamp = logical?.get(LOGICAL_TIMESTAMP)?.value as ThriftStruct | undefined;
  timestamp?.set(IS_ADJUSTED_TO_UTC, { type: THRIFT.false, value: false });
}

function addMetadata(fields: ThriftStruct, metadata: Readonly<Record<string, string>>): void {
  const items = (fields.get(FILE.metadata)?.value as ThriftList | undefined)?.items ?? [];
  const added = Object.entries(metadata).map(
    ([key, value]): ThriftStruct =>
      new Map([
        [ENTRY.key, { type: THRIFT.binary, value: Buffer.from(key) }],
        [ENTRY.value, { type: THRIFT.binary, value: Buffer.from(value) }],
      ]),
  );
  const list: ThriftList = { elementType: THRIFT.struct, items: [...items, ...added] };
  fields.set(FILE.metadata, { type: THRIFT.list, value: list });
}

function textOf(struct: ThriftStruct, id: number): string {
  const value = struct.get(id)?.value;
  return value instanceof Uint8Array ? Buffer.from(value).toString() : '';
}
