/**
 * Cuts a table into parts of some thousand rows, the same ones on both sides, so that a difference is looked for only where
 * it is. Where the first key column is a whole number a part is a range of it, found while the source is read; otherwise a
 * row's part follows from a hash of its key, or of all of it where there is none.
 */
import type { KeyRange } from '../../../core/ports/change-source.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import type { TextRow } from './row-digest.ts';

const ROWS_PER_PART = 2000;
const HASHED_PARTS = 1024;

/** Index of the first key column when it is a whole number; null otherwise. */
export function wholeKeyColumn(table: TableSchema): number | null {
  const [name] = table.key;
  const index = table.columns.findIndex((column) => column.name === name);
  return table.columns[index]?.type.kind === 'int' ? index : null;
}

export interface TableParts {
  /** The part of a row of the source; rows come in key order, and all of them before the first `partOf`. */
  cut(row: TextRow): number;
  partOf(row: TextRow): number;
  /** Where the rows of a part are; null: anywhere. */
  range(part: number): KeyRange | null;
}

export function tableParts(table: TableSchema): TableParts {
  const column = wholeKeyColumn(table);
  return column === null ? new HashedParts(keyIndexes(table)) : new RangeParts(column);
}

/** Which columns make up the key; all of them where there is none. */
export function keyIndexes({ key, columns }: TableSchema): number[] {
  if (key.length === 0) return columns.map((_, index) => index);
  return key.map((name) => columns.findIndex((column) => column.name === name));
}

/** Numbers beyond this many digits need not be exact as such. */
const SAFE_DIGITS = 15;
const keyNumber = (text: string): number | bigint =>
  text.length <= SAFE_DIGITS ? Number(text) : BigInt(text);

class RangeParts implements TableParts {
  readonly #column: number;
  /** Last key of each part but the last one, which has no end. */
  readonly #ends: (number | bigint)[] = [];
  #rows = 0;
  #last = '';

  constructor(column: number) {
    this.#column = column;
  }

  cut(row: TextRow): number {
    const key = row[this.#column]!;
    if (this.#rows >= ROWS_PER_PART && key !== this.#last) {
      this.#ends.push(keyNumber(this.#last));
      this.#rows = 0;
    }
    this.#rows++;
    this.#last = key;
    return this.#ends.length;
  }

  partOf(row: TextRow): number {
    const key = keyNumber(row[this.#column]!);
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ends[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  range(part: number): KeyRange {
    const before = this.#ends[part - 1];
    return {
      first: before === undefined ? null : String(BigInt(before) + 1n),
      last: this.#ends[part]?.toString() ?? null,
    };
  }
}

class HashedParts implements TableParts {
  readonly #columns: readonly number[];

  constructor(columns: readonly number[]) {
    this.#columns = columns;
  }

  cut(row: TextRow): number {
    return this.partOf(row);
  }

  /** FNV-1a over the key's characters. */
  partOf(row: TextRow): number {
    let hash = 0x811c9dc5;
    for (const column of this.#columns) {
      const text = row[column] ?? '-';
      for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
      hash = Math.imul(hash ^ 0x1f, 0x01000193);
    }
    return (hash >>> 0) % HASHED_PARTS;
  }

  range(): null {
    return null;
  }
}
