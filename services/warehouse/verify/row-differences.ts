/** The rows in which two sides of a table differ, found one part of the table after the other. */
import type { TableSchema } from '../../../core/table-schema.ts';
import type { TextRow } from './row-digest.ts';
import { keyIndexes } from './table-parts.ts';

const MAX_TEXTS = 10;
/** Beyond so many it is quicker to copy the table than to name its rows. */
const MAX_ROWS = 20_000;

type Rows = AsyncIterable<readonly TextRow[]>;

export class RowDifferences {
  readonly #table: TableSchema;
  readonly #key: readonly number[];
  /** As the source has them, or as the warehouse has what the source has not. */
  readonly rows: TextRow[] = [];
  /** The first of them, for people. */
  readonly texts: string[] = [];

  constructor(table: TableSchema) {
    this.#table = table;
    this.#key = keyIndexes(table);
  }

  /** More than can be named: what `rows` has is not all. */
  get isFull(): boolean {
    return this.rows.length >= MAX_ROWS;
  }

  /** Compares all rows of a part. Holds those of one side in memory. */
  async compare(source: Rows, warehouse: Rows): Promise<void> {
    if (this.#table.key.length === 0) return this.#compareCopies(source, warehouse);
    const open = new Map<string, TextRow>();
    for await (const chunk of source) for (const row of chunk) open.set(this.#nameOf(row), row);
    for await (const chunk of warehouse) {
      for (const row of chunk) {
        const name = this.#nameOf(row);
        const other = open.get(name);
        open.delete(name);
        if (!other) this.#add(row, `${name}: only in the warehouse`);
        else this.#compareColumns(name, other, row);
      }
    }
    for (const [name, row] of open) this.#add(row, `${name}: only in the source`);
  }

  #compareColumns(name: string, source: TextRow, warehouse: TextRow): void {
    const columns = this.#table.columns.filter((_, index) => source[index] !== warehouse[index]);
    if (columns.length === 0) return;
    this.#add(source, `${name}: differs in ${columns.map((column) => column.name).join(', ')}`);
  }

  /** Without a key: how many copies there are of each row. */
  async #compareCopies(source: Rows, warehouse: Rows): Promise<void> {
    const balance = new Map<string, { row: TextRow; copies: number }>();
    const count = async (rows: Rows, by: 1 | -1): Promise<void> => {
      for await (const chunk of rows) {
        for (const row of chunk) {
          const name = JSON.stringify(row);
          const known = balance.get(name);
          if (known) known.copies += by;
          else balance.set(name, { row, copies: by });
        }
      }
    };
    await count(source, 1);
    await count(warehouse, -1);
    for (const [name, { row, copies }] of balance) {
      if (copies === 0) continue;
      const where = copies > 0 ? 'fewer in the warehouse' : 'more in the warehouse';
      this.#add(row, `${name.slice(0, 200)}: ${Math.abs(copies)} ${where}`);
    }
  }

  #add(row: TextRow, text: string): void {
    if (this.texts.length < MAX_TEXTS) this.texts.push(text);
    if (!this.isFull) this.rows.push(row);
  }

  #nameOf(row: TextRow): string {
    return this.#key.map((index) => `${this.#table.columns[index]!.name}=${row[index]}`).join(', ');
  }
}
