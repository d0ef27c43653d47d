/**
 * Reads alerts into cases and has each channel told of them. A case is durable before anybody is told, and what a
 * channel was told is durable before it is told more: only an answer that got lost can double a message, which then
 * comes again with the same id.
 */
import type { Alert } from '../../core/alert.ts';
import type { Clock } from '../../core/clock.ts';
import { DolistreamError } from '../../core/errors.ts';
import { linkSignals } from '../../core/link-signals.ts';
import type { ChangeLog, ConsumerLag, Cursor } from '../../core/ports/change-log.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { Notifier } from '../../core/ports/notifier.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import type { Service } from '../../core/ports/service.ts';
import { alertsTopic } from '../../core/topics.ts';
import { AlertDesk, type AlertParties, type ReadAlert } from './alert-desk.ts';
import { type BackOffOptions, waitOrAbort } from './back-off.ts';
import { CaseStore } from './case-store.ts';
import { type ChannelHealth, ChannelWorker, type Stop } from './channel-worker.ts';
import { OWN_KINDS, type Wording } from './compose-message.ts';
import { PipeWatch } from './pipe-watch.ts';
import { ProofOfLife } from './proof-of-life.ts';
import { createAlertDecoder, type DecodeAlerts } from './read-alerts.ts';
import type { Routing } from './routing.ts';

export interface AlertingOptions {
  /** --topic-prefix. */
  readonly prefix: string;
  readonly routing: Routing;
  readonly wording: Wording;
  readonly backOff?: BackOffOptions;
  /** How long a delivery that is under way may still take after the stop, ms. */
  readonly graceMs?: number;
  /** How often plans, escalations and the pipeline are looked at, ms. */
  readonly lookMs?: number;
}

export interface AlertingDeps {
  readonly log: ChangeLog;
  readonly registry: SchemaRegistry;
  readonly notifiers: readonly Notifier[];
  readonly options: AlertingOptions;
  /** Whom an alert concerns; bounds its own time and does not reject. */
  readonly findParties?: (alert: Alert, signal: AbortSignal) => Promise<AlertParties>;
  /** How far the figures behind alerts are behind the source, ms; null: not known. */
  readonly behindMs?: () => Promise<number | null>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

const READ_BYTES = 64_000;
/** Longest wait for an alert; the cursor is at most this much older than the log's end. */
const IDLE_WAIT_MS = 1000;
/** The cursor is saved with each alert, and this often when other topics move it. */
const SAVE_MS = 30_000;
const BACK_OFF: BackOffOptions = { firstMs: 1000, maxMs: 300_000, random: Math.random };
const GRACE_MS = 5000;
const LOOK_MS = 10_000;
const NO_PARTIES: AlertParties = { customer: null, site: null };
const UNTOLD = ['console'];

function checkNames(notifiers: readonly Notifier[]): void {
  const names = notifiers.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new DolistreamError('CONFIG_INVALID', `Two notifiers are called ${twice}`, {
    fix: 'Give each notifier a name of its own: progress is kept under it.',
  });
}

/** The cases of a log, for a process that does not deliver: to list and to answer them. */
export async function openDesk(
  deps: Pick<AlertingDeps, 'log' | 'notifiers' | 'options' | 'clock'>,
): Promise<AlertDesk> {
  const { notifiers, options, clock } = deps;
  const store = await CaseStore.load(deps.log);
  const context = {
    routing: options.routing,
    channels: notifiers.map(({ name }) => name),
    zone: options.wording.zone,
  };
  return new AlertDesk({ store, notifiers, context, clock });
}

/** Everything of one run. */
class Run {
  readonly #deps: AlertingDeps;
  readonly #decode: DecodeAlerts;
  readonly #watch: PipeWatch;
  readonly desk: AlertDesk;
  readonly workers: readonly ChannelWorker[];
  cursor: Cursor | null;

  constructor(deps: AlertingDeps, desk: AlertDesk) {
    this.#deps = deps;
    this.desk = desk;
    this.#decode = createAlertDecoder(deps.registry);
    this.cursor = desk.store.state.cursor;
    const { options, clock, logger, metrics } = deps;
    const { routing, wording } = options;
    this.#watch = new PipeWatch({ desk, lateMs: routing.pipeLateMs, wording, logger, metrics });
    const plan = { cron: routing.proof, zone: wording.zone, locale: wording.locale, except: UNTOLD };
    const proof = new ProofOfLife(desk, plan, clock.now());
    this.workers = deps.notifiers.map(
      (notifier) =>
        new ChannelWorker({
          ...{ desk, notifier, wording, proof, clock, logger, metrics },
          ...{ fallback: routing.fallback, flood: routing.flood },
          backOff: options.backOff ?? BACK_OFF,
        }),
    );
  }

