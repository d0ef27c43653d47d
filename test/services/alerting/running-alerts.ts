/** The alerting service over a real log, with channels in this process that say how each attempt ends. */
import { systemClock } from '../../../core/clock.ts';
import type { Logger } from '../../../core/ports/logger.ts';
import type { Metrics } from '../../../core/ports/metrics.ts';
import type { Delivery, Notice, Notifier } from '../../../core/ports/notifier.ts';
import type { AlertDesk } from '../../../services/alerting/alert-desk.ts';
import { type AlertingDeps, createAlertingService } from '../../../services/alerting/alerting-service.ts';
import type { Wording } from '../../../services/alerting/compose-message.ts';
import { DEFAULT_ROUTING, PLAIN_ROUTE, type Routing } from '../../../services/alerting/routing.ts';
import { type AlertLog, PREFIX } from './alert-log.ts';

/** Collects what is said and counted. */
export class Notes {
  readonly lines: string[] = [];
  readonly counts = new Map<string, number>();
  readonly logger: Logger = {
    debug: (fields, message) => this.lines.push(`debug ${message} ${JSON.stringify(fields)}`),
    info: (fields, message) => this.lines.push(`info ${message} ${JSON.stringify(fields)}`),
    warn: (fields, message) => this.lines.push(`warn ${message} ${JSON.stringify(fields)}`),
    error: (fields, message) => this.lines.push(`error ${message} ${JSON.stringify(fields)}`),
    child: () => this.logger,
  };
  readonly metrics: Metrics = {
    count: (name, by = 1) => this.counts.set(name, (this.counts.get(name) ?? 0) + by),
    gauge: (name, value, labels = {}) =>
      this.counts.set(`${name} ${Object.values(labels).join(' ')}`.trim(), value),
    observe: () => undefined,
  };
}

export const FRENCH: Wording = {
  ...{ locale: 'fr', zone: 'Europe/Paris', dolibarrUrl: 'https://erp.example' },
  answerUrl: (id) => `https://dolistream.example/a/${id}`,
};

export interface StartOptions {
  readonly routing?: Partial<Routing>;
  /** Channels of the only route; all when left out. */
  readonly to?: readonly string[];
  readonly graceMs?: number;
  readonly deps?: Partial<AlertingDeps>;
}

export const routingTo = (to: readonly string[], changes: Partial<Routing> = {}): Routing => ({
  ...{ ...DEFAULT_ROUTING, proof: null, flood: null, routes: [{ ...PLAIN_ROUTE, to }] },
  ...changes,
});

export function start(alerts: AlertLog, notifiers: readonly Notifier[], options: StartOptions = {}) {
  const notes = new Notes();
  const stop = new AbortController();
  const to = options.to ?? notifiers.map(({ name }) => name);
  const service = createAlertingService({
    ...{ log: alerts.log, registry: alerts.registry, notifiers, clock: systemClock },
    options: {
      ...{ prefix: PREFIX, wording: FRENCH, lookMs: 5, routing: routingTo(to, options.routing) },
      backOff: { firstMs: 2, maxMs: 10, random: () => 0.5 },
      ...(options.graceMs === undefined ? {} : { graceMs: options.graceMs }),
    },
    ...{ logger: notes.logger, metrics: notes.metrics, ...options.deps },
  });
  const running = service.run(stop.signal);
  return {
    ...{ notes, service, running },
    get desk(): AlertDesk {
      return service.desk!;
    },
    /** Resolves when nobody has to be told anything now. */
    settled: async (): Promise<void> => {
      const isBusy = (): boolean => notifiers.some(({ name }) => service.desk!.pendingCount(name) > 0);
      while (isBusy()) await service.desk!.change();
      await service.desk!.save();
    },
    finish: async (): Promise<void> => {
      stop.abort();
      await running;
    },
  };
}

export const delivered: Delivery = { outcome: 'delivered' };

type Outcome = (attempt: number, signal: AbortSignal, alert: string) => Delivery | Promise<Delivery>;

/** A notifier in this process that says how each attempt ends; a delivery's receipt is the number of the attempt. */
export class LocalNotifier implements Notifier {
  readonly name: string;
  readonly kind = 'local';
  readonly wants: 'every' | 'news';
  readonly notices: Notice[] = [];
  /** For each attempt the first alert of the case, or the event where there is none. */
  readonly seen: string[] = [];
  readonly #outcome: Outcome;
  #waiting: (() => void)[] = [];

  constructor(name: string, outcome: Outcome, wants: 'every' | 'news' = 'news') {
    this.name = name;
    this.wants = wants;
    this.#outcome = outcome;
  }

  async notify(notice: Notice, signal: AbortSignal): Promise<Delivery> {
    const { findings = [] } = Object(notice.data) as { findings?: { alert: string }[] };
    const alert = findings[0]?.alert ?? notice.event;
    this.seen.push(alert);
    this.notices.push(notice);
    const attempt = this.seen.length;
    for (const wake of this.#waiting.splice(0)) wake();
    const outcome = await this.#outcome(attempt, signal, alert);
    return outcome.outcome === 'delivered' ? { ...outcome, receipt: { at: attempt } } : outcome;
  }

  async attempts(count: number): Promise<void> {
    while (this.seen.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async until(alert: string): Promise<void> {
    while (!this.seen.includes(alert)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
