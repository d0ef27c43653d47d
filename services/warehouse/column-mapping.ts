/** The columns of a mirror table: their names, and how the values of events become theirs. */
import { type ColumnMapping, mapColumnType } from '../../core/clickhouse-types.ts';
import type { Column } from '../../core/table-schema.ts';

/** The value of `sql`, which is Nullable(readType), as Nullable(type). */
export function convertColumn(sql: string, mapping: ColumnMapping): string {
  if (mapping.type === mapping.readType) return sql;
  const literal = `Nullable(${mapping.type})`.replace(/'/g, "\\'");
  return `CAST(${sql}, '${literal}')`;
}

/** Names that the loader adds to every mirror table. A source column of that name gets a trailing underscore. */
const RESERVED = new Set(['_seq', '_deleted', '_copies', '_hash']);

export interface MirrorColumn {
  readonly name: string;
  /** Name of the field in the event's images. */
  readonly field: string;
  readonly isKey: boolean;
  readonly mapping: ColumnMapping;
}

export function mirrorColumns(
  columns: readonly Column[],
  fieldNames: readonly string[],
  key: readonly string[],
  timezone: string,
): MirrorColumn[] {
  return columns.map((column, index) => ({
    name: RESERVED.has(column.name) ? `${column.name}_` : column.name,
    field: fieldNames[index]!,
    isKey: key.includes(column.name),
    mapping: mapColumnType(column.type, timezone),
  }));
}

/** Type of the column in its mirror table: only key columns cannot be null. */
export const storedType = (column: MirrorColumn): string =>
  column.isKey ? column.mapping.type : `Nullable(${column.mapping.type})`;
