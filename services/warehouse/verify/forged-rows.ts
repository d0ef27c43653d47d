/**
 * Rows of the mirror that nobody loaded: written into ClickHouse by hand, with a seq that no event has yet. They would
 * win over every repair, so they go. The mirror must stand still meanwhile.
 */
import { quoteTable } from '../../../core/clickhouse-sql.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import { mirrorTableName } from '../table-plan.ts';

/** `newestSeq`: no event up to now has a higher one. Tables without a key have no seq; their copy empties them. */
export async function removeForgedRows(
  warehouse: Warehouse,
  tables: readonly TableSchema[],
  { newestSeq, qualifyTables }: { readonly newestSeq: number; readonly qualifyTables: boolean },
): Promise<void> {
  for (const table of tables.filter(({ key }) => key.length > 0)) {
    const name = quoteTable('mirror', mirrorTableName(table, qualifyTables));
    const options = { params: { newestSeq } };
    const condition = '_seq > {newestSeq:UInt64}';
    const [row] = await warehouse.rows<{ forged: string }>(
      `SELECT count() AS forged FROM ${name} WHERE ${condition}`,
      options,
    );
    if (Number(row?.forged ?? 0) === 0) continue;
    await warehouse.command(`DELETE FROM ${name} WHERE ${condition}`, options);
  }
}
