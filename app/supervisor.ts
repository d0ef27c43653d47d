/**
 * Keeps the stages running: one that fails for a passing reason is started again after a growing pause, one that
 * cannot go on ends the whole run with its error.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { asDolistreamError, type DolistreamError } from '../core/errors.ts';
import { linkSignals } from '../core/link-signals.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { Service } from '../core/ports/service.ts';
import type { StageState } from './runtime.ts';

export interface SupervisedStage {
  readonly name: string;
  readonly state: StageState;
  readonly error: string | null;
}

const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 30_000;
/** A stage that ran this long before it failed starts over with the shortest pause. */
const HEALTHY_AFTER_MS = 60_000;

export interface PauseOrder {
  /** By the name of a stage: the first group stops first. Stages of none go on. */
  readonly groups: readonly ((stage: string) => boolean)[];
  readonly between: () => Promise<void>;
}

class Supervised {
  readonly service: Service;
  state: StageState = 'starting';
  error: DolistreamError | null = null;
  done: Promise<void> = Promise.resolve();
  /** Ends this run of it alone. */
  pause = new AbortController();

  constructor(service: Service) {
    this.service = service;
  }
}

export class Supervisor {
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  readonly #stages: Supervised[] = [];
  readonly #ended: Promise<void>;
  #end!: () => void;
  #fail!: (error: DolistreamError) => void;

  constructor(logger: Logger) {
    this.#logger = logger;
    this.#ended = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
    this.#ended.catch(() => undefined);
  }

  get stages(): readonly SupervisedStage[] {
    return this.#stages.map(({ service, state, error }) => ({
      name: service.name,
      state,
      error: error?.message ?? null,
    }));
  }

  start(service: Service): void {
    const stage = new Supervised(service);
    this.#stages.push(stage);
    stage.done = this.#run(stage);
  }

  /** Resolves after `stop`; rejects as soon as a stage cannot go on. */
  finished(): Promise<void> {
    return this.#ended;
  }

  /** Stops all stages and waits for what they have in hand. Idempotent. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#stages.map((stage) => stage.done));
    this.#end();
  }

  /**
   * Stops the stages for a piece of work, in groups one after the other, and starts them again after it, also when it fails.
   * `before` is called when a group has stopped and the next has not: to wait for what the others have still to do.
   */
  async whilePaused<Result>({ groups, between }: PauseOrder, work: () => Promise<Result>): Promise<Result> {
    const paused: Supervised[] = [];
    try {
      for (const [index, belongs] of groups.entries()) {
        if (index > 0) await between();
        const group = this.#stages.filter(
          (stage) => belongs(stage.service.name) && stage.state !== 'failed' && !paused.includes(stage),
        );
        paused.push(...group);
        for (const stage of group) stage.pause.abort();
        await Promise.all(group.map((stage) => stage.done));
      }
      return await work();
    } finally {
      for (const stage of paused) {
        stage.pause = new AbortController();
        stage.done = this.#run(stage);
      }
    }
  }

  async #run(stage: Supervised): Promise<void> {
    using linked = linkSignals(this.#stop.signal, stage.pause.signal);
    const { signal } = linked;
    let pauseMs = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      const startedAt = Date.now();
      try {
        stage.state = 'running';
        await stage.service.run(signal);
      } catch (error) {
        if (signal.aborted) break;
        stage.error = asDolistreamError(error, 'INTERNAL');
        if (!stage.error.retryable) return this.#giveUp(stage, stage.error);
        if (Date.now() - startedAt > HEALTHY_AFTER_MS) pauseMs = FIRST_PAUSE_MS;
        stage.state = 'retrying';
        this.#logger.warn(
          { stage: stage.service.name, code: stage.error.code, pauseMs },
          stage.error.message,
        );
        const jittered = pauseMs * (0.75 + Math.random() / 2);
        await pause(jittered, undefined, { signal }).catch(() => undefined);
        pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
      }
    }
    stage.state = 'stopped';
  }

  #giveUp(stage: Supervised, error: DolistreamError): void {
    stage.state = 'failed';
    this.#logger.error(
      { stage: stage.service.name, code: error.code, fix: error.fix, err: error },
      error.message,
    );
    this.#fail(error);
  }
}
