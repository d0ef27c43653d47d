/** Runs analyses now: reads the warehouse, computes in a thread, writes the result tables, keeps the models. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { quoteName } from '../../core/clickhouse-sql.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import type { Analysis, AnalysisOutput, QueryRow, ResultTable } from './analysis.ts';
import { computeInThread } from './analysis-thread.ts';
import { findAnalysis } from './analysis-registry.ts';
import type { Locale } from './explanation.ts';
import type { ModelStore, ModelVersion } from './model-store.ts';
import { writeResults } from './write-results.ts';

export interface AnalysesDeps {
  readonly warehouse: Warehouse;
  readonly models: ModelStore;
  readonly clock: Clock;
  readonly options: AnalysesOptions;
}

export interface AnalysesOptions {
  /** Database of the business model, where results are written too. */
  readonly warehouseDatabase: string;
  /** Folder of the .sql files. */
  readonly queries: string;
  readonly locale: Locale;
  /** IANA zone that decides what day it is. */
  readonly timezone: string;
  readonly seed: number;
  /** Versions of models older than this many days are removed. */
  readonly modelRetentionDays: number;
}

export interface AnalysisReport {
  readonly analysis: string;
  /** ISO 8601; also the column run_at of the result tables. */
  readonly runAt: string;
  readonly seconds: number;
  readonly tables: readonly ResultTable[];
  readonly notes: readonly string[];
  /** The version that was trained; null when none was. */
  readonly model: ModelVersion | null;
}

/** The tables of the business model that the statement reads and the warehouse does not have yet. */
const TABLE = /\{database\}\.(\w+)/g;

async function missingTables(deps: AnalysesDeps, sql: string): Promise<string[]> {
  const wanted = [...new Set([...sql.matchAll(TABLE)].map((match) => match[1]!))];
  const present = await deps.warehouse.rows<{ name: string }>(
    'SELECT name FROM system.tables WHERE database = {database:String} AND name IN {names:Array(String)}',
    { params: { database: deps.options.warehouseDatabase, names: wanted } },
  );
  return wanted.filter((name) => !present.some((table) => table.name === name));
}

/** Columns of the mirror that a statement says it reads, such as `-- reads: llx_product (rowid, packaging)`. */
const READS = /^-- reads: (\w+) \(([^)]*)\)$/gm;

/** Whether the mirror has them all: other versions of Dolibarr have other columns. */
async function hasColumns(deps: AnalysesDeps, sql: string): Promise<boolean> {
  const wanted = [...sql.matchAll(READS)].flatMap(([, table, columns]) =>
    columns!.split(',').map((column) => `${table}.${column.trim()}`),
  );
  if (wanted.length === 0) return true;
  const present = await deps.warehouse.rows<{ path: string }>(
    `SELECT concat(table, '.', name) AS path FROM system.columns
     WHERE database = 'mirror' AND concat(table, '.', name) IN {names:Array(String)}`,
    { params: { names: wanted } },
  );
  return present.length === new Set(wanted).size;
}

/** No rows while a table or column it reads does not exist: an ERP without that module is one without that data. */
async function readRows(
  deps: AnalysesDeps,
  query: string,
  { today, signal }: { readonly today: string; readonly signal: AbortSignal },
): Promise<readonly QueryRow[]> {
  const sql = await readFile(join(deps.options.queries, `${query}.sql`), 'utf8');
  if ((await missingTables(deps, sql)).length > 0 || !(await hasColumns(deps, sql))) return [];
  const statement = sql.replaceAll('{database}', quoteName(deps.options.warehouseDatabase));
  return await deps.warehouse.rows<QueryRow>(statement, { params: { today }, signal });
}

const dayIn = (timezone: string, at: number): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: timezone, dateStyle: 'short' }).format(new Date(at));

async function compute(
  deps: AnalysesDeps,
  analysis: Analysis,
  { today, signal }: { readonly today: string; readonly signal: AbortSignal },
): Promise<AnalysisOutput> {
  const rows: Record<string, readonly QueryRow[]> = {};
  for (const query of analysis.queries) rows[query] = await readRows(deps, query, { today, signal });
  const champion = (await deps.models.inUse(analysis.name))?.payload ?? null;
  const { seed, locale } = deps.options;
  return await computeInThread(analysis.name, { rows, today, seed, locale, champion }, signal);
}

/** Throws CONFIG_INVALID for a name that is not in the registry. */
export async function runAnalysis(
  deps: AnalysesDeps,
  name: string,
  signal: AbortSignal,
): Promise<AnalysisReport> {
  const { clock, models, warehouse, options } = deps;
  const analysis = findAnalysis(name);
  const begun = clock.now();
  const today = dayIn(options.timezone, begun);
  const { tables, notes, model } = await compute(deps, analysis, { today, signal });
  const runAt = new Date(begun).toISOString();
  await writeResults(warehouse, tables, { database: options.warehouseDatabase, runAt });
  const version = model ? await models.save(analysis.name, model, options.seed) : null;
  await models.removeOlderThan(options.modelRetentionDays);
  const seconds = (clock.now() - begun) / 1000;
  return { analysis: name, runAt, seconds, tables, notes, model: version };
}
