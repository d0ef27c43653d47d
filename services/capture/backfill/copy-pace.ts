/**
 * How fast tables are copied: never above the rate that was asked for, and with rests while the source is busy with
 * others. The stream is never slowed down by this.
 */
import type { Clock } from '../../../core/clock.ts';

export interface CopyPaceOptions {
  /** null: as fast as it goes. */
  readonly maxRowsPerSecond: number | null;
  /** More statements at work at once than this, ours included, mean that the source is busy. */
  readonly busyStatements: number;
  readonly clock: Clock;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A busy source gets this many times the length of a chunk's read to itself. */
const REST_FACTOR = 4;
const MAX_REST_MS = 5_000;
/** How often the source is asked whether it is busy. */
const ASK_EVERY_MS = 1_000;

export class CopyPace {
  readonly #options: CopyPaceOptions;
  #limit: number | null;
  /** When the rows read so far are paid for at the limit, ms since epoch. */
  #paidAt = 0;
  #askedAt = -Infinity;
  #isBusy = false;

  constructor(options: CopyPaceOptions) {
    this.#options = options;
    this.#limit = options.maxRowsPerSecond;
  }

  get maxRowsPerSecond(): number | null {
    return this.#limit;
  }

  set maxRowsPerSecond(limit: number | null) {
    this.#limit = limit;
    this.#paidAt = 0;
  }

  /** The source was busy when it was last asked. */
  get isResting(): boolean {
    return this.#isBusy;
  }

  /** Most rows that one chunk should have: a second's worth. */
  get maxChunkRows(): number {
    return this.#limit ?? Infinity;
  }

  /** Waits until the next chunk may be read. */
  async admit(signal: AbortSignal): Promise<void> {
    while (this.#limit !== null && !signal.aborted) {
      const ms = this.#paidAt - this.#options.clock.now();
      if (ms <= 0) return;
      await this.#options.wait(ms, signal);
    }
  }

  /** Tells of a chunk that was read in `ms`; waits when the source needs a rest. */
  async settle(
    chunk: { readonly rows: number; readonly ms: number },
    runningStatements: () => Promise<number>,
    signal: AbortSignal,
  ): Promise<void> {
    const now = this.#options.clock.now();
    if (this.#limit !== null) this.#paidAt = Math.max(now, this.#paidAt) + (chunk.rows / this.#limit) * 1000;
    if (now - this.#askedAt >= ASK_EVERY_MS) {
      this.#askedAt = now;
      this.#isBusy = (await runningStatements()) > this.#options.busyStatements;
    }
    if (this.#isBusy) await this.#options.wait(Math.min(chunk.ms * REST_FACTOR, MAX_REST_MS), signal);
  }
}
