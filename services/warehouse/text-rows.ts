/**
 * Few events as text rows of their mirror table. Where an insert has few rows its cost is that of analysing the
 * statement, and one that reads Avro has an expression for each column: as text it takes a third of the time.
 */
import { AvroReader } from './avro-reader.ts';
import type { Run } from './batch-insert.ts';
import { cellReader, type ReadCell } from './text-cells.ts';
import type { TablePlan } from './table-plan.ts';

/** Above one of these the engine's own reading of Avro is worth its statement. */
const MAX_RECORDS = 500;
const MAX_BYTES = 256 * 1024;

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const TAB = Buffer.from('\t');
const NEW_LINE = Buffer.from('\n');
const NULL = Buffer.from('\\N');
/** A carriage return before the line end would be taken for part of it. */
const ESCAPES: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r', 92: '\\\\' };

export function isFew(run: Run): boolean {
  let records = 0;
  let bytes = 0;
  for (const segment of run) {
    records += segment.end - segment.start;
    bytes += segment.bytes;
  }
  return records <= MAX_RECORDS && bytes <= MAX_BYTES;
}

type Skip = (reader: AvroReader) => unknown;
interface Field {
  readonly name: string;
  readonly type: unknown;
}

/** What reads over a value of the type; null for a type that our envelopes do not have. */
function skipOf(type: unknown): Skip | null {
  if (type === 'string' || type === 'bytes') return (reader) => reader.readBytes();
  if (type === 'long' || type === 'int') return (reader) => reader.readLong();
  if (Array.isArray(type)) {
    const skip = type.length === 2 && type[0] === 'null' ? skipOf(type[1]) : null;
    return skip && ((reader) => reader.readInt() !== 0 && skip(reader));
  }
  const { fields } = Object(type) as { fields?: readonly Field[] };
  const skips = fields && skipsOf(fields);
  return skips ? (reader) => skips.forEach((skip) => skip(reader)) : null;
}

function skipsOf(fields: readonly Field[]): readonly Skip[] | null {
  const skips = fields.map(({ type }) => skipOf(type));
  return skips.every((skip) => skip !== null) ? skips : null;
}

/** What stands around `seq` in an envelope, behind its images. */
interface Frame {
  readonly head: readonly Skip[];
  readonly tail: readonly Skip[];
}

/** Null when the envelope is not one of ours. */
function frameOf(schemaText: string): Frame | null {
  const [, , source, ...rest] = (JSON.parse(schemaText) as { fields: readonly Field[] }).fields;
  const { fields = [] } = Object(source?.type) as { fields?: readonly Field[] };
  const seq = fields.findIndex(({ name, type }) => name === 'seq' && type === 'long');
  if (source?.name !== 'source' || seq < 0) return null;
  const head = skipsOf(fields.slice(0, seq));
  const tail = skipsOf([...fields.slice(seq + 1), ...rest]);
  return head && tail && { head, tail };
}

function escaped(value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
  let clean = 0;
  while (clean < bytes.length && ESCAPES[bytes[clean]!] === undefined) clean++;
  if (clean === bytes.length) return bytes;
  const pieces: Buffer[] = [];
  let from = 0;
  for (let at = clean; at < bytes.length; at++) {
    const escape = ESCAPES[bytes[at]!];
    if (escape === undefined) continue;
    pieces.push(bytes.subarray(from, at), Buffer.from(escape));
    from = at + 1;
  }
  return Buffer.concat([...pieces, bytes.subarray(from)]);
}

type Image = readonly (Buffer | null)[];

export interface TextRows {
  /** In the database `mirror`. */
  readonly table: string;
  /** Plain names; the rows have these columns. */
  readonly columns: readonly string[];
  /** The rows of the run, in its order; null when it has to go as Avro. */
  write(run: Run): Buffer | null;
}

interface RowFormat {
  readonly cells: readonly ReadCell[];
  readonly isKey: readonly boolean[];
  readonly frame: Frame;
}

/** Null for a table that has to be filled from Avro: one without a key, or with names that need quotes. */
export function planTextRows(plan: TablePlan, schemaText: string): TextRows | null {
  const names = plan.columns.map((column) => column.name);
  const frame = frameOf(schemaText);
  if (!plan.isKeyed || !frame || ![plan.name, ...names].every((name) => PLAIN_NAME.test(name))) return null;
  const cells = plan.source.columns.map(({ type }) => cellReader(type));
  const isKey = plan.columns.map((column) => column.isKey);
  return {
    table: plan.name,
    // A number first: ClickHouse skips white space before the first value.
    columns: ['_seq', '_deleted', ...names],
    write: (run) => writeRows(run, { cells, isKey, frame }),
  };
}

function writeRows(run: Run, format: RowFormat): Buffer | null {
  const reader = new AvroReader();
  const pieces: Uint8Array[] = [];
  for (const { batch, start, end } of run) {
    for (let record = start; record < end; record++) {
      reader.reset(batch.values, record === 0 ? 0 : batch.valueEnds[record - 1]!, batch.valueEnds[record]!);
      const row = readRow(reader, format);
      if (!row) return null;
      pieces.push(...row);
    }
  }
  return Buffer.concat(pieces);
}

/** The pieces of the row that the event at hand makes; null when a value has no text, or when it is no such event. */
function readRow(reader: AvroReader, { cells, isKey, frame }: RowFormat): Uint8Array[] | null {
  const before = readImage(reader, cells);
  const after = readImage(reader, cells);
  const image = after ?? before;
  if (image === null || image === 'untold') return null;
  for (const skip of frame.head) skip(reader);
  const row: Uint8Array[] = [Buffer.from(`${reader.readLong()}\t${after ? 0 : 1}`)];
  for (const skip of frame.tail) skip(reader);
  // A deleted row keeps its key only, as it does from Avro.
  image.forEach((cell, index) => row.push(TAB, (after || isKey[index] ? cell : null) ?? NULL));
  row.push(NEW_LINE);
  return reader.isAtEnd ? row : null;
}

/** null: there is no such image. `untold`: a value of it has no text. */
function readImage(reader: AvroReader, cells: readonly ReadCell[]): Image | 'untold' | null {
  if (reader.readInt() === 0) return null;
  let isUntold = false;
  const image = cells.map((read) => {
    if (reader.readInt() === 0) return null;
    const value = read(reader);
    if (value === null) isUntold = true;
    return value === null ? null : escaped(value);
  });
  return isUntold ? 'untold' : image;
}
