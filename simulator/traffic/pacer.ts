import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';

/** Hands out turns, `rate` of them a second, to however many ask. */
export interface Pacer {
  /** Resolves true when it is the caller's turn, false once `signal` aborted. */
  turn(): Promise<boolean>;
}

/** After a stall (a server restart) turns do not pile up further than this. */
const MAX_DEBT_MS = 500;

export function createPacer(rate: number, clock: Clock, signal: AbortSignal): Pacer {
  const interval = 1000 / rate;
  let next = clock.now();
  return {
    turn: async () => {
      const now = clock.now();
      const due = Math.max(next, now - MAX_DEBT_MS);
      next = due + interval;
      if (due > now) {
        await delay(due - now, undefined, { signal }).catch(() => {
          // The only rejection is the abort, which the caller learns from the result.
        });
      }
      return !signal.aborted;
    },
  };
}
