/** Rows of the source as the mirror has them. */
import type { KeyRange, Snapshot } from '../../../core/ports/change-source.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import type { TextRow } from './row-digest.ts';

/**
 * A zero date is NULL in the log, but the columns of a key have no NULL: in a key it is the epoch. So rows whose keys
 * differ in nothing but that cannot be told apart, and the comparison says that the source has more.
 */
export async function* readSourceRows(
  snapshot: Snapshot,
  table: TableSchema,
  within?: KeyRange,
): AsyncIterable<readonly TextRow[]> {
  const zeroes = table.columns.map((column) =>
    table.key.includes(column.name) ? zeroText(column.type) : null,
  );
  const hasZeroes = zeroes.some((zero) => zero !== null);
  for await (const rows of snapshot.texts(table, within)) {
    yield hasZeroes ? rows.map((row) => row.map((text, index) => text ?? zeroes[index] ?? null)) : rows;
  }
}

function zeroText(type: TableSchema['columns'][number]['type']): string | null {
  if (type.kind === 'date') return '1970-01-01';
  if (type.kind !== 'datetime' && type.kind !== 'timestamp') return null;
  return `1970-01-01 00:00:00${type.precision > 0 ? `.${'0'.repeat(type.precision)}` : ''}`;
}