  async read(stop: Stop): Promise<void> {
    const { log, options, clock } = this.#deps;
    const topic = alertsTopic(options.prefix);
    let savedAt = clock.now();
    while (!stop.signal.aborted) {
      const { batches, cursor } = await log.read({
        from: this.cursor,
        maxBytes: READ_BYTES,
        topics: (candidate) => candidate === topic,
        waitMs: IDLE_WAIT_MS,
        signal: stop.signal,
      });
      const alerts: ReadAlert[] = [];
      for (const batch of batches) {
        const { nextOffset } = this.desk.store.state;
        for (const each of await this.#decode(batch, nextOffset)) {
          alerts.push({ ...each, ...(await this.#parties(each.alert, stop.signal)) });
        }
      }
      this.desk.receive(alerts, cursor);
      this.cursor = cursor;
      if (alerts.length === 0 && clock.now() - savedAt < SAVE_MS) continue;
      await this.desk.save();
      savedAt = clock.now();
    }
  }

  async look(stop: Stop): Promise<void> {
    const { behindMs, options, metrics } = this.#deps;
    while (!stop.signal.aborted) {
      const isMoved = this.#watch.note(behindMs ? await behindMs() : null);
      if (this.desk.sweep() || isMoved) await this.desk.save();
      const open = [...this.desk.store.cases.values()].filter(
        ({ state, subjectType }) => state !== 'closed' && !OWN_KINDS.includes(subjectType),
      );
      metrics.gauge('alert_cases_open', open.length);
      await waitOrAbort(options.lookMs ?? LOOK_MS, stop.signal);
    }
  }

  #parties(alert: Alert, signal: AbortSignal): Promise<AlertParties> {
    return this.#deps.findParties?.(alert, signal) ?? Promise.resolve(NO_PARTIES);
  }
}

export interface AlertingService extends Service {
  /** How far reading is behind the end of the log; null before the first run. */
  lag(): Promise<ConsumerLag | null>;
  /** The cases; null while it does not run. */
  readonly desk: AlertDesk | null;
  /** How each channel does; empty while it does not run. */
  health(): readonly ChannelHealth[];
}

/** Lets all work until one fails or the stop comes; what is under way then has a little time. */
async function work(
  tasks: readonly ((stop: Stop) => Promise<void>)[],
  signal: AbortSignal,
  graceMs: number,
): Promise<void> {
  const failed = new AbortController();
  const hard = new AbortController();
  using linked = linkSignals(signal, failed.signal);
  const stopping = linked.signal;
  let grace: NodeJS.Timeout | undefined;
  const startGrace = (): void => {
    grace = setTimeout(() => hard.abort(), graceMs);
  };
  if (stopping.aborted) startGrace();
  else stopping.addEventListener('abort', startGrace, { once: true });
  const outcomes = await Promise.allSettled(
    tasks.map(async (task) => {
      try {
        await task({ signal: stopping, hard: hard.signal });
      } catch (error) {
        failed.abort();
        throw error;
      }
    }),
  );
  clearTimeout(grace);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

/**
 * Consumer `alerting` of the log. Throws CONFIG_INVALID when two notifiers share a name. A run rejects only when the
 * log fails; a failing notifier is retried for ever.
 */
export function createAlertingService(deps: AlertingDeps): AlertingService {
  checkNames(deps.notifiers);
  let current: Run | null = null;
  let isRunning = false;
  return {
    name: 'alerting',
    get desk() {
      return isRunning ? (current?.desk ?? null) : null;
    },
    health: () => (isRunning ? (current?.workers.map((worker) => worker.health()) ?? []) : []),
    async run(signal) {
      const run = new Run(deps, await openDesk(deps));
      current = run;
      isRunning = true;
      try {
        const tasks = [(stop: Stop) => run.read(stop), (stop: Stop) => run.look(stop)];
        const workers = run.workers.map((worker) => (stop: Stop) => worker.run(stop));
        if (!signal.aborted) await work([...tasks, ...workers], signal, deps.options.graceMs ?? GRACE_MS);
        await run.desk.save();
      } finally {
        isRunning = false;
      }
    },
    async lag() {
      return current ? await deps.log.lag(current.cursor) : null;
    },
  };
}
