import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import { type PlanOptions, type TablePlan, planTable } from './table-plan.ts';

export interface LoadedPlan {
  readonly plan: TablePlan;
  /** The schema as the header of an Avro container needs it. */
  readonly schemaText: string;
}

/** Plans by schema number; a schema never changes, so each is made once. */
export class TablePlans {
  readonly #registry: SchemaRegistry;
  readonly #options: PlanOptions;
  readonly #plans = new Map<number, LoadedPlan | null>();

  constructor(registry: SchemaRegistry, options: PlanOptions) {
    this.#registry = registry;
    this.#options = options;
  }

  /** Null for a schema that is not a table's. Rejects with SCHEMA_UNKNOWN. */
  async get(schemaId: number): Promise<LoadedPlan | null> {
    const known = this.#plans.get(schemaId);
    if (known !== undefined) return known;
    const schemaText = await this.#registry.schemaById(schemaId);
    const plan = planTable(schemaText, this.#options);
    const loaded = plan && { plan, schemaText };
    this.#plans.set(schemaId, loaded);
    return loaded;
  }
}
