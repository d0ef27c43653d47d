/** What the warehouse holds, table by table. */
import type { ChangeLog } from '../../core/ports/change-log.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { tableOfTopic } from '../../core/topics.ts';
import type { WarehouseTable } from './warehouse-client.ts';

/** Tables without a key are views of the mirror over their copies in `ingest`. */
const TABLES_QUERY = `
SELECT t.database AS database, t.name AS name, t.engine AS engine,
       toFloat64(ifNull(p.bytes, 0)) AS bytes, toUnixTimestamp(p.written) AS written
FROM system.tables AS t
LEFT JOIN (
    SELECT if(database = 'ingest', 'mirror', database) AS shown, if(database = 'ingest', replaceRegexpOne(table, '__copies$', ''), table) AS name,
           sum(bytes_on_disk) AS bytes, max(modification_time) AS written
    FROM system.parts WHERE active GROUP BY shown, name
) AS p ON p.shown = t.database AND p.name = t.name
WHERE t.database IN {databases:Array(String)} AND (t.engine LIKE '%MergeTree' OR t.database = 'mirror')
ORDER BY t.database = 'mirror' DESC, t.database, t.name`;

interface TableRow {
  readonly database: string;
  readonly name: string;
  readonly engine: string;
  readonly bytes: number;
  readonly written: number;
}

const isoOf = (ms: number): string | null => (ms === 0 ? null : new Date(ms).toISOString());

/** Tables of `mirror` first, then those of the model. */
export async function listWarehouseTables(
  { warehouse, log }: { readonly warehouse: Warehouse; readonly log: ChangeLog },
  { prefix, warehouseDatabase }: { readonly prefix: string; readonly warehouseDatabase: string },
): Promise<WarehouseTable[]> {
  const changed = new Map<string, number>();
  for (const { topic, lastTimestampMs } of await log.topics()) {
    const table = tableOfTopic(prefix, topic);
    if (table) changed.set(table.table, lastTimestampMs);
  }
  const databases = ['mirror', warehouseDatabase];
  const found = await warehouse.rows<TableRow>(TABLES_QUERY, { params: { databases } });
  const tables: WarehouseTable[] = [];
  for (const { database, name, engine, bytes, written } of found) {
    const [count] = await warehouse.rows<{ rows: string }>(
      `SELECT count() AS rows FROM {database:Identifier}.{name:Identifier}${engine.includes('Replacing') ? ' FINAL' : ''}`,
      { params: { database, name } },
    );
    const isMirror = database === 'mirror';
    tables.push({
      ...{ database, name, rows: Number(count!.rows), bytes },
      changedAt: isMirror ? isoOf(changed.get(name) ?? 0) : null,
      writtenAt: isoOf(written * 1000),
    });
  }
  return tables;
}
