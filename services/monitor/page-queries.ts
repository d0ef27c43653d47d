/** The figures of a page of the dashboard: a folder of .sql files, each a list of rows in the page's answer. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { quoteName } from '../../core/clickhouse-sql.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';

export interface PageQuery {
  /** In camel case, as the answer names it. */
  readonly name: string;
  readonly sql: string;
  /** Tables and views of the warehouse database that it reads. */
  readonly reads: readonly string[];
}

/** null: not there yet, since the model or the analysis it comes of has not run. */
export type PageData = Readonly<Record<string, readonly object[] | null>>;

export interface PageContext {
  readonly warehouse: Warehouse;
  readonly database: string;
  /** `YYYY-MM-DD` in Dolibarr's zone. */
  readonly today: string;
}

const TABLE = /\{database\}\.(\w+)/g;
/** `final`: a mirror's or fact's row once, as it is now. Numbers as numbers: no figure here passes 2^53. */
const SETTINGS = { final: 1, max_execution_time: 60, output_format_json_quote_64bit_integers: 0 };

const camelCase = (name: string): string =>
  name.replace(/-(\w)/g, (_match, letter: string) => letter.toUpperCase());

/** Reads the queries of every page: the folder holds one folder per page. */
export function readPageQueries(folder: string): ReadonlyMap<string, readonly PageQuery[]> {
  const pages = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return new Map(pages.map(({ name }) => [name, readFolder(join(folder, name))]));
}

function readFolder(folder: string): PageQuery[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const sql = readFileSync(join(folder, file), 'utf8');
      const reads = [...new Set([...sql.matchAll(TABLE)].map((match) => match[1]!))];
      return { name: camelCase(file.slice(0, -'.sql'.length)), sql, reads };
    });
}

/** Runs them one after the other: a page must not take both cores from the pipeline. */
export async function readPage(queries: readonly PageQuery[], context: PageContext): Promise<PageData> {
  const { warehouse, database, today } = context;
  const present = await presentTables(context);
  const data: Record<string, readonly object[] | null> = {};
  for (const { name, sql, reads } of queries) {
    const isThere = reads.every((table) => present.has(table));
    data[name] = isThere
      ? await warehouse.rows<object>(sql.replaceAll('{database}', quoteName(database)), {
          params: { today },
          settings: SETTINGS,
        })
      : null;
  }
  return data;
}

async function presentTables({ warehouse, database }: PageContext): Promise<ReadonlySet<string>> {
  const rows = await warehouse.rows<{ name: string }>(
    'SELECT name FROM system.tables WHERE database = {database:String}',
    { params: { database } },
  );
  return new Set(rows.map(({ name }) => name));
}
