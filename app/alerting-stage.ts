/** Alerting as a stage of this process, and what else asks for its cases. */
import { readFileSync } from 'node:fs';
import type { Clock } from '../core/clock.ts';
import type { Cursor } from '../core/ports/change-log.ts';
import type { Metrics } from '../core/ports/metrics.ts';
import { type AlertingService, createAlertingService } from '../services/alerting/alerting-service.ts';
import { createConsoleNotifier } from '../services/alerting/console-notifier.ts';
import type { CaptureService } from '../services/capture/capture-service.ts';
import { type AlertSettings, readAlertSettings } from './alert-settings.ts';
import type { LocalAlertsDeps } from './alerts-client.ts';
import { createPartyFinder } from './find-parties.ts';
import { packagePath } from './paths.ts';
import type { Stores } from './stores.ts';

/** What else runs here, as far as it does. */
export interface AlertingNeighbours {
  readonly capture: () => CaptureService | null;
  readonly analyticsPosition: () => { readonly cursor: Cursor | null } | null;
}

export class AlertingStage {
  readonly #stores: Stores;
  readonly #metrics: Metrics;
  readonly #neighbours: AlertingNeighbours;
  #settings: Promise<AlertSettings> | null = null;
  /** null: it does not run in this process. */
  stage: AlertingService | null = null;

  constructor(stores: Stores, metrics: Metrics, neighbours: AlertingNeighbours) {
    this.#stores = stores;
    this.#metrics = metrics;
    this.#neighbours = neighbours;
  }

  /** Rejects with CONFIG_INVALID for settings or routes that cannot be. */
  async create(): Promise<AlertingService> {
    const { context, registry, warehouse } = this.#stores;
    const { clock, options, logger } = context;
    const { notifiers, routing, wording } = await this.settings();
    const log = this.#stores.logOf('alerting');
    this.stage = createAlertingService({
      ...{ log, registry, clock, notifiers, metrics: this.#metrics },
      logger: logger.child({ stage: 'alerting' }),
      options: { prefix: options.topicPrefix, routing, wording },
      ...(warehouse && { findParties: createPartyFinder(warehouse, options.warehouseDatabase) }),
      behindMs: watchBehind(this.#stores, this.#neighbours),
    });
    return this.stage;
  }

  /** Read once: a file that is changed counts from the next start. */
  settings(): Promise<AlertSettings> {
    this.#settings ??= this.#readSettings();
    return this.#settings;
  }

  #readSettings(): Promise<AlertSettings> {
    const { options, dataDir, logger, clock } = this.#stores.context;
    const lines = logger.child({ stage: 'alerting' });
    const console = createConsoleNotifier((line) => lines.warn({ alert: true }, line));
    return readAlertSettings(options, dataDir.path, [console], clock);
  }

  clientDeps(): LocalAlertsDeps {
    const { context, log, registry, isShared } = this.#stores;
    return {
      ...{ log, registry, isShared, clock: context.clock, prefix: context.options.topicPrefix },
      settings: () => this.settings(),
      stage: () => this.stage,
      answerSchema: readFileSync(packagePath('schemas', 'alert-answer.avsc'), 'utf8'),
    };
  }
}

/**
 * How old the figures behind alerts are: since when capture was not at the source's end, and how far analytics is behind
 * that. null while the first copy runs, which alerts nobody, and where capture is in another process.
 */
function watchBehind(stores: Stores, neighbours: AlertingNeighbours): () => Promise<number | null> {
  const clock: Clock = stores.context.clock;
  let caughtUpAt = clock.now();
  return async () => {
    const capture = neighbours.capture();
    const position = neighbours.analyticsPosition();
    if (!capture || !position) return null;
    const { phase, caughtUpAtMs } = capture.status();
    if (phase === 'new' || phase === 'copying') {
      caughtUpAt = clock.now();
      return null;
    }
    caughtUpAt = Math.max(caughtUpAt, caughtUpAtMs ?? 0);
    const { behindMs } = await stores.log.lag(position.cursor);
    return Math.max(0, clock.now() - caughtUpAt, behindMs);
  };
}
