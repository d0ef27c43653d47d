/** The stages of this process, each over the same stores, and how far each has read. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AvroSchema } from '../core/avro-schema.ts';
import { DolistreamError } from '../core/errors.ts';
import type { ChangeLog, Cursor } from '../core/ports/change-log.ts';
import type { ChangeSource } from '../core/ports/change-source.ts';
import type { Service } from '../core/ports/service.ts';
import type { Warehouse } from '../core/ports/warehouse.ts';
import { createAnalysisSchedule } from '../services/analytics/analysis-schedule.ts';
import { type AnalyticsService, createAnalyticsService } from '../services/analytics/analytics-service.ts';
import { CaptureService } from '../services/capture/capture-service.ts';
import { createLakeService, lakeCursor } from '../services/lake/lake-service.ts';
import { createModelService, type ModelService } from '../services/model/model-service.ts';
import { MODEL_OWNER, parseModelState } from '../services/model/model-state.ts';
import { maskSource } from '../services/privacy/masked-source.ts';
import { createLoadService } from '../services/warehouse/load-service.ts';
import { AlertingStage } from './alerting-stage.ts';
import { analysesOf } from './analytics-client.ts';
import type { ConsumerPosition } from './caught-up.ts';
import { createFollowingModel } from './following-model.ts';
import { LoaderShards } from './loader-shards.ts';
import { createPacing, type Pacing } from './pacing.ts';
import type { PrometheusMetrics } from './metrics.ts';
import { packagePath, readPackageVersion } from './paths.ts';
import { openSource } from './open-source.ts';
import type { StageName } from './runtime.ts';
import type { Stores } from './stores.ts';
import { requireSource } from './source-address.ts';
import { TABLE_PREFIX } from './upkeep/upkeep.ts';

const APPEND_LINGER_MS = 5;
/** In the data folder: which extrafield means what. */
const MAPPING_FILE = 'mapping.json';
const PACING = { maxAheadBytes: 10 << 20, stalledAfterMs: 5000 };

const readSchema = (name: string): string => readFileSync(packagePath('schemas', `${name}.avsc`), 'utf8');
const parseSchema = (name: string): AvroSchema => JSON.parse(readSchema(name)) as AvroSchema;

export class PipelineStages {
  readonly #stores: Stores;
  readonly #metrics: PrometheusMetrics;
  source: ChangeSource | null = null;
  capture: CaptureService | null = null;
  load: LoaderShards | null = null;
  model: ModelService | null = null;
  analytics: AnalyticsService | null = null;
  readonly alerting: AlertingStage;
  lake: Service | null = null;
  #pacing: Pacing | null = null;

  constructor(stores: Stores, metrics: PrometheusMetrics) {
    this.#stores = stores;
    this.#metrics = metrics;
    this.alerting = new AlertingStage(stores, metrics, {
      capture: () => this.capture,
      analyticsPosition: () => this.analytics && { cursor: this.analytics.position() },
    });
  }

