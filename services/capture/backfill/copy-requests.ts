/** Those who asked for tables to be copied, and wait for it, over as many runs of the stream as it takes. */
import { deferred, type Deferred } from '../../../core/deferred.ts';
import { DolistreamError } from '../../../core/errors.ts';
import type { ChangeSource, TableEstimate } from '../../../core/ports/change-source.ts';
import type { TableCopyProgress } from './copy-progress.ts';
import type { CopyQueue } from './copy-queue.ts';

export interface CopyRequest {
  readonly tables: readonly string[];
  /** A condition in the source's SQL: only these rows, and the rest stays as it is. null: the whole tables. */
  readonly where: string | null;
  readonly onProgress: (progress: TableCopyProgress) => void;
}

export interface CopiedTable {
  readonly table: string;
  readonly rows: number;
}

export class CopyRequests {
  readonly #queue: () => CopyQueue | null;
  readonly #listeners = new Set<(progress: TableCopyProgress) => void>();
  #waiting: Deferred<undefined> = deferred();
  #hasEnded = false;

  /** `queue`: that of the present run. */
  constructor(queue: () => CopyQueue | null) {
    this.#queue = queue;
  }

  /** A run begins, with a queue of its own. */
  begin(): void {
    this.#hasEnded = false;
    this.#queue()?.onChange(() => this.#wake());
    this.#wake();
  }

  /** No run will follow: nobody need wait any longer. */
  end(): void {
    this.#hasEnded = true;
    this.#wake();
  }

  report(progress: TableCopyProgress): void {
    for (const listener of this.#listeners) listener(progress);
  }

  /** Rejects with CONFIG_INVALID when the condition cannot be used for one of the tables. */
  async check(source: ChangeSource, { tables, where }: CopyRequest): Promise<void> {
    if (where === null) return;
    for (const table of await source.describe(tables)) {
      if (table.key.length === 0) {
        throw new DolistreamError('CONFIG_INVALID', `--where cannot be used for ${table.table}`, {
          fix: 'It has no primary key, so its rows cannot be told apart: copy it as a whole, without --where.',
        });
      }
      await source.checkCondition(table, where);
    }
  }

  /** Resolves when the tables are no longer in the queue. */
  async add(
    queue: CopyQueue,
    { tables, where, onProgress }: CopyRequest,
    sizes: ReadonlyMap<string, TableEstimate>,
  ): Promise<CopiedTable[]> {
    const rows = new Map(tables.map((table) => [table, 0]));
    const listener = (progress: TableCopyProgress): void => {
      if (!rows.has(progress.table)) return;
      rows.set(progress.table, progress.rows);
      onProgress(progress);
    };
    this.#listeners.add(listener);
    for (const table of tables) {
      queue.add(table, { truncate: where === null, where }).estimate = sizes.get(table) ?? null;
    }
    try {
      while (tables.some((table) => this.#queue()?.has(table))) {
        if (this.#hasEnded) throw ended();
        await this.#waiting.promise;
      }
    } finally {
      this.#listeners.delete(listener);
    }
    return [...rows].map(([table, count]) => ({ table, rows: count }));
  }

  /** Waits for a change while something is being copied; false at once when nothing is. */
  async untilChangedOrSettled(): Promise<boolean> {
    const queue = this.#queue();
    if (this.#hasEnded || queue === null || queue.size === 0 || queue.paused) return false;
    await this.#waiting.promise;
    return true;
  }

  #wake(): void {
    const { resolve } = this.#waiting;
    this.#waiting = deferred();
    resolve(undefined);
  }
}

function ended(): DolistreamError {
  return new DolistreamError('NOT_RUNNING', 'Capture was stopped before the tables were copied', {
    fix: 'The copy goes on when it is started again.',
    retryable: true,
  });
}
