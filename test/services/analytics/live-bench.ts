/** A log in a temporary folder, and the live half of analytics over it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type EmbeddedLog, openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import { systemClock } from '../../../core/clock.ts';
import type { ChangeLog } from '../../../core/ports/change-log.ts';
import {
  type AnalyticsOptions,
  createAnalyticsService,
} from '../../../services/analytics/analytics-service.ts';
import {
  ALERT_SCHEMA,
  type Change,
  DATABASE,
  figures,
  InterventionEvents,
  PREFIX,
  silent,
  uncounted,
} from './intervention-events.ts';

export class Bench implements AsyncDisposable {
  readonly dir: string;
  embedded: EmbeddedLog;
  events: InterventionEvents;

  private constructor(dir: string, embedded: EmbeddedLog) {
    this.dir = dir;
    this.embedded = embedded;
    this.events = new InterventionEvents(embedded.log, embedded.registry);
  }

  static async open(): Promise<Bench> {
    const dir = await mkdtemp(path.join(tmpdir(), 'dolistream-analytics-'));
    return new Bench(dir, await openEmbeddedLog({ dir }));
  }

  /**
   * Runs the service over everything that is in the log now, then stops it. `tamper` replaces methods of the log
   * that the service gets.
   */
  async analyse(options: Partial<AnalyticsOptions> = {}, tamper: Partial<ChangeLog> = {}): Promise<void> {
    const { log, registry } = this.embedded;
    const stop = new AbortController();
    const end = await log.end();
    const bounded: ChangeLog = {
      append: (batches, changes) => log.append(batches, changes),
      setState: (changes) => log.setState(changes),
      getState: (owner) => log.getState(owner),
      read: async (request) => {
        if (request.from === end) stop.abort();
        return log.read({ ...request, ...(end === null ? {} : { until: end }), waitMs: 0 });
      },
      end: () => log.end(),
      topics: () => log.topics(),
      lag: (cursor) => log.lag(cursor),
      summaries: (cursor) => log.summaries(cursor),
      trim: (policy) => log.trim(policy),
      close: () => log.close(),
      ...tamper,
    };
    const service = createAnalyticsService({
      log: bounded,
      registry,
      options: { prefix: PREFIX, database: DATABASE, locale: 'fr', alertSchema: ALERT_SCHEMA, ...options },
      logger: silent,
      metrics: uncounted,
      clock: systemClock,
    });
    await service.run(stop.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.embedded.close();
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** `count` finished interventions of a type as an initial copy brings them, around `ratio` of the estimate. */
export function history(type: string, firstId: number, count: number, ratio = 1): Change[] {
  return Array.from({ length: count }, (_, index) => {
    const estimate = 2 + (index % 5);
    const hours = estimate * ratio * (0.85 + 0.05 * (index % 7));
    return {
      op: 'r',
      table: 'figures',
      after: figures({
        fk_object: firstId + index,
        type_intervention: type,
        duree_estimee: estimate,
        duree_reelle: hours,
        cout: hours * (45 + (index % 9)),
        satisfaction: 4,
        ville: 'Lyon',
      }),
    };
  });
}
