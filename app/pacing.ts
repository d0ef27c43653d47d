/**
 * Keeps a fast drain of the binlog from running far ahead of the loader in the same process: what is still warm in
 * memory is loaded without mapping the log's file again. Capture waits only while the loader moves; a warehouse that
 * stands still never holds capture, for the binlog may be purged meanwhile.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { ChangeLog, Cursor } from '../core/ports/change-log.ts';
import type { Service } from '../core/ports/service.ts';
import type { ConsumerPosition } from './caught-up.ts';

export interface PacingOptions {
  /** Capture waits above this many bytes between the slowest consumer and the end of the log. */
  readonly maxAheadBytes: number;
  /** A consumer whose cursor has not moved for this long, ms, is not waited for. */
  readonly stalledAfterMs: number;
}

export interface Pacing extends Service {
  /** The promise to wait for before reading on; null: read on. */
  readonly hold: () => Promise<void> | null;
}

const LOOK_EVERY_MS = 20;

export function createPacing(
  log: Pick<ChangeLog, 'lag'>,
  consumers: () => readonly ConsumerPosition[],
  options: PacingOptions,
): Pacing {
  let gate: { readonly opened: Promise<void>; readonly open: () => void } | null = null;
  const moved = new Map<string, { cursor: Cursor | null; at: number }>();
  const release = (): void => {
    gate?.open();
    gate = null;
  };
  const isAhead = async (consumer: ConsumerPosition): Promise<boolean> => {
    const cursor = await consumer.position();
    const last = moved.get(consumer.name);
    if (last?.cursor !== cursor) moved.set(consumer.name, { cursor, at: performance.now() });
    else if (performance.now() - last.at > options.stalledAfterMs) return false;
    return (await log.lag(cursor)).bytes > options.maxAheadBytes;
  };
  return {
    name: 'pacing',
    hold: () => gate?.opened ?? null,
    async run(signal) {
      while (!signal.aborted) {
        const ahead = await Promise.all(consumers().map(isAhead));
        if (!ahead.includes(true)) release();
        else gate ??= makeGate();
        await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
      }
      release();
    },
  };
}

function makeGate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
