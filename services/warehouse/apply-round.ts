import { setTimeout as delay } from 'node:timers/promises';
import { DolistreamError } from '../../core/errors.ts';
import type { LaneOptions } from './lane-options.ts';
import type { Segment } from './segment.ts';

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 15_000;

export interface BegunRound {
  readonly round: readonly Segment[];
  /** Whether some of it may be in the warehouse already. */
  readonly isRepeated: boolean;
  /** The replay's epoch; null: it is loaded for the first time. */
  readonly replay: number | null;
}

/** Applies a round, again and again while the warehouse is too busy. False: the signal came before it succeeded. */
export async function applyRound(
  { work, owner, logger, metrics }: LaneOptions,
  { round, isRepeated, replay }: BegunRound,
  signal: AbortSignal,
): Promise<boolean> {
  let mayBeThere = isRepeated;
  for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
    try {
      await work.apply(round, { isRepeated: mayBeThere, replay });
      return true;
    } catch (error) {
      if (!(error instanceof DolistreamError) || !error.retryable) throw error;
      logger.warn({ lane: owner, error: error.message, waitMs }, 'warehouse busy, trying again');
      metrics.count('warehouse_retries_total', 1, { lane: owner });
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return false;
      mayBeThere = true;
    }
  }
}
