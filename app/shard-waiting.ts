/** What the loader of several shards waits for. */
import { setTimeout as pause } from 'node:timers/promises';
import { asDolistreamError } from '../core/errors.ts';
import type { ChangeLog, Cursor } from '../core/ports/change-log.ts';
import type { LoadService } from '../services/warehouse/load-service.ts';

/** A shard in the hands of this process. */
export interface Holding {
  readonly stop: AbortController;
  /** Resolves when nothing of it runs here any more. */
  done: Promise<void>;
  /** null: between two attempts. */
  service: LoadService | null;
}

/** What a lane has saved. */
export interface SavedLane {
  readonly cursor: Cursor | null;
  readonly seq: number;
}

/** A shard that was taken over while this process slept is taken from it by the group, too, a moment later. */
const FENCED_GRACE_MS = 30_000;

/** True when another process has the shard now, and the group says so in time. */
export async function isTakenOver(error: unknown, signal: AbortSignal): Promise<boolean> {
  if (asDolistreamError(error, 'INTERNAL').code !== 'LOG_FENCED') return false;
  await pause(FENCED_GRACE_MS, undefined, { signal }).catch(() => undefined);
  return signal.aborted;
}

/** The cursor with the most left to read; null as soon as one is. */
export async function leastCursor(
  log: ChangeLog,
  cursors: readonly (Cursor | null)[],
): Promise<Cursor | null> {
  const known = [...new Set(cursors)];
  if (known.length <= 1 || known.includes(null)) return known.includes(null) ? null : (known[0] ?? null);
  const lags = await Promise.all(known.map(async (cursor) => ({ cursor, lag: await log.lag(cursor) })));
  return lags.reduce((least, one) => (one.lag.records > least.lag.records ? one : least)).cursor;
}

export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
