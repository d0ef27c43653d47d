/** What the warehouse holds, kept in memory so that following a schema costs a question only at the start. */
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { COPIES_SUFFIX, type StoredTable, followSchema, storedAfter } from './schema-following.ts';
import { type TablePlan, dropStatements } from './table-plan.ts';

interface ColumnRow {
  readonly database: string;
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly is_in_sorting_key: number;
}

/**
 * The table of a keyless table's copies counts only with its view: a crash may have come between making the two, and
 * both are made then.
 */
const COLUMNS_QUERY = `
SELECT c.database AS database, c.table AS table, c.name AS name, c.type AS type, c.is_in_sorting_key AS is_in_sorting_key
FROM system.columns AS c
INNER JOIN system.tables AS t ON t.database = c.database AND t.name = c.table
WHERE (c.database = 'mirror' AND t.engine = 'ReplacingMergeTree')
   OR (c.database = 'ingest' AND t.engine = 'SummingMergeTree' AND c.table IN (
         SELECT concat(name, '${COPIES_SUFFIX}') FROM system.tables WHERE database = 'mirror'))
ORDER BY c.database, c.table, c.position`;

export type FollowOutcome = 'same' | 'created' | 'altered' | 'rebuilt';

const OWN_COLUMNS = new Set(['_seq', '_deleted', '_hash', '_copies']);

export class WarehouseCatalog {
  readonly #warehouse: Warehouse;
  #stored = new Map<string, StoredTable>();
  readonly #following = new Map<string, Promise<unknown>>();

  constructor(warehouse: Warehouse) {
    this.#warehouse = warehouse;
  }

  /** Asks the warehouse; call it before the first use and after a failure. */
  async load(): Promise<void> {
    const rows = await this.#warehouse.rows<ColumnRow>(COLUMNS_QUERY);
    const stored = new Map<string, { isKeyed: boolean; columns: StoredTable['columns'][number][] }>();
    for (const row of rows) {
      const isKeyed = row.database === 'mirror';
      const name = isKeyed ? row.table : row.table.slice(0, -COPIES_SUFFIX.length);
      let table = stored.get(name);
      if (!table) stored.set(name, (table = { isKeyed, columns: [] }));
      if (OWN_COLUMNS.has(row.name)) continue;
      table.columns.push({ name: row.name, type: row.type, isKey: isKeyed && row.is_in_sorting_key === 1 });
    }
    this.#stored = stored;
  }

  /**
   * Makes the table's objects fit the plan. Returns how: nothing to do, altered, or empty and new. Calls for one table
   * follow each other.
   */
  follow(plan: TablePlan): Promise<FollowOutcome> {
    const earlier = this.#following.get(plan.name) ?? Promise.resolve();
    const outcome = earlier.catch(() => undefined).then(() => this.#follow(plan));
    this.#following.set(plan.name, outcome);
    return outcome;
  }

  async #follow(plan: TablePlan): Promise<FollowOutcome> {
    const stored = this.#stored.get(plan.name) ?? null;
    const step = followSchema(stored, plan);
    if (!step) return 'same';
    try {
      for (const statement of step.statements) await this.#warehouse.command(statement);
    } catch (error) {
      await this.load();
      throw error;
    }
    this.#stored.set(plan.name, storedAfter(plan));
    if (!stored) return 'created';
    return step.isRebuild ? 'rebuilt' : 'altered';
  }

  has(name: string): boolean {
    return this.#stored.has(name);
  }

  /** Whether the table is there as the plan has it. */
  fits(plan: TablePlan): boolean {
    const stored = this.#stored.get(plan.name);
    return stored !== undefined && followSchema(stored, plan) === null;
  }

  async drop(name: string): Promise<void> {
    for (const statement of dropStatements(name)) await this.#warehouse.command(statement);
    this.#stored.delete(name);
  }
}
