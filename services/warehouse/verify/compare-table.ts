/** One table of the source against its mirror: all of it in parts, or a sample. */
import type { KeyRange } from '../../../core/ports/change-source.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import { RowDifferences } from './row-differences.ts';
import { hashRow, TableDigest, type TextRow } from './row-digest.ts';
import { drawSample, type KeySpan, type Sampling } from './sample.ts';
import { type TableParts, tableParts, wholeKeyColumn } from './table-parts.ts';

type Rows = AsyncIterable<readonly TextRow[]>;

/** Reads the rows of a table on both sides: all of them, or those within a range of the first key column. */
export interface TableSides {
  readonly source: (within?: KeyRange) => Rows;
  readonly warehouse: (within?: KeyRange) => Rows;
  /** Over both sides; null when neither has a row. Only where the first key column is a whole number. */
  readonly keySpan: () => Promise<KeySpan | null>;
}

export interface TableComparison {
  readonly table: string;
  readonly equal: boolean;
  /** Rows that were compared. */
  readonly sourceRows: number;
  readonly warehouseRows: number;
  readonly checksum: { readonly source: string; readonly warehouse: string };
  /** What differs, for people; empty when equal. */
  readonly differences: readonly string[];
  /** The chance with which a single row that differs was found: 1 when all rows were compared. */
  readonly share: number;
  readonly differing: DifferingRows;
}

export interface DifferingRows {
  readonly schema: TableSchema;
  /** As the source has them, or as the warehouse has what the source has not. */
  readonly rows: readonly TextRow[];
  /** False: there are more. */
  readonly isComplete: boolean;
}

/** Of a table whose rows cannot be asked for by range so many are held at once, the rest are not named. */
const MAX_HELD_ROWS = 50_000;

export async function compareTable(
  table: TableSchema,
  sides: TableSides,
  sampling: Sampling | null,
): Promise<TableComparison> {
  const isSampled = sampling !== null && wholeKeyColumn(table) !== null;
  return isSampled ? compareSample(table, sides, sampling) : compareWhole(table, sides);
}

async function compareSample(
  table: TableSchema,
  sides: TableSides,
  sampling: Sampling,
): Promise<TableComparison> {
  const digests = { source: new TableDigest(), warehouse: new TableDigest() };
  const found = new RowDifferences(table);
  const span = await sides.keySpan();
  const sample = span ? drawSample(table.table, span, sampling) : { ranges: [], share: 1 };
  for (const range of sample.ranges) {
    if (found.isFull) break;
    await found.compare(
      digesting(sides.source(range), digests.source),
      digesting(sides.warehouse(range), digests.warehouse),
    );
  }
  return toComparison(table, digests, { found, share: sample.share, isComplete: !found.isFull });
}

async function* digesting(rows: Rows, digest: TableDigest): Rows {
  for await (const chunk of rows) {
    for (const row of chunk) digest.add(hashRow(row));
    yield chunk;
  }
}

async function compareWhole(table: TableSchema, sides: TableSides): Promise<TableComparison> {
  const parts = tableParts(table);
  const source = await digestParts(sides.source(), (row) => parts.cut(row));
  const warehouse = await digestParts(sides.warehouse(), (row) => parts.partOf(row));
  const digests = { source: source.whole, warehouse: warehouse.whole };
  const found = new RowDifferences(table);
  const differing = differingParts(source.parts, warehouse.parts);
  const isComplete = await compareParts(differing, { parts, sides, found });
  return toComparison(table, digests, { found, share: 1, isComplete: isComplete && !found.isFull });
}

interface DifferingPart {
  readonly part: number;
  readonly rows: number;
}

interface PartedDigest {
  readonly whole: TableDigest;
  readonly parts: readonly (TableDigest | undefined)[];
}

async function digestParts(rows: Rows, partOf: (row: TextRow) => number): Promise<PartedDigest> {
  const whole = new TableDigest();
  const parts: (TableDigest | undefined)[] = [];
  for await (const chunk of rows) {
    for (const row of chunk) {
      const hash = hashRow(row);
      whole.add(hash);
      (parts[partOf(row)] ??= new TableDigest()).add(hash);
    }
  }
  return { whole, parts };
}

function differingParts(source: PartedDigest['parts'], warehouse: PartedDigest['parts']): DifferingPart[] {
  const count = Math.max(source.length, warehouse.length);
  return Array.from({ length: count }, (_, part) => part).flatMap((part) => {
    const ours = source[part];
    const theirs = warehouse[part];
    if (ours?.checksum === theirs?.checksum && ours?.rows === theirs?.rows) return [];
    return [{ part, rows: Math.max(ours?.rows ?? 0, theirs?.rows ?? 0) }];
  });
}

/** False: not all of them were looked into. */
async function compareParts(
  differing: readonly DifferingPart[],
  work: { readonly parts: TableParts; readonly sides: TableSides; readonly found: RowDifferences },
): Promise<boolean> {
  const { parts, sides, found } = work;
  if (differing.length === 0) return true;
  if (parts.range(0) === null) return compareHashedParts(differing, work);
  for (const { part } of differing) {
    if (found.isFull) return false;
    const range = parts.range(part) ?? undefined;
    await found.compare(sides.source(range), sides.warehouse(range));
  }
  return true;
}

/** Their rows are all over the table, so it is read once more, and they are picked out. */
async function compareHashedParts(
  differing: readonly DifferingPart[],
  work: { readonly parts: TableParts; readonly sides: TableSides; readonly found: RowDifferences },
): Promise<boolean> {
  const { parts, sides, found } = work;
  const chosen = new Set<number>();
  let held = 0;
  for (const { part, rows } of differing) {
    if (chosen.size > 0 && held + rows > MAX_HELD_ROWS) break;
    chosen.add(part);
    held += rows;
  }
  const pick = async function* (rows: Rows): Rows {
    for await (const chunk of rows) yield chunk.filter((row) => chosen.has(parts.partOf(row)));
  };
  await found.compare(pick(sides.source()), pick(sides.warehouse()));
  return chosen.size === differing.length;
}

function toComparison(
  table: TableSchema,
  { source, warehouse }: { readonly source: TableDigest; readonly warehouse: TableDigest },
  outcome: { readonly found: RowDifferences; readonly share: number; readonly isComplete: boolean },
): TableComparison {
  const { found, share, isComplete } = outcome;
  return {
    table: table.table,
    equal: source.rows === warehouse.rows && source.checksum === warehouse.checksum,
    sourceRows: source.rows,
    warehouseRows: warehouse.rows,
    checksum: { source: source.checksum, warehouse: warehouse.checksum },
    differences: found.texts,
    share,
    differing: { schema: table, rows: found.rows, isComplete },
  };
}
