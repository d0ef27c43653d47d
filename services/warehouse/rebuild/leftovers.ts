/** Tables that were being filled when their process was killed. */
import { quoteTable } from '../../../core/clickhouse-sql.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';

/** Ends the names of tables that are being filled, in the database `ingest`. */
const SUFFIX = '__rebuilt';

export const rebuiltTable = (name: string): string => quoteTable('ingest', `${name}${SUFFIX}`);

const LEFTOVERS = `SELECT name FROM system.tables WHERE database = 'ingest' AND endsWith(name, {suffix:String})`;

/** Removes what rebuilds that were killed have left. None may run. */
export async function dropLeftovers(warehouse: Warehouse): Promise<void> {
  const found = await warehouse.rows<{ name: string }>(LEFTOVERS, { params: { suffix: SUFFIX } });
  for (const { name } of found) {
    await warehouse.command(`DROP TABLE IF EXISTS ${quoteTable('ingest', name)} SYNC`);
  }
}
