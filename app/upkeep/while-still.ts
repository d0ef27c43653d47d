/** Brings the stages to rest for work that nobody may write beside, each having read the change log to its end. */
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
}

/** What writes into the log first: what comes after them can then come to an end. */
const WRITERS: ReadonlySet<string> = new Set(['capture', 'retention', 'pacing']);
/** Does no more than wait, and may be who asked. */
const GOES_ON = 'schedules';
const ATTEMPTS = 5;

export async function whileStill<Result>(
  { log, supervisor, consumers }: StillDependencies,
  work: (passed: readonly Cursor[]) => Promise<Result>,
): Promise<Result> {
  const groups = [
    (stage: string) => WRITERS.has(stage),
    (stage: string) => !WRITERS.has(stage) && stage !== GOES_ON,
  ];
  const between = (): Promise<void> => untilRead(log, consumers(), supervisor.finished());
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

/** Resolves when all of them have read what the log holds now; capture may have stopped. Rejects when a stage fails. */
async function untilRead(
  log: ChangeLog,
  consumers: readonly ConsumerPosition[],
  finished: Promise<void>,
): Promise<void> {
  const end = await log.end();
  const over = new AbortController();
  const passed = Promise.all(
    consumers.map((reader) => untilPassed({ log, signal: over.signal }, reader, end)),
  );
  passed.catch(() => undefined);
  await Promise.race([passed, finished]).finally(() => over.abort());
}
