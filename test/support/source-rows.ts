/**
 * The rows of a table of the source as SELECT prints them, brought to one text per value without any code of ours that
 * reads or writes events, to be compared with what a client made of the events.
 */
import type { TestMariadb } from './mariadb.ts';

export type TextRow = readonly (string | null)[];

interface CatalogColumn {
  readonly name: string;
  readonly type: string;
  /** As it was declared, e.g. `decimal(10,2)`. */
  readonly declared: string;
}

const SHAPES = new Set(
  ['geometry', 'point', 'linestring', 'polygon', 'geometrycollection'].flatMap((type) => [
    type,
    `multi${type}`,
  ]),
);

/** Dates with a zero part are null, moments in UTC with six digits, times in microseconds, bytes in hexadecimal digits. */
function textExpression({ name, type, declared }: CatalogColumn): string {
  const column = `\`${name}\``;
  switch (type) {
    case 'date':
      return `IF(DAY(${column}) = 0, NULL, CAST(${column} AS CHAR))`;
    case 'datetime':
    case 'timestamp':
      return `IF(DAY(${column}) = 0, NULL, DATE_FORMAT(${column}, '%Y-%m-%d %H:%i:%s.%f'))`;
    case 'time':
      return `CAST(CAST(TIME_TO_SEC(${column}) * 1000000 AS SIGNED) AS CHAR)`;
    case 'float':
    case 'double':
      return `CAST(CAST(${column} AS DOUBLE) AS CHAR)`;
    case 'bit':
    case 'year':
      return `CAST(${column} + 0 AS CHAR)`;
    case 'decimal':
      return `CAST(CAST(${column} AS ${declared.replace(/ (unsigned|zerofill)/g, '')}) AS CHAR)`;
    case 'binary':
    case 'varbinary':
    case 'tinyblob':
    case 'blob':
    case 'mediumblob':
    case 'longblob':
      return `HEX(${column})`;
    default:
      if (SHAPES.has(type)) return `HEX(${column})`;
      return type.endsWith('int') ? `CAST(${column} + 0 AS CHAR)` : `CAST(${column} AS CHAR)`;
  }
}

export interface SourceRows {
  readonly columns: readonly string[];
  /** Which columns are floating-point numbers. */
  readonly floats: readonly boolean[];
  /** In the order of `sortedRows`. */
  readonly rows: readonly TextRow[];
}

/** The rows of a captured table. */
export async function readSourceRows(db: TestMariadb, table: string): Promise<SourceRows> {
  const columns = await readColumns(db, table);
  return selectRows(db, columns, `\`${table}\``);
}

/**
 * The rows of a copy of `table` that somebody else made on the same server, `copy` being its name in SQL. Its columns may
 * be of wider types and are read as the types of the source's.
 */
export async function readCopiedRows(db: TestMariadb, table: string, copy: string): Promise<SourceRows> {
  const columns = await readColumns(db, table);
  const named = columns.map((column) => ({ ...column, name: column.name.replaceAll(' ', '_') }));
  return selectRows(db, named, copy);
}

function readColumns(db: TestMariadb, table: string): Promise<CatalogColumn[]> {
  return db.query<CatalogColumn>(
    `SELECT COLUMN_NAME AS name, LOWER(DATA_TYPE) AS type, COLUMN_TYPE AS declared FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`,
    [db.database, table],
  );
}

async function selectRows(
  db: TestMariadb,
  columns: readonly CatalogColumn[],
  from: string,
): Promise<SourceRows> {
  const expressions = columns.map((column, index) => `${textExpression(column)} AS c${index}`);
  const connection = await db.connect();
  await connection.query("SET time_zone = '+00:00'");
  const sql = `SELECT ${expressions.join(', ')} FROM ${from}`;
  const [rows] = await connection.query({ sql, rowsAsArray: true });
  await connection.end();
  const floats = columns.map(({ type }) => type === 'float' || type === 'double');
  return {
    columns: columns.map(({ name }) => name),
    floats,
    rows: sortedRows(rows as TextRow[], floats),
  };
}

/** In one order, and with floating-point numbers (`floats`, by column) written in one way. */
export function sortedRows(rows: readonly TextRow[], floats: readonly boolean[]): TextRow[] {
  const written = rows.map((row) =>
    row.map((value, index) => (value !== null && floats[index] ? String(Number(value)) : value)),
  );
  return written.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
