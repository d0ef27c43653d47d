/**
 * Whether a shard is still ours, where another process may have taken it over. The log refuses what a loader saves after
 * that (LOG_FENCED), but the warehouse knows nothing of shards: so a loader that has not saved for a while, because
 * it was stopped or slow, saves once before it changes the warehouse.
 */
import type { ChangeLog } from '../../core/ports/change-log.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';

/** Far below the time after which a group gives a silent member's shards away. */
const TRUSTED_MS = 3000;

export class Tenure {
  readonly #log: ChangeLog;
  readonly #owner: string;
  #renewedAt = -Infinity;
  #renewing: Promise<void> | null = null;

  /** `owner` names a state that is written to see whether it can be. */
  constructor(log: ChangeLog, owner: string) {
    this.#log = log;
    this.#owner = owner;
  }

  /** Something was saved: the shard was ours a moment ago. */
  renewed(): void {
    this.#renewedAt = performance.now();
  }

  /** Rejects with LOG_FENCED when the shard has another loader. */
  async check(): Promise<void> {
    if (performance.now() - this.#renewedAt < TRUSTED_MS) return;
    this.#renewing ??= this.#renew();
    await this.#renewing;
  }

  async #renew(): Promise<void> {
    try {
      await this.#log.setState([{ owner: this.#owner, state: { pid: process.pid } }]);
      this.renewed();
    } finally {
      this.#renewing = null;
    }
  }
}

/** The warehouse as a loader changes it that may have lost its shard. Questions go through as they are. */
export function guardWarehouse(warehouse: Warehouse, tenure: Tenure): Warehouse {
  return {
    command: async (sql, options) => {
      await tenure.check();
      await warehouse.command(sql, options);
    },
    insertAvro: async (insert) => {
      await tenure.check();
      await warehouse.insertAvro(insert);
    },
    insertText: async (insert) => {
      await tenure.check();
      await warehouse.insertText(insert);
    },
    rows: (sql, options) => warehouse.rows(sql, options),
    stream: (sql, format, options) => warehouse.stream(sql, format, options),
    close: () => warehouse.close(),
  };
}
