/**
 * How long a lane waits before a round, so that it has more in it. What a round costs hardly depends on its size, and the
 * parts that it makes are merged: of a bulk, rows in rounds of 2 MiB took 51 µs of processor time each in both lanes
 * together, in rounds of 6 MiB 31, of 24 MiB 22.
 */
import type { LaneOptions } from './lane-options.ts';

export interface Gathered {
  /** In the queue now, and when it was asked before; 0 the first time. */
  readonly bytes: number;
  readonly before: number;
  /** Since the last round began. */
  readonly sinceRoundMs: number;
  /** Since it was asked first. */
  readonly sinceMs: number;
}

/** Nobody waits for single changes among so many bytes. */
const BULK_BYTES = 1 << 20;
/** A bulk is waited for no longer than this, and only while more of it comes. */
const BULK_MS = 500;
const BULK_PAUSE_MS = 50;

/** How long to wait for more, ms; 0: begin the round. */
export function gatheringMs(
  { gatherMs, maxRoundBytes }: Pick<LaneOptions, 'gatherMs' | 'maxRoundBytes'>,
  { bytes, before, sinceRoundMs, sinceMs }: Gathered,
): number {
  if (bytes * 2 > maxRoundBytes) return 0;
  if (sinceRoundMs < gatherMs) return gatherMs - sinceRoundMs;
  const isBulk = bytes >= BULK_BYTES && bytes > before && sinceMs < BULK_MS;
  return isBulk ? BULK_PAUSE_MS : 0;
}
