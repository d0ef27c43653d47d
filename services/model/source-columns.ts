/**
 * What the model reads of the source: tables and columns by the names of today's Dolibarr (clickhouse/model/sources.json),
 * each with the older names it had and a type. A table or column that the mirror does not have reads as empty, because a
 * firm may lack a module or use another version.
 */
import { DolistreamError } from '../../core/errors.ts';
import type { Mapping } from './mapping.ts';
import { quoteName, quoteTable } from '../../core/clickhouse-sql.ts';

/** Id: a key. Link: another row's key, 0 for none. Entity: company, 1 where there is none. */
export type SourceType = 'Id' | 'Link' | 'Entity' | 'Int' | 'Number' | 'Text' | 'Date' | 'DateTime';

export interface SourceColumn {
  readonly name: string;
  readonly type: SourceType;
  /** Names that the column may have, the newest first. */
  readonly names: readonly string[];
  /** Value where the column is missing, as SQL; null: the empty value of its type. */
  readonly otherwise: string | null;
}

export interface SourceTable {
  readonly name: string;
  /** Names that the table may have, the newest first. */
  readonly names: readonly string[];
  readonly columns: readonly SourceColumn[];
}

/** A mirror table as ClickHouse describes it. */
export interface MirrorTable {
  readonly name: string;
  readonly uuid: string;
  /** True for a table that FINAL can be asked of. */
  readonly isReplacing: boolean;
  /** Types by column. */
  readonly columns: ReadonlyMap<string, string>;
}

/** A source table as the mirror has it now. */
export interface ResolvedSource {
  readonly source: SourceTable;
  readonly mirror: MirrorTable | null;
  /** By the model's name, the mirror's column; null where it has none. */
  readonly columns: ReadonlyMap<string, string | null>;
}

interface RawColumn {
  readonly type: SourceType;
  readonly also?: readonly string[];
  readonly otherwise?: string;
}

interface RawTable {
  readonly also?: readonly string[];
  readonly meanings?: string;
  readonly columns: Readonly<Record<string, SourceType | RawColumn>>;
}

const DEFAULT_PREFIX = 'llx_';

/** Extrafields whose column is `rowid` or `fk_object` are structure; the others are meanings of the mapping. */
const STRUCTURE = new Set(['rowid', 'fk_object']);

/** Reads sources.json. `tablePrefix` stands in the place of `llx_` in the names of the tables. */
export function parseSources(text: string, mapping: Mapping, tablePrefix: string): Map<string, SourceTable> {
  const raw = JSON.parse(text) as Record<string, RawTable>;
  const real = (name: string): string => tablePrefix + name.slice(DEFAULT_PREFIX.length);
  return new Map(
    Object.entries(raw).map(([name, { also = [], meanings, columns }]) => [
      name,
      {
        name,
        names: [name, ...also].map(real),
        columns: Object.entries(columns).map(([column, declared]) => {
          const {
            type,
            also: older = [],
            otherwise = null,
          } = typeof declared === 'string' ? { type: declared } : declared;
          const isMeaning = meanings !== undefined && !STRUCTURE.has(column);
          const names = isMeaning ? (mapping[meanings]?.[column] ?? []) : [column, ...older];
          return { name: column, type, names, otherwise };
        }),
      },
    ]),
  );
}

export function resolveSource(
  source: SourceTable,
  mirrors: ReadonlyMap<string, MirrorTable>,
): ResolvedSource {
  const found = source.names.find((name) => mirrors.has(name));
  const candidate = found === undefined ? null : mirrors.get(found)!;
  const columns = new Map(
    source.columns.map(({ name, names }) => [name, names.find((n) => candidate?.columns.has(n)) ?? null]),
  );
  // A table without its key is none that the model could follow.
  const hasKeys = source.columns.every(({ name, type }) => type !== 'Id' || columns.get(name) !== null);
  return { source, mirror: hasKeys ? candidate : null, columns };
}

const EMPTY: Readonly<Record<SourceType, string>> = {
  Id: 'toInt64(0)',
  Link: 'toInt64(0)',
  Entity: 'toInt32(1)',
  Int: "CAST(NULL, 'Nullable(Int64)')",
  Number: "CAST(NULL, 'Nullable(Float64)')",
  Text: "''",
  Date: "CAST(NULL, 'Nullable(Date32)')",
  DateTime: "CAST(NULL, 'Nullable(DateTime64(0, \\'UTC\\'))')",
};

const TARGETS: Readonly<Record<'Int' | 'Number' | 'Date' | 'DateTime', string>> = {
  Int: 'Int64',
  Number: 'Float64',
  Date: 'Date32',
  DateTime: "DateTime64(0, 'UTC')",
};

/** `sql` as a nullable value of the type; what cannot be one is null, since extrafields may have any type. */
function convert(sql: string, mirrorType: string, type: keyof typeof TARGETS): string {
  const target = TARGETS[type];
  if (mirrorType === `Nullable(${target})`) return sql;
  const literal = target.replace(/'/g, "\\'");
  if (mirrorType.includes('String')) return `accurateCastOrNull(${sql}, '${literal}')`;
  return `CAST(${sql}, 'Nullable(${literal})')`;
}

function valueOf(column: SourceColumn, raw: string | null, mirrorType: string): string {
  if (raw === null) return column.otherwise ?? EMPTY[column.type];
  const sql = `_source.${quoteName(raw)}`;
  switch (column.type) {
    case 'Id':
      return `toInt64(${sql})`;
    case 'Link':
      return `greatest(ifNull(${convert(sql, mirrorType, 'Int')}, 0), 0)`;
    case 'Entity':
      return `toInt32(ifNull(${convert(sql, mirrorType, 'Int')}, 1))`;
    case 'Text':
      return mirrorType === 'Nullable(String)' ? `ifNull(${sql}, '')` : `ifNull(toString(${sql}), '')`;
    default:
      return convert(sql, mirrorType, column.type);
  }
}

/**
 * A subquery with all declared columns under the model's names. `where` makes a condition from the quoted raw name of
 * `filterColumn`; without both, all rows.
 */
export function readSource(
  { source, mirror, columns }: ResolvedSource,
  filter?: { readonly column: string; readonly where: (raw: string) => string },
): string {
  const values = source.columns.map((column) => {
    const raw = columns.get(column.name) ?? null;
    const type = raw === null ? '' : mirror!.columns.get(raw)!;
    return `${valueOf(column, raw, type)} AS ${quoteName(column.name)}`;
  });
  if (!mirror) return `(SELECT ${values.join(', ')} WHERE 0)`;
  const from = `${quoteTable('mirror', mirror.name)} AS _source${mirror.isReplacing ? ' FINAL' : ''}`;
  const condition = filter
    ? ` WHERE ${filter.where(rawColumn({ source, mirror, columns }, filter.column))}`
    : '';
  return `(SELECT ${values.join(', ')} FROM ${from}${condition})`;
}

/** The mirror's column, quoted and qualified, so that an alias of the same name does not stand before it. */
export function rawColumn({ source, columns }: ResolvedSource, name: string): string {
  const raw = columns.get(name);
  if (raw) return `_source.${quoteName(raw)}`;
  throw new DolistreamError('INTERNAL', `The model filters ${source.name} by ${name}, which is no key`);
}
