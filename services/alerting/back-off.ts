import { setTimeout as delay } from 'node:timers/promises';

export interface BackOffOptions {
  /** Milliseconds before the first new attempt, doubled after each further one. */
  readonly firstMs: number;
  readonly maxMs: number;
  /** 0 up to 1; Math.random. */
  readonly random: () => number;
}

/**
 * How long to wait before attempt `attempt` + 1. Half of it is random: channels that broke together should not come
 * back together.
 */
export function backOffMs(options: BackOffOptions, attempt: number): number {
  const full = Math.min(options.maxMs, options.firstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full / 2 + (full / 2) * options.random());
}

/** Resolves after `ms` milliseconds or as soon as `signal` aborts. */
export async function waitOrAbort(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
