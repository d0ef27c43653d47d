/** What the mirror has now of the tables that somebody wants to read. */
import type { Warehouse } from '../../core/ports/warehouse.ts';
import type { MirrorTable } from './source-columns.ts';

interface MirrorColumnRow {
  readonly name: string;
  readonly uuid: string;
  readonly engine: string;
  readonly columns: [string, string][];
}

const MIRROR_QUERY = `
SELECT t.name AS name, toString(t.uuid) AS uuid, t.engine AS engine, c.columns AS columns
FROM system.tables AS t
INNER JOIN (
    SELECT table, groupArray((name, type)) AS columns FROM system.columns WHERE database = 'mirror' GROUP BY table
) AS c ON c.table = t.name
WHERE t.database = 'mirror' AND t.name IN {names:Array(String)}`;

/** Tables by name; those that the mirror does not have are left out. */
export async function readMirrorTables(
  warehouse: Warehouse,
  names: readonly string[],
): Promise<Map<string, MirrorTable>> {
  const rows = await warehouse.rows<MirrorColumnRow>(MIRROR_QUERY, { params: { names } });
  return new Map(
    rows.map(({ name, uuid, engine, columns }) => [
      name,
      { name, uuid, isReplacing: engine.includes('Replacing'), columns: new Map(columns) },
    ]),
  );
}