  /** Makes the named stages, in the order in which they are to start. */
  async create(names: readonly StageName[]): Promise<Service[]> {
    const services: Service[] = [];
    if (names.includes('capture')) {
      this.capture = await this.#createCapture();
      // At the start a source that is not ready is the user's to mend; later on it is retried.
      await this.capture.checkSource();
      services.push(this.capture);
    }
    if (names.includes('lake')) services.push((this.lake = await this.#createLake()));
    if (names.includes('warehouse')) services.push((this.load = this.#createLoader()));
    if (names.includes('model')) services.push((this.model = this.#createModel()));
    if (names.includes('analytics')) {
      services.push((this.analytics = this.#createAnalytics()), ...this.#createSchedule());
    }
    if (names.includes('alerting')) services.push(await this.alerting.create());
    return services;
  }

  #loaders(): ConsumerPosition[] {
    return this.load?.positions() ?? [];
  }

  /** Stages that are up to date as soon as they have read: what waiting for the pipeline waits for. */
  consumers(): ConsumerPosition[] {
    const { analytics, model } = this;
    return [
      ...this.#loaders(),
      ...(model ? [{ name: 'model', position: () => this.#modelPosition(model) }] : []),
      ...(analytics ? [{ name: 'analytics', position: () => analytics.position() }] : []),
    ];
  }

  /** The model may be in another process. */
  async #modelPosition(model: ModelService): Promise<Cursor | null> {
    const here = model.position();
    if (here !== null || !this.#stores.isShared) return here;
    return parseModelState(await this.#stores.log.getState(MODEL_OWNER)).cursor;
  }

  /** All that read the log, the lake among them, which is up to date only when its files are closed. */
  readers(): ConsumerPosition[] {
    const { log } = this.#stores;
    return [...this.consumers(), ...(this.lake ? [{ name: 'lake', position: () => lakeCursor(log) }] : [])];
  }

  async #createLake(): Promise<Service> {
    const { context, registry } = this.#stores;
    const { options, clock, logger } = context;
    const log = this.#stores.logOf('lake');
    const store = await this.#stores.openLake();
    return createLakeService({
      ...{ log, registry, store, clock, metrics: this.#metrics },
      logger: logger.child({ stage: 'lake' }),
      options: { rollMs: options.lakeRollSeconds * 1000 },
    });
  }

  /** Stages that keep the others in step; to be started with them. */
  get pacing(): Pacing {
    this.#pacing ??= createPacing(this.#stores.log, () => (this.capture ? this.#loaders() : []), PACING);
    return this.#pacing;
  }

  async #createCapture(): Promise<CaptureService> {
    const { context, registry } = this.#stores;
    const { logger, clock, options } = context;
    const log = this.#stores.logOf('capture');
    this.source = await this.openSource();
    return new CaptureService({
      ...{ source: this.source, log, registry, clock, metrics: this.#metrics },
      logger: logger.child({ stage: 'capture' }),
      hold: () => this.pacing.hold(),
      options: {
        prefix: options.topicPrefix,
        lingerMs: APPEND_LINGER_MS,
        version: readPackageVersion(),
        maxRowsPerSecond: options.maxRowsPerSecond,
      },
      schemas: {
        source: parseSchema('source'),
        transaction: parseSchema('transaction'),
        schemaChange: parseSchema('schema-change'),
      },
    });
  }

  /** The source, opened once for all who ask it here. */
  async openSource(): Promise<ChangeSource> {
    const { options, dataDir } = this.#stores.context;
    this.source ??= maskSource(
      await openSource(options, dataDir.serverId),
      this.#stores.forgotten,
      TABLE_PREFIX,
    );
    return this.source;
  }

  #requireWarehouse(): Warehouse {
    const { warehouse } = this.#stores;
    if (warehouse) return warehouse;
    throw new DolistreamError('INTERNAL', 'A stage that fills the warehouse was started without one');
  }

  #createLoader(): LoaderShards {
    const { context, log, registry, openWriter, joinLoaders } = this.#stores;
    const { logger, options } = context;
    const warehouse = this.#requireWarehouse();
    return new LoaderShards({
      ...{ log, openWriter, joinLoaders, logger: logger.child({ stage: 'warehouse' }) },
      shardsWanted: options.loaderShards,
      onMirrorMoved: () => this.model?.mirrorMoved(),
      createLoader: (ownLog, shard, onMirrorMoved) =>
        createLoadService({
          ...{ log: ownLog, registry, warehouse, logger, metrics: this.#metrics, onMirrorMoved },
          options: {
            ...{ shard, isShared: this.#stores.isShared },
            prefix: options.topicPrefix,
            timezone: options.timeZone,
            warehouseDatabase: options.warehouseDatabase,
            migrationsFolder: packagePath('clickhouse', 'migrations'),
            deadLetterSchema: readSchema('dead-letter'),
          },
        }),
    });
  }

  #createModel(): ModelService {
    const { log, isShared, openWriter } = this.#stores;
    const { load } = this;
    return isShared && load
      ? createFollowingModel({ loaders: load, openWriter, create: (ownLog) => this.#createModelOn(ownLog) })
      : this.#createModelOn(log);
  }

  #createModelOn(log: ChangeLog): ModelService {
    const { context, registry } = this.#stores;
    const { logger, clock, options, dataDir } = context;
    const warehouse = this.#requireWarehouse();
    const mapping = join(dataDir.path, MAPPING_FILE);
    return createModelService({
      ...{ log, registry, warehouse, clock, metrics: this.#metrics },
      logger: logger.child({ stage: 'model' }),
      mirrorPosition: () => this.load?.mirrorPosition() ?? null,
      options: {
        prefix: options.topicPrefix,
        sourceDatabase: requireSource(options).database,
        warehouseDatabase: options.warehouseDatabase,
        timezone: options.timeZone,
        files: {
          folder: packagePath('clickhouse'),
          mapping: existsSync(mapping) ? readFileSync(mapping, 'utf8') : null,
          tablePrefix: TABLE_PREFIX,
        },
      },
    });
  }

  #createAnalytics(): AnalyticsService {
    const { context, registry } = this.#stores;
    const { clock, options } = context;
    const log = this.#stores.logOf('analytics');
    return createAnalyticsService({
      ...{ log, registry, clock, metrics: this.#metrics },
      logger: context.logger.child({ stage: 'analytics' }),
      options: {
        prefix: options.topicPrefix,
        database: requireSource(options).database,
        locale: options.locale,
        alertsPerWeek: options.alertsPerWeek,
        alertSchema: readSchema('alert'),
      },
    });
  }

  /** None where this process has no warehouse to analyse. */
  #createSchedule(): Service[] {
    const { context, warehouse, registry } = this.#stores;
    if (!warehouse) return [];
    const { options } = context;
    const schedule = createAnalysisSchedule({
      analyses: analysesOf(context, warehouse),
      log: this.#stores.logOf('analytics'),
      logger: context.logger.child({ stage: 'analyses' }),
      metrics: this.#metrics,
      clock: context.clock,
      cacheHours: options.analyticsCacheHours,
      alerts: {
        ...{ registry, prefix: options.topicPrefix, alertSchema: readSchema('alert') },
        database: requireSource(options).database,
      },
      isReady: () => this.model === null || this.model.position() !== null,
    });
    return [schedule];
  }
}
