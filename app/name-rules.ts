/** The rules by which tables and columns are taken or left, made from --tables, --drop-columns and their like. */
import { SECRET_COLUMNS } from './option-table/capture.ts';
import type { Options } from './options.ts';
import type { TableSelection } from './runtime.ts';

/** `*` stands for any text, `?` for one character; everything else for itself, in any case. */
export function matchesGlob(glob: string, name: string): boolean {
  const pattern = glob
    .replace(/[$\\.^|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`, 'isu').test(name);
}

/** Whether a table of that name is worked on. */
export function selectTables(selection: TableSelection): (table: string) => boolean {
  return (table) =>
    selection.tables.some((glob) => matchesGlob(glob, table)) &&
    !selection.excludeTables.some((glob) => matchesGlob(glob, table));
}

/** Whether a column must not leave the source. */
export function selectDroppedColumns(
  options: Pick<Options, 'dropColumns' | 'keepColumns'>,
): (table: string, column: string) => boolean {
  const matches = (globs: readonly string[], name: string): boolean =>
    globs.some((glob) => matchesGlob(glob, name));
  return (table, column) => {
    const name = `${table}.${column}`;
    if (matches(options.dropColumns, name)) return true;
    return matches(SECRET_COLUMNS, name) && !matches(options.keepColumns, name);
  };
}
