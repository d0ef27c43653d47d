/**
 * One table of the model as its file in clickhouse/model/tables tells it: a comment for readers, directives, the
 * statement that makes it and the query that fills it. The directives are comment lines:
 *
 *   -- internal                                  kept in the database `model`, not for users
 *   -- key: (product_id, movement_id)            first columns of ORDER BY; the last of them is what `by` filters on
 *   -- touched by: llx_x (fk, rowid)             a change of that source row touches the key made of these columns
 *   --   … when elementtype = 'ticket'           only rows that hold these values
 *   --   … via fact_time (element_id)            the value names rows of another table, whose keys are touched
 *   --   … on change                             updates and deletes only
 *   -- rebuilt by: llx_x (column, …) [on change] a change of these columns (any, without a list) derives all anew
 */
import { DolistreamError } from '../../core/errors.ts';

/** Alternatives for one part of a key: the first that is neither null nor 0 counts. */
export type KeyPart = readonly string[];

export interface TouchRule {
  readonly source: string;
  /** Columns of the source row, one per part of the key; with `via` a single one. */
  readonly parts: readonly KeyPart[];
  readonly when: readonly { readonly column: string; readonly value: string }[];
  readonly via: { readonly table: string; readonly column: string } | null;
  readonly isOnChangeOnly: boolean;
}

export interface RebuildRule {
  readonly source: string;
  /** Empty: any column. */
  readonly columns: readonly string[];
  readonly isOnChangeOnly: boolean;
}

export interface ModelTable {
  readonly name: string;
  readonly isInternal: boolean;
  readonly key: readonly string[];
  /** True when a key holds one row; false for sums of which a key holds several. */
  readonly isKeyUnique: boolean;
  readonly touches: readonly TouchRule[];
  readonly rebuilds: readonly RebuildRule[];
  /** CREATE TABLE with `{table}`, `{bookkeeping}`, `{engine}` and `{settings}` open. */
  readonly create: string;
  /** The query that derives the rows, placeholders open (expand-template.ts). */
  readonly select: string;
}

const TOUCH =
  /^touched by: (\w+) \(([^)]+)\)(?: when (.+?))?(?: on (change))?(?: via (\w+) \((\w+)\))?(?: on (change))?$/;
const REBUILD = /^rebuilt by: (\w+)(?: \(([^)]+)\))?(?: on (change))?$/;
const CONDITION = /^(\w+) = '([^']*)'$/;

const namesOf = (list: string): string[] =>
  list
    .replace(/[()]/g, '')
    .split(',')
    .map((name) => name.trim());

function broken(name: string, what: string): DolistreamError {
  return new DolistreamError('INTERNAL', `clickhouse/model/tables/${name}.sql: ${what}`);
}

function parseTouch(name: string, line: string): TouchRule {
  const match = TOUCH.exec(line);
  if (!match) throw broken(name, `cannot read "${line}"`);
  const [, source, columns, conditions, changeFirst, viaTable, viaColumn, changeLast] = match;
  const when = (conditions?.split(' and ') ?? []).map((condition) => {
    const parts = CONDITION.exec(condition.trim());
    if (!parts) throw broken(name, `cannot read the condition "${condition}"`);
    return { column: parts[1]!, value: parts[2]! };
  });
  return {
    source: source!,
    parts: namesOf(columns!).map((part) => part.split('|')),
    when,
    via: viaTable === undefined ? null : { table: viaTable, column: viaColumn! },
    isOnChangeOnly: (changeFirst ?? changeLast) !== undefined,
  };
}

function parseRebuild(name: string, line: string): RebuildRule {
  const match = REBUILD.exec(line);
  if (!match) throw broken(name, `cannot read "${line}"`);
  return {
    source: match[1]!,
    columns: match[2] === undefined ? [] : namesOf(match[2]),
    isOnChangeOnly: match[3] !== undefined,
  };
}

/** Reads the file of one table. Rejects what it does not understand with INTERNAL: the files are ours. */
export function parseModelTable(name: string, text: string): ModelTable {
  const directives = [...text.matchAll(/^-- (.*)$/gm)].map((match) => match[1]!.trim());
  const [create, select] = text.split(/;\s*$/m).map((statement) => statement.trim());
  if (!create || !select) throw broken(name, 'needs a CREATE TABLE and a SELECT');
  const key = directives.find((line) => line.startsWith('key: '))?.slice('key: '.length);
  const order = /^ORDER BY (.+)$/m.exec(create)?.[1];
  if (key === undefined || order === undefined) throw broken(name, 'needs a key and an ORDER BY');
  const keyColumns = namesOf(key);
  const orderColumns = namesOf(order);
  if (keyColumns.some((column, index) => orderColumns[index] !== column)) {
    throw broken(name, 'the key is not the begin of ORDER BY');
  }
  const rules = (prefix: string): string[] => directives.filter((line) => line.startsWith(prefix));
  const touches = rules('touched by: ').map((line) => parseTouch(name, line));
  for (const { via, parts } of touches) {
    if (parts.length !== (via ? 1 : keyColumns.length))
      throw broken(name, 'a touch has not the columns of the key');
  }
  return {
    name,
    isInternal: directives.includes('internal'),
    key: keyColumns,
    isKeyUnique: keyColumns.length === orderColumns.length,
    touches,
    rebuilds: rules('rebuilt by: ').map((line) => parseRebuild(name, line)),
    create: create.slice(create.indexOf('CREATE TABLE')),
    select,
  };
}

/** Names in `{…}` placeholders of a query: tables of the model and of the source. */
export function namesIn(sql: string): string[] {
  return [...sql.matchAll(/\{(\w+)(?: by \w+)?(?: from (\w+)\.\w+ by \w+)?\}/g)].flatMap((match) =>
    match[2] === undefined ? [match[1]!] : [match[1]!, match[2]],
  );
}

/** The tables in an order in which each comes after those that it reads. */
export function sortByDependency(tables: readonly ModelTable[]): ModelTable[] {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const sorted = new Set<ModelTable>();
  const visit = (table: ModelTable, path: readonly string[]): void => {
    if (sorted.has(table)) return;
    if (path.includes(table.name)) throw broken(table.name, 'reads itself');
    for (const name of namesIn(table.select)) {
      const read = byName.get(name);
      if (read) visit(read, [...path, table.name]);
    }
    sorted.add(table);
  };
  for (const table of tables) visit(table, []);
  return [...sorted];
}
