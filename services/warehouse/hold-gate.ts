/** Stops a lane at a place that somebody else asked for, until it is released. */
import type { Segment } from './segment.ts';

interface Hold {
  /** Stop after everything up to this seq; null: stop after the round in hand. */
  readonly throughSeq: number | null;
  readonly reached: () => void;
}

export class HoldGate {
  #holds: Hold[] = [];
  #released: (() => void) | null = null;

  get isHolding(): boolean {
    return this.#holds.length > 0;
  }

  /** Resolves when the lane stands still. */
  hold(throughSeq: number | null): Promise<void> {
    return new Promise((reached) => this.#holds.push({ throughSeq, reached }));
  }

  release(): void {
    this.#holds = [];
    this.#released?.();
  }

  /**
   * How many of the waiting segments may be applied: up to the last that holds something at or below the seq. What
   * lies before it goes along, because the transactions of one append are spread over the batches of their tables.
   */
  admitted(queue: readonly Segment[]): number {
    if (!this.isHolding) return queue.length;
    const seqs = this.#holds.map((hold) => hold.throughSeq ?? -1);
    const throughSeq = Math.min(...seqs);
    return queue.findLastIndex(({ batch }) => batch.firstSeq <= throughSeq) + 1;
  }

  /** True when nothing is left to do before the pause. `queue` is empty only at the end of the log. */
  isReached(seq: number, queue: readonly Segment[]): boolean {
    if (!this.isHolding || this.admitted(queue) > 0) return false;
    return (
      queue.length > 0 || this.#holds.every(({ throughSeq }) => throughSeq === null || seq >= throughSeq)
    );
  }

  /** Tells the holders and waits for the release, or for the signal. */
  async pause(signal: AbortSignal): Promise<void> {
    for (const { reached } of this.#holds) reached();
    await new Promise<void>((resolve) => {
      this.#released = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted || !this.isHolding) resolve();
    });
    this.#released = null;
  }
}
