/**
 * Takes a person out of the tables of ClickHouse. A table is written anew beside the old one, which is then swapped out and dropped:
 * an ALTER … UPDATE would leave the old parts on the disk for minutes, and the texts in a file of its own. Queries go on.
 *
 * Nothing may write to the tables meanwhile.
 */
import { quoteName, quoteTable, quoteText } from '../../core/clickhouse-sql.ts';
import { ERASED, type Erasure, textForms } from '../../core/erasure.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';

export interface ErasedTable {
  /** `database.table`. */
  readonly table: string;
  /** Rows that said something of the person. */
  readonly rows: number;
}

interface StoredTable {
  readonly database: string;
  readonly name: string;
  readonly columns: readonly (readonly [name: string, type: string])[];
  /** Parts that were replaced and are still on the disk. */
  readonly oldParts: string;
}

const TABLES_QUERY = `
SELECT t.database AS database, t.name AS name, c.columns AS columns, toString(ifNull(p.old, 0)) AS oldParts
FROM system.tables AS t
INNER JOIN (
    SELECT database, table, groupArray((name, type)) AS columns
    FROM (SELECT * FROM system.columns ORDER BY position)
    GROUP BY database, table
) AS c ON c.database = t.database AND c.table = t.name
LEFT JOIN (
    SELECT database, table, countIf(NOT active) AS old FROM system.parts GROUP BY database, table
) AS p ON p.database = t.database AND p.table = t.name
WHERE t.database IN {databases:Array(String)} AND t.engine LIKE '%MergeTree'
ORDER BY t.database, t.name`;

/** Columns of few values (LowCardinality) are names of topics, tables and rules. */
const isText = (type: string): boolean => /^(Nullable\()?String\)?$/.test(type);

/** The value of a text column without the texts. */
function erased(column: string, type: string): string {
  const name = quoteName(column);
  const value = `arrayFold((rest, form) -> replaceAll(rest, form, ${quoteText(ERASED)}), _forms, assumeNotNull(toString(${name})))`;
  return type.includes('Nullable') ? `if(isNull(${name}), NULL, ${value})` : value;
}

function ownRowValue(column: string, type: string, { record }: Erasure): string {
  const name = quoteName(column);
  const isSomething = `rowid = ${record} AND ${name} IS NOT NULL`;
  if (isText(type))
    return `if(${isSomething} AND toString(${name}) != '', ${quoteText(ERASED)}, ${erased(column, type)})`;
  return type.startsWith('Nullable') ? `if(rowid = ${record}, NULL, ${name})` : name;
}

const isOwnTable = ({ database, name }: StoredTable, erasure: Erasure): boolean =>
  database === 'mirror' && name === erasure.table;

const isEvents = ({ database, name }: StoredTable): boolean => database === 'raw' && name === 'events';

const isOwnImage = (column: string, { table, record }: Erasure): string =>
  `(table = ${quoteText(table)} AND JSONExtractInt(${column}, 'rowid') = ${record})`;

/** An image of the person's own row: what its personal columns held, whatever that was. */
function ownImage(column: string, erasure: Erasure): string {
  const names = erasure.columns.join('|');
  const pattern = `"(${names})":("(?:[^"\\\\]|\\\\.)*"|[-0-9.eE+]+)`;
  const masked = `replaceRegexpAll(${column}, ${quoteText(pattern)}, ${quoteText(`"\\1":"${ERASED}"`)})`;
  return `if(${isOwnImage(column, erasure)}, ${masked}, ${erased(column, 'String')})`;
}

function valueOf(table: StoredTable, [column, type]: readonly [string, string], erasure: Erasure): string {
  if (isOwnTable(table, erasure) && erasure.columns.includes(column))
    return ownRowValue(column, type, erasure);
  if (isEvents(table) && (column === 'before' || column === 'after')) return ownImage(column, erasure);
  return isText(type) ? erased(column, type) : quoteName(column);
}

function hitCondition(table: StoredTable, erasure: Erasure): string {
  const hits = table.columns
    .filter(([, type]) => isText(type))
    .map(([name, type]) =>
      type.includes('Nullable')
        ? `multiSearchAny(ifNull(toString(${quoteName(name)}), ''), _forms)`
        : `multiSearchAny(toString(${quoteName(name)}), _forms)`,
    );
  return [
    ...hits,
    ...(isOwnTable(table, erasure) ? [`rowid = ${erasure.record}`] : []),
    ...(isEvents(table) ? ['before', 'after'].map((image) => isOwnImage(image, erasure)) : []),
  ].join(' OR ');
}

async function rewrite(
  warehouse: Warehouse,
  table: StoredTable,
  [forms, erasure]: [string, Erasure],
): Promise<void> {
  const name = quoteTable(table.database, table.name);
  const fresh = quoteTable(table.database, `${table.name}__erased`);
  const columns = table.columns.map(([column]) => quoteName(column)).join(', ');
  const values = table.columns.map((column) => valueOf(table, column, erasure)).join(',\n');
  await warehouse.command(`DROP TABLE IF EXISTS ${fresh} SYNC`);
  await warehouse.command(`CREATE TABLE ${fresh} AS ${name}`);
  await warehouse.command(
    `INSERT INTO ${fresh} (${columns})\nWITH ${forms} AS _forms\nSELECT ${values}\nFROM ${name}`,
  );
  await warehouse.command(`EXCHANGE TABLES ${fresh} AND ${name}`);
  await warehouse.command(`DROP TABLE ${fresh} SYNC`);
}

/** Databases whose tables hold what came from the source. */
const databasesOf = (warehouseDatabase: string): string[] => [
  'raw',
  'mirror',
  'ingest',
  'model',
  warehouseDatabase,
];

/**
 * Returns the tables that said something of the person. Tables with replaced parts on the disk are written anew as well: what those
 * hold is not known. `dryRun`: only looks.
 */
export async function eraseFromWarehouse(
  warehouse: Warehouse,
  erasure: Erasure,
  { warehouseDatabase, dryRun }: { readonly warehouseDatabase: string; readonly dryRun: boolean },
): Promise<ErasedTable[]> {
  const forms = `[${textForms(erasure.texts).map(quoteText).join(', ')}]`;
  const found: ErasedTable[] = [];
  const params = { databases: databasesOf(warehouseDatabase) };
  for (const table of await warehouse.rows<StoredTable>(TABLES_QUERY, { params })) {
    const condition = hitCondition(table, erasure);
    if (condition === '') continue;
    const name = quoteTable(table.database, table.name);
    const [hit] = await warehouse.rows<{ rows: string }>(
      `WITH ${forms} AS _forms SELECT countIf(${condition}) AS rows FROM ${name}`,
    );
    const rows = Number(hit!.rows);
    if (rows > 0) found.push({ table: `${table.database}.${table.name}`, rows });
    if (!dryRun && (rows > 0 || Number(table.oldParts) > 0))
      await rewrite(warehouse, table, [forms, erasure]);
  }
  return found;
}
