/** Brings the stages to rest for work that nobody may write beside, each having read the change log to its end. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ChangeLog, Cursor } from '../../core/ports/change-log.ts';
import { type ConsumerPosition, untilPassed } from '../caught-up.ts';
import { savedReaders } from '../saved-positions.ts';
import type { Supervisor } from '../supervisor.ts';
import { restless } from './forget.ts';

export interface StillDependencies {
  readonly log: ChangeLog;
  readonly supervisor: Supervisor;
  /** Stages of this process that read the log; none when nothing runs. */
  readonly consumers: () => readonly ConsumerPosition[];
  /** When no reader has moved for so long, ms, none is waited for any more: a stage may be trying again for ever. */
  readonly stalledMs?: number;
}

/** What writes into the log first: what comes after them can then come to an end. */
const WRITERS: ReadonlySet<string> = new Set(['capture', 'retention', 'pacing']);
/** Does no more than wait, and may be who asked. */
const GOES_ON = 'schedules';
const ATTEMPTS = 5;
const STALLED_MS = 120_000;
/** How often the readers are asked whether they move. */
const LOOKS_PER_STALL = 100;

export async function whileStill<Result>(
  { log, supervisor, consumers, stalledMs = STALLED_MS }: StillDependencies,
  work: (passed: readonly Cursor[]) => Promise<Result>,
): Promise<Result> {
  const groups = [
    (stage: string) => WRITERS.has(stage),
    (stage: string) => !WRITERS.has(stage) && stage !== GOES_ON,
  ];
  const between = (): Promise<void> =>
    untilRead(log, consumers(), { finished: supervisor.finished(), stalledMs });
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const outcome = await supervisor.whilePaused({ groups, between }, async () => {
      const cursors = await Promise.all((await savedReaders(log)).map(({ position }) => position()));
      const lags = await Promise.all(cursors.map((cursor) => log.lag(cursor)));
      if (lags.some(({ records }) => records > 0)) return null;
      return { result: await work(cursors.filter((cursor) => cursor !== null)) };
    });
    if (outcome) return outcome.result;
  }
  throw restless();
}

/**
 * Resolves when all of them have read what the log holds now; capture may have stopped. Rejects when a stage fails, and
 * with NOT_CAUGHT_UP when they stand still before that.
 */
async function untilRead(
  log: ChangeLog,
  consumers: readonly ConsumerPosition[],
  { finished, stalledMs }: { readonly finished: Promise<void>; readonly stalledMs: number },
): Promise<void> {
  const end = await log.end();
  const over = new AbortController();
  const passed = Promise.all(
    consumers.map((reader) => untilPassed({ log, signal: over.signal }, reader, end)),
  );
  const stalled = untilStalled(consumers, stalledMs, over.signal);
  passed.catch(() => undefined);
  stalled.catch(() => undefined);
  await Promise.race([passed, stalled, finished]).finally(() => over.abort());
}

/** Rejects when none of them has moved for so long, or with the signal. */
async function untilStalled(
  consumers: readonly ConsumerPosition[],
  stalledMs: number,
  signal: AbortSignal,
): Promise<never> {
  let [seen, since] = ['', performance.now()];
  for (;;) {
    const positions = JSON.stringify(await Promise.all(consumers.map((reader) => reader.position())));
    if (positions !== seen) [seen, since] = [positions, performance.now()];
    else if (performance.now() - since > stalledMs) throw restless();
    await pause(stalledMs / LOOKS_PER_STALL, undefined, { signal });
  }
}
