/** Reads what extrafields a Dolibarr has from the mirror, and proposes a mapping file for them. */
import { quoteName } from '../../core/clickhouse-sql.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { type ExtrafieldRow, type MappingSuggestion, suggestMapping } from './suggest-mapping.ts';

export interface MappingProposal {
  /** The content of mapping.json: columns by kind and meaning, the surest first. */
  readonly mapping: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly suggestions: readonly MappingSuggestion[];
}

async function readExtrafields(warehouse: Warehouse, table: string): Promise<ExtrafieldRow[]> {
  const found = await warehouse.rows(
    "SELECT 1 FROM system.tables WHERE database = 'mirror' AND name = {table:String}",
    { params: { table } },
  );
  if (found.length === 0) return [];
  return warehouse.rows<ExtrafieldRow>(
    `SELECT ifNull(name, '') AS name, ifNull(elementtype, '') AS elementtype, ifNull(label, '') AS label, ifNull(type, '') AS type
     FROM mirror.${quoteName(table)} FINAL ORDER BY rowid`,
  );
}

/** Empty where the mirror has no table of extrafields or none of them means anything known. */
export async function proposeMapping(warehouse: Warehouse, tablePrefix: string): Promise<MappingProposal> {
  const suggestions = suggestMapping(await readExtrafields(warehouse, `${tablePrefix}extrafields`));
  const mapping: Record<string, Record<string, string[]>> = {};
  for (const { kind, meaning, column } of suggestions) {
    const meanings = (mapping[kind] ??= {});
    (meanings[meaning] ??= []).push(column);
  }
  return { mapping, suggestions };
}
