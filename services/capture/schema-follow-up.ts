/** After a DDL: tells the log the new shape of tables that the stream alone does not tell. */
import type { Snapshot } from '../../core/ports/change-source.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { TableSchema } from '../../core/table-schema.ts';
import type { BarrierTask } from './barriers.ts';
import type { CaptureContext } from './capture-context.ts';
import { confirmSchemas } from './schema-records.ts';

export interface SchemaFollowUpOptions {
  readonly atBarrier: (task: BarrierTask) => Promise<Snapshot>;
  /** True while the run of the context goes on. */
  readonly isCurrent: (context: CaptureContext) => boolean;
  /** Latest schema seen of each table; what is found is added. */
  readonly schemas: Map<string, TableSchema>;
  readonly logger: Logger;
}

export class SchemaFollowUp {
  readonly #options: SchemaFollowUpOptions;
  #running: Promise<void> | null = null;

  constructor(options: SchemaFollowUpOptions) {
    this.#options = options;
  }

  /** Settles when what is being followed is; null when nothing is. */
  get running(): Promise<void> | null {
    return this.#running;
  }

  start(context: CaptureContext): void {
    this.#running ??= this.#followAll(context).finally(() => {
      this.#running = null;
    });
  }

  async #followAll(context: CaptureContext): Promise<void> {
    const { isCurrent, logger } = this.#options;
    while (context.unconfirmed.size > 0 && isCurrent(context)) {
      const tables = [...context.unconfirmed];
      try {
        await this.#confirm(context, tables);
      } catch (error) {
        // Tried again after the next transaction: what is to be done stays in the saved state.
        const { message } = error as Error;
        logger.warn({ tables, error: message }, 'following a schema change failed, will be tried again');
        return;
      }
    }
  }

  async #confirm(context: CaptureContext, tables: readonly string[]): Promise<void> {
    const { atBarrier, schemas } = this.#options;
    const snapshot = await atBarrier({
      tables,
      atBarrier: async (opened) => {
        const toConfirm = opened.tables.filter((table) => context.unconfirmed.has(table.table));
        for (const table of opened.tables) schemas.set(table.table, table);
        if (toConfirm.length > 0) await confirmSchemas(context, opened, toConfirm);
        for (const table of tables) context.unconfirmed.delete(table);
        await context.writer.flush();
      },
    });
    await snapshot[Symbol.asyncDispose]();
  }
}
