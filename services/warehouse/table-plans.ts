import { DolistreamError } from '../../core/errors.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import { type PlanOptions, type TablePlan, planTable } from './table-plan.ts';
import { type TextRows, planTextRows } from './text-rows.ts';

export interface LoadedPlan {
  readonly plan: TablePlan;
  /** The schema as the header of an Avro container needs it. */
  readonly schemaText: string;
  /** null: rows of this table always go as Avro. */
  readonly textRows: TextRows | null;
}

/** Why the records of a schema cannot be loaded as rows of a table. */
export interface Unloadable {
  readonly reason: string;
}

/** Plans by schema number; a schema never changes, so each is made once. */
export class TablePlans {
  readonly #registry: SchemaRegistry;
  readonly #options: PlanOptions;
  readonly #plans = new Map<number, LoadedPlan>();

  constructor(registry: SchemaRegistry, options: PlanOptions) {
    this.#registry = registry;
    this.#options = options;
  }

  async get(schemaId: number): Promise<LoadedPlan | Unloadable> {
    const known = this.#plans.get(schemaId);
    if (known) return known;
    try {
      const schemaText = await this.#registry.schemaById(schemaId);
      const plan = planTable(schemaText, this.#options);
      if (!plan) return { reason: `Schema ${schemaId} is not the envelope of a table` };
      const loaded = { plan, schemaText, textRows: planTextRows(plan, schemaText) };
      this.#plans.set(schemaId, loaded);
      return loaded;
    } catch (error) {
      if (error instanceof DolistreamError && error.code === 'SCHEMA_UNKNOWN')
        return { reason: error.message };
      throw error;
    }
  }
}
