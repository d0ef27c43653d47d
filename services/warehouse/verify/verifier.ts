/**
 * Proof that the mirror equals the source, while both are live: a consistent snapshot of the source, the loader held at
 * exactly that place in the stream, and a checksum over every column of every row on both sides.
 */
import type { Snapshot } from '../../../core/ports/change-source.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import { formatPosition } from '../../../core/position.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import { readMirrorRows } from './mirror-rows.ts';
import { hashRow, TableDigest, type TextRow } from './row-digest.ts';

export interface TableComparison {
  readonly table: string;
  readonly equal: boolean;
  readonly sourceRows: number;
  readonly warehouseRows: number;
  readonly checksum: { readonly source: string; readonly warehouse: string };
  /** What differs, for people; empty when equal. */
  readonly differences: readonly string[];
}

export interface Comparison {
  readonly equal: boolean;
  readonly position: string;
  readonly tables: readonly TableComparison[];
  /** Tables that could not be compared at this position, each with the reason. */
  readonly leftOut: readonly { readonly table: string; readonly reason: string }[];
}

export interface VerifierDependencies {
  /** Capture's barrier: see services/capture/barriers.ts. */
  readonly atBarrier: (task: {
    tables?: readonly string[];
    atBarrier: (snapshot: Snapshot, seq: number) => Promise<void>;
  }) => Promise<Snapshot>;
  /** Tables that capture has yet to copy anew after a schema change. */
  readonly unsettledTables: () => readonly string[];
  /** Resolves when everything up to the seq is in the mirror; see LoadControl. */
  readonly loader: {
    hold(through: { readonly throughSeq: number }): Promise<void>;
    release(): void;
  };
  readonly warehouse: Warehouse;
  readonly options: { readonly timezone: string; readonly qualifyTables: boolean };
}

export interface VerifyRequest {
  /** All captured tables when not given. */
  readonly tables?: readonly string[];
  readonly onTable: (progress: {
    readonly table: string;
    readonly rows: number;
    readonly done: boolean;
  }) => void;
  readonly signal: AbortSignal;
}

const MAX_DIFFERENCES = 10;

export async function verifyMirror(deps: VerifierDependencies, request: VerifyRequest): Promise<Comparison> {
  let held: Promise<void> | null = null;
  let unsettled: readonly string[] = [];
  const snapshot = await deps.atBarrier({
    ...(request.tables ? { tables: request.tables } : {}),
    // Asked for while the stream stands still, so that nothing later can be loaded; waiting for it need not hold the stream.
    atBarrier: async (_, seq) => {
      unsettled = deps.unsettledTables();
      held = deps.loader.hold({ throughSeq: seq });
      held.catch(() => undefined);
      return Promise.resolve();
    },
  });
  try {
    await held;
    const tables: TableComparison[] = [];
    for (const table of snapshot.tables.filter(({ table: name }) => !unsettled.includes(name))) {
      request.signal.throwIfAborted();
      tables.push(await compareTable(deps, snapshot, table, request));
    }
    const leftOut = unsettled.map((table) => ({ table, reason: 'being copied anew after a schema change' }));
    return {
      equal: tables.every((table) => table.equal),
      position: formatPosition(snapshot.position),
      tables,
      leftOut,
    };
  } finally {
    deps.loader.release();
    await snapshot[Symbol.asyncDispose]();
  }
}

async function compareTable(
  deps: VerifierDependencies,
  snapshot: Snapshot,
  table: TableSchema,
  request: VerifyRequest,
): Promise<TableComparison> {
  const mirror = (): AsyncIterable<TextRow[]> =>
    readMirrorRows(deps.warehouse, table, { ...deps.options, signal: request.signal });
  const source = await digest(snapshot.texts(table));
  const warehouse = await digest(mirror());
  const equal = source.rows === warehouse.rows && source.checksum === warehouse.checksum;
  const differences = equal ? [] : await findDifferences(table, snapshot.texts(table), mirror());
  request.onTable({ table: table.table, rows: source.rows, done: true });
  return {
    table: table.table,
    equal,
    sourceRows: source.rows,
    warehouseRows: warehouse.rows,
    checksum: { source: source.checksum, warehouse: warehouse.checksum },
    differences,
  };
}

async function digest(rows: AsyncIterable<readonly TextRow[]>): Promise<TableDigest> {
  const result = new TableDigest();
  for await (const chunk of rows) for (const row of chunk) result.add(hashRow(row));
  return result;
}

/** The first rows that only one side has, or that differ, with the columns in which they do. */
async function findDifferences(
  table: TableSchema,
  source: AsyncIterable<readonly TextRow[]>,
  warehouse: AsyncIterable<readonly TextRow[]>,
): Promise<string[]> {
  const key = table.key.map((name) => table.columns.findIndex((column) => column.name === name));
  const nameOf = (row: TextRow): string =>
    key.length > 0
      ? key.map((index) => `${table.columns[index]!.name}=${row[index]}`).join(', ')
      : hashRow(row).toString('hex');
  const open = new Map<string, TextRow>();
  for await (const chunk of source) for (const row of chunk) open.set(nameOf(row), row);
  const differences: string[] = [];
  const report = (text: string): void => {
    if (differences.length < MAX_DIFFERENCES) differences.push(text);
  };
  for await (const chunk of warehouse) {
    for (const row of chunk) {
      const name = nameOf(row);
      const other = open.get(name);
      open.delete(name);
      if (!other) report(`${name}: only in the warehouse`);
      else {
        const columns = table.columns
          .filter((_, index) => row[index] !== other[index])
          .map((column) => column.name);
        if (columns.length > 0) report(`${name}: differs in ${columns.join(', ')}`);
      }
    }
  }
  for (const name of open.keys()) report(`${name}: only in the source`);
  return differences.length > 0 ? differences : ['the same rows, but not as many times each'];
}
