/**
 * Delivers every alert to every notifier, once. A notifier's progress is saved after each delivery, so only an answer
 * that got lost can double an alert; it then comes again with the same id.
 * Nothing is queued in memory: each notifier reads the log by itself, at its own pace.
 */
import { once } from 'node:events';
import avro from 'avsc';
import type { Alert } from '../../core/alert.ts';
import type { Clock } from '../../core/clock.ts';
import { asDolistreamError, DolistreamError } from '../../core/errors.ts';
import { linkSignals } from '../../core/link-signals.ts';
import type { ChangeLog, ConsumerLag, Cursor, LoggedBatch } from '../../core/ports/change-log.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { Delivery, Notifier } from '../../core/ports/notifier.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import type { Service } from '../../core/ports/service.ts';
import { alertsTopic } from '../../core/topics.ts';
import { type BackOffOptions, backOffMs, waitOrAbort } from './back-off.ts';
import { DeliveryProgress, type NotifierProgress } from './delivery-progress.ts';

export interface AlertingOptions {
  /** --topic-prefix. */
  readonly prefix: string;
  readonly backOff?: BackOffOptions;
  /** How long a delivery that is under way may still take after the stop, ms. */
  readonly graceMs?: number;
}

export interface AlertingDeps {
  readonly log: ChangeLog;
  readonly registry: SchemaRegistry;
  readonly notifiers: readonly Notifier[];
  readonly options: AlertingOptions;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

const READ_BYTES = 64_000;
/** Longest wait for an alert; a channel's cursor is at most this much older than the log's end. */
const IDLE_WAIT_MS = 1000;
/** The cursor is saved with each delivery, and this often when other topics move it. */
const SAVE_MS = 30_000;
const BACK_OFF: BackOffOptions = { firstMs: 1000, maxMs: 300_000, random: Math.random };
const GRACE_MS = 5000;
const NO_LAG: ConsumerLag = { records: 0, bytes: 0, behindMs: 0 };

/** Two ways to stop: `signal` before the next attempt, `hard` in the middle of one. */
interface Stop {
  readonly signal: AbortSignal;
  readonly hard: AbortSignal;
}

/** Decodes the alerts of a batch that are at or after `fromOffset`. */
type DecodeAlerts = (batch: LoggedBatch, fromOffset: number) => Promise<{ offset: number; alert: Alert }[]>;

function createDecoder(registry: SchemaRegistry): DecodeAlerts {
  const types = new Map<number, avro.Type>();
  return async (batch, fromOffset) => {
    const known = types.get(batch.valueSchemaId);
    const type =
      known ?? avro.Type.forSchema(JSON.parse(await registry.schemaById(batch.valueSchemaId)) as avro.Schema);
    types.set(batch.valueSchemaId, type);
    const alerts: { offset: number; alert: Alert }[] = [];
    for (let index = Math.max(0, fromOffset - batch.baseOffset); index < batch.count; index++) {
      const value = batch.values.subarray(
        index === 0 ? 0 : batch.valueEnds[index - 1]!,
        batch.valueEnds[index]!,
      );
      try {
        alerts.push({
          offset: batch.baseOffset + index,
          alert: type.fromBuffer(Buffer.from(value)) as Alert,
        });
      } catch (error) {
        throw asDolistreamError(error, 'LOG_CORRUPT', {
          fix: `Look at ${batch.topic}, offset ${batch.baseOffset + index}.`,
        });
      }
    }
    return alerts;
  };
}

/** Carries alerts to one notifier until stopped. */
class Channel {
  readonly #deps: AlertingDeps;
  readonly #notifier: Notifier;
  readonly #progress: DeliveryProgress;
  readonly #decode: DecodeAlerts;
  #lastSave: number;
  cursor: Cursor | null;

  constructor(deps: AlertingDeps, notifier: Notifier, progress: DeliveryProgress) {
    this.#deps = deps;
    this.#notifier = notifier;
    this.#progress = progress;
    this.#decode = createDecoder(deps.registry);
    this.#lastSave = deps.clock.now();
    this.cursor = progress.of(notifier.name).cursor;
  }

