/**
 * A checksum of a table that does not depend on the order of its rows: the sum of the rows' hashes. Two tables with the
 * same rows, as many times each, have the same checksum; others differ but for a chance of one in 2^96.
 */
import { createHash } from 'node:crypto';

/** Canonical text of each column, null for NULL. */
export type TextRow = readonly (string | null)[];

const HALF = 2 ** 48;

/** Hash of one row. A length before each value keeps ('ab', 'c') apart from ('a', 'bc'). */
export function hashRow(row: TextRow): Buffer {
  const hash = createHash('md5');
  for (const value of row) hash.update(value === null ? '-;' : `${value.length}:${value};`);
  return hash.digest();
}

export class TableDigest {
  rows = 0;
  #low = 0;
  #high = 0;

  add(hash: Buffer): void {
    this.rows++;
    this.#low = (this.#low + hash.readUIntBE(0, 6)) % HALF;
    this.#high = (this.#high + hash.readUIntBE(6, 6)) % HALF;
  }

  /** Hexadecimal text. */
  get checksum(): string {
    return this.#high.toString(16).padStart(12, '0') + this.#low.toString(16).padStart(12, '0');
  }
}
