/** Compares the model with what a derivation of everything from the mirror gives, and a view with MariaDB's own answer. */
import { fileURLToPath } from 'node:url';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { expandTemplate } from '../../services/model/expand-template.ts';
import { readModelFiles } from '../../services/model/model-files.ts';
import { ModelStore } from '../../services/model/model-store.ts';
import type { TestPipeline } from './pipeline.ts';

export const CLICKHOUSE_FOLDER = fileURLToPath(new URL('../../clickhouse', import.meta.url));
export const DATABASE = 'dolibarr_warehouse';

type Row = Record<string, unknown>;

/** Sums of floats depend on the order of their parts in the last digits. */
function plain(value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Date) return value.toISOString();
  const number = typeof value === 'number' ? value : Number.NaN;
  const text = typeof value === 'string' ? value.replace(/\.0+$/, '') : '';
  const parsed = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : number;
  if (Number.isNaN(parsed)) return value;
  return Math.abs(parsed) < 1e-7 ? 0 : Number(parsed.toPrecision(9));
}

/** Rows as sorted texts, columns in their names' order. */
export function canonical(rows: readonly Row[]): string[] {
  return rows
    .map((row) =>
      JSON.stringify(
        Object.fromEntries(
          Object.keys(row)
            .sort()
            .map((name) => [name, plain(row[name])]),
        ),
      ),
    )
    .sort();
}

/** What is only here, what is only there; empty when both are the same. */
export function differences(actual: readonly Row[], expected: readonly Row[], limit = 5): string[] {
  const [have, want] = [canonical(actual), canonical(expected)];
  const count = (texts: readonly string[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
    return counts;
  };
  const [haveCounts, wantCounts] = [count(have), count(want)];
  const extra = have.filter((text) => (wantCounts.get(text) ?? 0) !== haveCounts.get(text));
  const missing = want.filter((text) => (haveCounts.get(text) ?? 0) !== wantCounts.get(text));
  return [
    ...extra.slice(0, limit).map((text) => `have ${text}`),
    ...missing.slice(0, limit).map((text) => `want ${text}`),
  ];
}

/** For every table of the model, how it differs from a derivation of all of it; empty when none does. */
export async function staleTables(pipeline: Pick<TestPipeline, 'rows'>): Promise<string[]> {
  const files = await readModelFiles({ folder: CLICKHOUSE_FOLDER, mapping: null, tablePrefix: 'llx_' });
  const warehouse = {
    rows: (sql: string, options?: { readonly params?: Readonly<Record<string, unknown>> }) => {
      const names = (options?.params?.['names'] as string[]).map((name) => `'${name}'`);
      return pipeline.rows(sql.replace('{names:Array(String)}', `[${names.join(',')}]`));
    },
  } as unknown as Warehouse;
  const store = new ModelStore({ warehouse, database: DATABASE, attempt: (work) => work(), ...files });
  await store.readMirror();
  const stale: string[] = [];
  for (const table of files.tables) {
    const name = store.nameOf(table);
    const [columns] = await pipeline.rows<{ names: string[] }>(
      `SELECT groupArray(name) AS names FROM (SELECT name FROM system.columns
       WHERE database = '${table.isInternal ? 'model' : DATABASE}' AND table = '${table.name}'
         AND name NOT IN ('_version', '_deleted') ORDER BY position)`,
    );
    const have = await pipeline.rows<Row>(`SELECT * EXCEPT (_version, _deleted) FROM ${name} FINAL`);
    const derived = expandTemplate(table.select, store, { kind: 'all' });
    const raw = await pipeline.rows<unknown[]>(`SELECT tuple(*) AS row FROM (${derived})`);
    const want = raw.map((row) => {
      const values = (row as unknown as { row: unknown[] }).row;
      const list = Array.isArray(values) ? values : Object.values(values);
      return Object.fromEntries(columns!.names.map((column, index) => [column, list[index]]));
    });
    const found = differences(have, want);
    if (found.length > 0)
      stale.push(`${table.name} (${have.length} rows, ${want.length} expected): ${found.join('\n  ')}`);
  }
  return stale;
}
