import type { ChangeSource } from '../core/ports/change-source.ts';
import { selectTables } from './name-rules.ts';
import type { TableSelection, VerifyReport } from './runtime.ts';

/** Captured tables that the selection names, and what of the database is not captured, with the reason. */
export async function selectCaptured(
  source: ChangeSource,
  selection: TableSelection,
): Promise<{ readonly captured: string[]; readonly leftOut: VerifyReport['leftOut'] }> {
  const selects = selectTables(selection);
  const names = (await source.describe()).map((table) => table.table).filter(selects);
  const { tables, columns } = await source.leftOut();
  const leftOut = [
    ...tables.filter(selects).map((table) => ({ table, reason: 'left out by --tables or --exclude-tables' })),
    ...columns
      .filter(({ table }) => selects(table))
      .map(({ table, column }) => ({ table: `${table}.${column}`, reason: 'column dropped at capture' })),
  ];
  return { captured: names, leftOut };
}
