/**
 * Figures that a firm knows by heart, computed from the source's tables and from the warehouse's facts at the same moment:
 * they also find what goes wrong after the mirror, where row checksums do not look.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DolistreamError } from '../../../core/errors.ts';
import type { Snapshot } from '../../../core/ports/change-source.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';

export interface BusinessTotal {
  readonly name: string;
  /** Tables that both queries need. */
  readonly tables: readonly string[];
  /** Both give one row for each label: the label, then the same numbers in the same order. */
  readonly sourceSql: string;
  readonly warehouseSql: string;
}

export interface TotalVerdict {
  readonly name: string;
  readonly equal: boolean;
  /** How many rows of figures were compared. */
  readonly rows: number;
  /** What differs, for people, at most ten; empty when equal. */
  readonly differences: readonly string[];
}

export interface TotalsReport {
  readonly totals: readonly TotalVerdict[];
  /** Totals that could not be compared, each with the reason. */
  readonly leftOut: readonly { readonly table: string; readonly reason: string }[];
}

const MAX_TEXTS = 10;
const SOURCE_FILE = '.source.sql';

/** Reads the pairs `<name>.source.sql` and `<name>.warehouse.sql` of a folder. */
export async function readBusinessTotals(folder: string): Promise<BusinessTotal[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(SOURCE_FILE)).sort();
  return Promise.all(
    files.map(async (file) => {
      const name = file.slice(0, -SOURCE_FILE.length);
      const sourceSql = await readFile(join(folder, file), 'utf8');
      const tables = /^-- tables: (.+)$/m.exec(sourceSql)?.[1]?.split(', ');
      if (!tables) throw new DolistreamError('INTERNAL', `${file} does not say which tables it reads`);
      const warehouseSql = await readFile(join(folder, `${name}.warehouse.sql`), 'utf8');
      return { name, tables, sourceSql, warehouseSql };
    }),
  );
}

/** Compares those totals whose tables are in the snapshot. The warehouse's facts must stand where the snapshot is. */
export async function compareTotals(
  totals: readonly BusinessTotal[],
  deps: { readonly snapshot: Snapshot; readonly warehouse: Warehouse; readonly database: string },
): Promise<TotalsReport> {
  const present = new Set(deps.snapshot.tables.map(({ table }) => table));
  const verdicts: TotalVerdict[] = [];
  const leftOut: { table: string; reason: string }[] = [];
  for (const total of totals.filter(({ tables }) => tables.every((table) => present.has(table)))) {
    try {
      verdicts.push(await compareTotal(total, deps));
    } catch (error) {
      // Another version of Dolibarr has other columns: its rows were compared all the same.
      leftOut.push({ table: `total ${total.name}`, reason: (error as Error).message });
    }
  }
  return { totals: verdicts, leftOut };
}

type Figures = readonly number[];

async function compareTotal(
  { name, sourceSql, warehouseSql }: BusinessTotal,
  deps: { readonly snapshot: Snapshot; readonly warehouse: Warehouse; readonly database: string },
): Promise<TotalVerdict> {
  const source = figuresOf(await deps.snapshot.query(sourceSql));
  const rows = await deps.warehouse.rows<Readonly<Record<string, unknown>>>(warehouseSql, {
    params: { database: deps.database },
  });
  const warehouse = figuresOf(rows.map((row) => Object.values(row).map(String)));
  const labels = [...new Set([...source.keys(), ...warehouse.keys()])].sort();
  const differences = labels.filter((label) => !isSame(source.get(label), warehouse.get(label)));
  return {
    name,
    equal: differences.length === 0,
    rows: labels.length,
    differences: differences
      .slice(0, MAX_TEXTS)
      .map(
        (label) => `${label}: ${told(source.get(label))} in the source, ${told(warehouse.get(label))} here`,
      ),
  };
}

const figuresOf = (rows: readonly (readonly (string | null)[])[]): Map<string, Figures> =>
  new Map(rows.map(([label = null, ...figures]) => [label ?? '', figures.map(Number)]));

const told = (figures: Figures | undefined): string =>
  figures?.map((figure) => String(Math.round(figure * 100) / 100)).join(' / ') ?? 'nothing';

/** Sums of floating numbers depend on their order, in the last digits only. */
function isSame(a: Figures | undefined, b: Figures | undefined): boolean {
  if (!a || !b) return false;
  return a.every((figure, index) => {
    const other = b[index]!;
    return Math.abs(figure - other) <= Math.max(0.005, Math.abs(figure) * 1e-9);
  });
}
