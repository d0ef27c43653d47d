/**
 * Where a lake file lies: `<database>.<table>/date=YYYY-MM-DD/<first>-<last>.parquet`. First and last are the offsets of
 * its events in their topic, so the names alone tell what the lake holds.
 *
 * Rule for readers: a file whose range lies within that of another file in the same folder is to be ignored. It only
 * exists between the moment a merged file appears and the moment its parts are removed.
 */
import { createHash } from 'node:crypto';
import type { EnvelopeTable } from '../../core/avro-schema.ts';
import type { LakeFile } from '../../core/ports/lake-store.ts';

export interface EventRange {
  /** Folder of the table. */
  readonly table: string;
  /** UTC date of the commits, YYYY-MM-DD. */
  readonly date: string;
  readonly first: number;
  /** Offset of the last event, inclusive. */
  readonly last: number;
}

export interface RangeFile extends EventRange, LakeFile {}

/** Wide enough for every safe integer, so that names sort as numbers. */
const OFFSET_DIGITS = 16;
const PATTERN = /^([^/]+)\/date=(\d{4}-\d{2}-\d{2})\/(\d{16})-(\d{16})\.parquet$/;

/** Bytes that a folder's name may have, with room to spare. */
const LONGEST_NAME = 200;

/**
 * Characters that every file system and glob takes as they are; the rest is percent-encoded. A name that gets too
 * long by that is cut, and a digest keeps it unique.
 */
export function tableFolder(table: Pick<EnvelopeTable, 'database' | 'table'>): string {
  const name = `${table.database}.${table.table}`;
  const encoded = encodeName(name);
  if (encoded.length <= LONGEST_NAME) return encoded;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${encoded.slice(0, LONGEST_NAME - 17)}~${digest}`;
}

function encodeName(name: string): string {
  return name.replace(/^[._]|[^A-Za-z0-9_.-]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}

export function utcDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

export const partitionFolder = (range: EventRange): string => `${range.table}/date=${range.date}`;

const offsetText = (offset: number): string => String(offset).padStart(OFFSET_DIGITS, '0');

export function rangePath(range: EventRange): string {
  return `${partitionFolder(range)}/${offsetText(range.first)}-${offsetText(range.last)}.parquet`;
}

/** The lake's own files among these; a file with another name is not ours and left alone. */
export function rangeFiles(files: readonly LakeFile[]): RangeFile[] {
  return files.flatMap((file) => {
    const match = PATTERN.exec(file.path);
    if (!match) return [];
    const [, table, date, first, last] = match;
    return [{ ...file, table: table!, date: date!, first: Number(first), last: Number(last) }];
  });
}

/** Files of one partition of which every event is in a bigger file too: what an interrupted merge left. */
export function coveredFiles(files: readonly RangeFile[]): RangeFile[] {
  return files.filter((file) => files.some((other) => isWithin(file, other)));
}

function isWithin(inner: RangeFile, outer: RangeFile): boolean {
  return inner.path !== outer.path && inner.first >= outer.first && inner.last <= outer.last;
}

/** The lake's own files among these, without what an interrupted merge left: no event is in two of them. */
export function uncoveredFiles(files: readonly LakeFile[]): RangeFile[] {
  return [...groupBy(rangeFiles(files), partitionFolder).values()].flatMap((partition) => {
    const covered = new Set(coveredFiles(partition));
    return partition.filter((file) => !covered.has(file));
  });
}

/** Events in these files; those of an interrupted merge count once. */
export function countEvents(files: readonly LakeFile[]): number {
  return uncoveredFiles(files).reduce((events, { first, last }) => events + last - first + 1, 0);
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
