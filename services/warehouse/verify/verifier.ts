/**
 * Proof that the mirror equals the source, while both are live: a consistent snapshot of the source, the loader held at
 * exactly that place in the stream, and a checksum over every column of every row on both sides.
 */
import type { Snapshot } from '../../../core/ports/change-source.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import { formatPosition } from '../../../core/position.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import { compareTable, type TableComparison, type TableSides } from './compare-table.ts';
import { readMirrorRows, readMirrorSpan } from './mirror-rows.ts';
import type { Sampling } from './sample.ts';
import { readSourceRows } from './source-rows.ts';

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
  /** Compare no more than this of large tables; all rows by default. */
  readonly sampling?: Sampling | null;
  /** Runs when all tables are compared, with the mirror still where the snapshot is. */
  readonly whileHeld?: (snapshot: Snapshot, tables: readonly TableComparison[]) => Promise<void>;
  readonly signal: AbortSignal;
}

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
      const comparison = await compareTable(
        table,
        sidesOf(deps, request, { snapshot, table }),
        request.sampling ?? null,
      );
      request.onTable({ table: table.table, rows: comparison.sourceRows, done: true });
      tables.push(comparison);
    }
    await request.whileHeld?.(snapshot, tables);
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

function sidesOf(
  { warehouse, options }: VerifierDependencies,
  { signal }: VerifyRequest,
  { snapshot, table }: { readonly snapshot: Snapshot; readonly table: TableSchema },
): TableSides {
  const mirror = { warehouse, table, signal, ...options };
  return {
    source: (within) => readSourceRows(snapshot, table, within),
    warehouse: (within) => readMirrorRows(mirror, within),
    keySpan: async () => {
      const [source, loaded] = [await snapshot.keySpan(table), await readMirrorSpan(mirror)];
      if (source === null) return loaded;
      const [first, last] = [BigInt(source.first), BigInt(source.last)];
      if (loaded === null) return { first, last, rows: Number(last - first) + 1 };
      return {
        first: first < loaded.first ? first : loaded.first,
        last: last > loaded.last ? last : loaded.last,
        rows: loaded.rows,
      };
    },
  };
}
