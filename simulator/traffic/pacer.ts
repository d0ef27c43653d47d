import { setTimeout as delay } from 'node:timers/promises';
import { performance } from 'node:perf_hooks';

/** Hands out turns, `rate` of them a second, to however many ask. */
export interface Pacer {
  /** Resolves true when it is the caller's turn, false once `signal` aborted. */
  turn(): Promise<boolean>;
}

/** After a stall (a server restart) turns do not pile up further than this. */
const MAX_DEBT_MS = 500;

/** Paced by the machine's own stopwatch, whatever clock the traffic is dated by. */
export function createPacer(rate: number, signal: AbortSignal): Pacer {
  const interval = 1000 / rate;
  let next = performance.now();
  return {
    turn: async () => {
      const now = performance.now();
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