  async work(stop: Stop): Promise<void> {
    const topic = alertsTopic(this.#deps.options.prefix);
    while (!stop.signal.aborted) {
      const { batches, cursor } = await this.#deps.log.read({
        from: this.cursor,
        maxBytes: READ_BYTES,
        topics: (candidate) => candidate === topic,
        waitMs: IDLE_WAIT_MS,
        signal: stop.signal,
      });
      for (const batch of batches) {
        const { nextOffset } = this.#progress.of(this.#notifier.name);
        for (const { offset, alert } of await this.#decode(batch, nextOffset)) {
          if (!(await this.#deliver(alert, offset, stop))) return;
        }
      }
      this.cursor = cursor;
      if (this.#deps.clock.now() - this.#lastSave >= SAVE_MS) await this.#save({});
    }
    await this.#save({});
  }

  async #save(changes: Partial<NotifierProgress>): Promise<void> {
    const name = this.#notifier.name;
    await this.#progress.save(name, { ...this.#progress.of(name), cursor: this.cursor, ...changes });
    this.#lastSave = this.#deps.clock.now();
  }

  /** Tries until the alert is delivered or refused, and notes it. False: stopped before. */
  async #deliver(alert: Alert, offset: number, stop: Stop): Promise<boolean> {
    for (let attempt = 1; !stop.signal.aborted; attempt++) {
      const delivery = await this.#attempt(alert, stop.hard);
      if (delivery.outcome !== 'retry') {
        await this.#note(alert, offset, delivery);
        return true;
      }
      const { options, logger, metrics } = this.#deps;
      const waitMs = Math.max(delivery.afterMs ?? 0, backOffMs(options.backOff ?? BACK_OFF, attempt));
      const context = {
        notifier: this.#notifier.name,
        alert: alert.id,
        attempt,
        reason: delivery.reason,
        waitMs,
      };
      logger.warn(context, 'alert not delivered, trying again');
      metrics.count('notification_failures_total', 1, { channel: this.#notifier.name });
      await waitOrAbort(waitMs, stop.signal);
    }
    return false;
  }

  async #attempt(alert: Alert, hard: AbortSignal): Promise<Delivery> {
    try {
      return await this.#notifier.notify(alert, hard);
    } catch (error) {
      // A notifier that breaks its contract must not take the other channels down with it.
      return { outcome: 'retry', reason: asDolistreamError(error, 'NOTIFY_FAILED').message };
    }
  }

  async #note(
    alert: Alert,
    offset: number,
    delivery: Exclude<Delivery, { outcome: 'retry' }>,
  ): Promise<void> {
    const { logger, metrics, clock } = this.#deps;
    const name = this.#notifier.name;
    const { delivered, refused } = this.#progress.of(name);
    const nextOffset = offset + 1;
    const labels = { channel: name };
    if (delivery.outcome === 'delivered') {
      await this.#save({ nextOffset, delivered: delivered + 1 });
      metrics.count('notifications_total', 1, labels);
      return;
    }
    const lastRefusal = { alert: alert.id, reason: delivery.reason, at: clock.now() };
    await this.#save({ nextOffset, refused: refused + 1, lastRefusal });
    metrics.count('notifications_refused_total', 1, labels);
    logger.error(
      { notifier: name, alert: alert.id, reason: delivery.reason },
      'alert refused by the receiver',
    );
  }
}

export interface AlertingService extends Service {
  /** How far the slowest channel is behind the end of the log; null before the first run. */
  lag(): Promise<ConsumerLag | null>;
}

function checkNames(notifiers: readonly Notifier[]): void {
  const names = notifiers.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new DolistreamError('CONFIG_INVALID', `Two notifiers are called ${twice}`, {
    fix: 'Give each notifier a name of its own: progress is kept under it.',
  });
}

/**
 * Consumer `alerting` of the log. Throws CONFIG_INVALID when two notifiers share a name. A run rejects only when the
 * log fails; a failing notifier is retried for ever.
 */
export function createAlertingService(deps: AlertingDeps): AlertingService {
  checkNames(deps.notifiers);
  let channels: Channel[] | null = null;
  return {
    name: 'alerting',
    async run(signal) {
      const names = deps.notifiers.map((notifier) => notifier.name);
      const progress = await DeliveryProgress.load(deps.log, names);
      const failed = new AbortController();
      const hard = new AbortController();
      using linked = linkSignals(signal, failed.signal);
      const stopping = linked.signal;
      let grace: NodeJS.Timeout | undefined;
      const startGrace = (): void => {
        grace = setTimeout(() => hard.abort(), deps.options.graceMs ?? GRACE_MS);
      };
      stopping.addEventListener('abort', startGrace, { once: true });
      const stop = { signal: stopping, hard: hard.signal };
      channels = deps.notifiers.map((notifier) => new Channel(deps, notifier, progress));
      if (channels.length === 0 && !stopping.aborted) await once(stopping, 'abort');
      const outcomes = await Promise.allSettled(
        channels.map(async (channel) => {
          try {
            await channel.work(stop);
          } catch (error) {
            failed.abort();
            throw error;
          }
        }),
      );
      clearTimeout(grace);
      stopping.removeEventListener('abort', startGrace);
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    },
    async lag() {
      if (!channels) return null;
      const lags = await Promise.all(channels.map((channel) => deps.log.lag(channel.cursor)));
      return lags.reduce((worst, lag) => (lag.records > worst.records ? lag : worst), NO_LAG);
    },
  };
}
