/**
 * Fills the placeholders of the model's queries:
 *
 *   {llx_ticket}               all rows of a source table, under today's names
 *   {llx_ticket by rowid}      those whose rowid is among the keys in hand
 *   {llx_x by rowid from llx_y.fk by rowid}   those that rows of llx_y, which are in hand, refer to
 *   {fact_events by element_id}               rows of a table of the model, likewise
 */
import { DolistreamError } from '../../core/errors.ts';
import { quoteName } from '../../core/clickhouse-sql.ts';
import { type ResolvedSource, rawColumn, readSource } from './source-columns.ts';

/** Which keys are derived: some, a range [from, to), or all. */
export type Selection =
  | { readonly kind: 'ids'; readonly ids: readonly number[] }
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  | { readonly kind: 'all' };

export interface TemplateContext {
  readonly sources: ReadonlyMap<string, ResolvedSource>;
  /** Quoted names of the model's tables. */
  readonly tables: ReadonlyMap<string, string>;
}

/** A condition on a column, as SQL. */
export function conditionOf(column: string, selection: Selection): string {
  switch (selection.kind) {
    case 'ids':
      return `${column} IN (${selection.ids.join(',')})`;
    case 'range':
      return `${column} >= ${selection.from} AND ${column} < ${selection.to}`;
    case 'all':
      return '1';
  }
}

const PLACEHOLDER = /\{(\w+)(?: by (\w+))?(?: from (\w+)\.(\w+) by (\w+))?\}/g;

interface Reference {
  readonly name: string;
  readonly by: string | undefined;
  readonly from: { readonly name: string; readonly column: string; readonly by: string } | null;
}

function expandOne(reference: Reference, context: TemplateContext, selection: Selection): string {
  const { name, by, from } = reference;
  const table = context.tables.get(name);
  if (table !== undefined) {
    const condition = by === undefined ? '' : ` WHERE ${conditionOf(quoteName(by), selection)}`;
    return `(SELECT * FROM ${table} FINAL${condition})`;
  }
  const source = context.sources.get(name);
  if (!source) throw new DolistreamError('INTERNAL', `The model has no table and no source "${name}"`);
  if (by === undefined) return readSource(source);
  if (!from) return readSource(source, { column: by, where: (raw) => conditionOf(raw, selection) });
  const referring = context.sources.get(from.name);
  if (!referring) throw new DolistreamError('INTERNAL', `The model has no source "${from.name}"`);
  const rows = readSource(referring, { column: from.by, where: (raw) => conditionOf(raw, selection) });
  const where = (raw: string): string => `${raw} IN (SELECT ${quoteName(from.column)} FROM ${rows})`;
  return readSource(source, { column: by, where });
}

export function expandTemplate(sql: string, context: TemplateContext, selection: Selection): string {
  return sql.replace(PLACEHOLDER, (...match: string[]) => {
    const [, name, by, fromName, fromColumn, fromBy] = match;
    const from = fromName === undefined ? null : { name: fromName, column: fromColumn!, by: fromBy! };
    return expandOne({ name: name!, by, from }, context, selection);
  });
}

/** The first placeholder with `by`: the table whose keys are walked through when all is derived. */
export function driverOf(
  sql: string,
  context: TemplateContext,
): { readonly from: string; readonly column: string } | null {
  const match = /\{(\w+) by (\w+)\}/.exec(sql);
  if (!match) return null;
  const [, name, by] = match;
  const table = context.tables.get(name!);
  if (table !== undefined) return { from: table, column: quoteName(by!) };
  const source = context.sources.get(name!);
  if (!source?.mirror) return null;
  return { from: `mirror.${quoteName(source.mirror.name)} AS _source`, column: rawColumn(source, by!) };
}
