/**
 * Runs jobs at the times that cron expressions name, one at a time: what comes due while another works waits for its turn, so that
 * jobs neither overlap nor compete for the machine. Each run is kept with its times and its outcome in the log.
 *
 * A time that passed while nothing ran is made up for once, at the start, however often it was missed. A run that ended
 * with the process is not repeated before its next time: it may be what ended it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Cron } from 'croner';
import type { Clock } from '../core/clock.ts';
import { asDolistreamError } from '../core/errors.ts';
import type { ChangeLog, JsonValue } from '../core/ports/change-log.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { Service } from '../core/ports/service.ts';

export interface ScheduledJob {
  /** Unique, and stable over versions: history is kept under it. */
  readonly name: string;
  /** Cron expression of five fields; null: never by itself. */
  readonly expression: string | null;
  /** Returns in one line what came of it. */
  run(signal: AbortSignal): Promise<string>;
}

/** `interrupted`: the process ended before the run did. */
export type RunOutcome = 'running' | 'done' | 'failed' | 'interrupted';

export interface JobRun {
  /** ms since epoch. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly outcome: RunOutcome;
  /** `missed`: made up for at the start. */
  readonly reason: 'due' | 'missed';
  /** What came of it, or why it failed. */
  readonly note: string;
}

export interface JobReport {
  readonly name: string;
  readonly expression: string | null;
  /** ms since epoch; null: never. */
  readonly nextAt: number | null;
  /** Newest first. */
  readonly runs: readonly JobRun[];
}

export interface ScheduleOptions {
  readonly log: ChangeLog;
  readonly logger: Logger;
  readonly clock: Clock;
  /** IANA zone that the expressions are in. */
  readonly timeZone: string;
  readonly jobs: readonly ScheduledJob[];
  /** Waits until the time has passed or the signal aborts; a timer by default. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Owner of the history in the log. */
export const SCHEDULES_OWNER = 'schedules';

const RUNS_KEPT = 20;
/** Longest wait: a clock that was set, or a machine that slept, is noticed after this. */
const LONGEST_WAIT_MS = 30_000;

interface SavedJob {
  /** When the job was first seen: times before it were not missed. */
  readonly since: number;
  readonly runs: readonly JobRun[];
}

type Saved = Readonly<Record<string, SavedJob>>;

interface DueJob {
  readonly job: ScheduledJob;
  readonly at: number;
}

const waitWithTimer = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal, ref: false }).catch(() => undefined);

/** The first time of the expression after that moment; Infinity when there is none. */
export function nextTime(expression: string, timeZone: string, after: number): number {
  return new Cron(expression, { timezone: timeZone }).nextRun(new Date(after))?.getTime() ?? Infinity;
}

export class Schedules implements Service {
  readonly name = 'schedules';
  readonly #options: ScheduleOptions;
  readonly #wait: (ms: number, signal: AbortSignal) => Promise<void>;

  constructor(options: ScheduleOptions) {
    this.#options = options;
    this.#wait = options.wait ?? waitWithTimer;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const startedAt = clock.now();
    let next = this.#next(await this.#begin());
    while (!signal.aborted) {
      const waitMs = Math.min((next?.at ?? Infinity) - clock.now(), LONGEST_WAIT_MS);
      if (waitMs > 0) await this.#wait(waitMs, signal);
      else next = this.#next(await this.#runJob(next!.job, next!.at < startedAt ? 'missed' : 'due', signal));
    }
  }

  /** Every job, with when it is next due and its newest runs. Also where no schedule runs. */
  async reports(): Promise<readonly JobReport[]> {
    const saved = await this.#load();
    return this.#options.jobs.map((job) => {
      const at = this.#dueAt(job, saved[job.name]);
      const { name, expression } = job;
      return { name, expression, nextAt: Number.isFinite(at) ? at : null, runs: saved[name]?.runs ?? [] };
    });
  }

  async #load(): Promise<Saved> {
    return ((await this.#options.log.getState(SCHEDULES_OWNER)) ?? {}) as unknown as Saved;
  }

  async #save(saved: Saved): Promise<void> {
    const state = saved as unknown as JsonValue;
    await this.#options.log.setState([{ owner: SCHEDULES_OWNER, state }]);
  }

  /** Meets jobs that are new, and closes runs that ended with an earlier process. */
  async #begin(): Promise<Saved> {
    const { clock, jobs } = this.#options;
    const known = await this.#load();
    const close = (run: JobRun): JobRun =>
      run.outcome === 'running' ? { ...run, outcome: 'interrupted', note: 'the process ended' } : run;
    const saved = Object.fromEntries(
      jobs.map(({ name }) => {
        const { since, runs } = known[name] ?? { since: clock.now(), runs: [] };
        return [name, { since, runs: runs.map(close) }];
      }),
    );
    await this.#save(saved);
    return saved;
  }

  #dueAt(job: ScheduledJob, saved: SavedJob | undefined): number {
    const { clock, timeZone } = this.#options;
    if (job.expression === null) return Infinity;
    const after = Math.max(saved?.since ?? clock.now(), saved?.runs[0]?.startedAt ?? 0);
    return nextTime(job.expression, timeZone, after);
  }

  #next(saved: Saved): DueJob | null {
    return this.#options.jobs
      .map((job) => ({ job, at: this.#dueAt(job, saved[job.name]) }))
      .reduce<DueJob | null>((first, due) => (first !== null && first.at <= due.at ? first : due), null);
  }

  async #runJob(job: ScheduledJob, reason: JobRun['reason'], signal: AbortSignal): Promise<Saved> {
    const { clock } = this.#options;
    const startedAt = clock.now();
    await this.#note(job, { startedAt, endedAt: null, outcome: 'running', reason, note: '' });
    const ended = await this.#outcomeOf(job, signal);
    const endedAt = clock.now();
    return this.#note(job, { startedAt, endedAt, reason, ...ended });
  }

  async #outcomeOf(job: ScheduledJob, signal: AbortSignal): Promise<Pick<JobRun, 'outcome' | 'note'>> {
    const { logger } = this.#options;
    try {
      const note = await job.run(signal);
      logger.info({ job: job.name }, `scheduled job done: ${note}`);
      return { outcome: 'done', note };
    } catch (error) {
      if (signal.aborted) return { outcome: 'interrupted', note: 'the process was stopped' };
      const { code, message, fix } = asDolistreamError(error, 'INTERNAL');
      logger.error({ job: job.name, code, fix }, `scheduled job failed: ${message}`);
      return { outcome: 'failed', note: `${code}: ${message}` };
    }
  }

  /** Puts the run first, in the place of what was noted when it began. */
  async #note(job: ScheduledJob, run: JobRun): Promise<Saved> {
    const saved = await this.#load();
    const { since, runs } = saved[job.name]!;
    const others = runs.filter(({ startedAt }) => startedAt !== run.startedAt);
    const next = { ...saved, [job.name]: { since, runs: [run, ...others].slice(0, RUNS_KEPT) } };
    await this.#save(next);
    return next;
  }
}
