/** What the tables of a source look like at the moment, for those who write to them while they change. */
import type { SourceColumn } from './random-values.ts';
import type { TestMariadb } from './mariadb.ts';

interface ColumnRow {
  readonly name: string;
  readonly declaration: string;
  readonly charset: string | null;
  readonly nullable: 'YES' | 'NO';
  readonly keyed: string;
  readonly extra: string;
}

const COLUMNS_SQL = `
  SELECT COLUMN_NAME AS name, COLUMN_TYPE AS declaration, CHARACTER_SET_NAME AS charset, IS_NULLABLE AS nullable,
    COLUMN_KEY AS keyed, EXTRA AS extra
  FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`;

export const quoteName = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

export class LiveSchema {
  readonly database: string;
  readonly #db: TestMariadb;
  readonly #tables = new Map<string, readonly SourceColumn[]>();

  private constructor(db: TestMariadb, database: string) {
    this.#db = db;
    this.database = database;
  }

  /** Reads the named tables, or all there are. */
  static async read(db: TestMariadb, database: string, names?: readonly string[]): Promise<LiveSchema> {
    const schema = new LiveSchema(db, database);
    const all = await db.query<{ name: string }>(
      "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = 'BASE TABLE'",
      [database],
    );
    for (const { name } of all) if (names?.includes(name) ?? true) await schema.refresh(name);
    return schema;
  }

  get tables(): readonly string[] {
    return [...this.#tables.keys()];
  }

  /** Empty when there is no such table any more. */
  columns(table: string): readonly SourceColumn[] {
    return this.#tables.get(table) ?? [];
  }

  /** Reads one table again. */
  async refresh(table: string): Promise<void> {
    const rows = await this.#db.query<ColumnRow>(COLUMNS_SQL, [this.database, table]);
    if (rows.length === 0) {
      this.#tables.delete(table);
      return;
    }
    const jsonColumns = await this.#jsonColumns(table);
    this.#tables.set(
      table,
      rows.map((row) => ({
        name: row.name,
        declaration: jsonColumns.has(row.name) ? 'json' : row.declaration,
        charset: row.charset,
        nullable: row.nullable === 'YES',
        inKey: row.keyed === 'PRI',
        isMade: /auto_increment|generated/i.test(row.extra),
      })),
    );
  }

  /** JSON is LONGTEXT with a check, in MariaDB. */
  async #jsonColumns(table: string): Promise<ReadonlySet<string>> {
    const [row] = await this.#db.query<Record<string, string>>(
      `SHOW CREATE TABLE ${quoteName(this.database)}.${quoteName(table)}`,
    );
    const text = row?.['Create Table'] ?? '';
    return new Set([...text.matchAll(/json_valid\(`([^`]+)`\)/g)].map((match) => match[1]!));
  }
}
