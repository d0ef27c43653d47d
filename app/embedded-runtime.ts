/** The pipeline in this process: which stages there are, and what the commands ask of them. */
import { readFileSync } from 'node:fs';
import { createWebhookNotifier } from '../adapters/webhook/webhook-notifier.ts';
import type { AvroSchema } from '../core/avro-schema.ts';
import { DolistreamError } from '../core/errors.ts';
import type { ChangeLog } from '../core/ports/change-log.ts';
import type { ChangeSource } from '../core/ports/change-source.ts';
import type { Notifier } from '../core/ports/notifier.ts';
import type { SchemaRegistry } from '../core/ports/schema-registry.ts';
import type { Service } from '../core/ports/service.ts';
import type { Warehouse } from '../core/ports/warehouse.ts';
import { createAlertingService, type AlertingService } from '../services/alerting/alerting-service.ts';
import { createConsoleNotifier } from '../services/alerting/console-notifier.ts';
import { type AnalyticsService, createAnalyticsService } from '../services/analytics/analytics-service.ts';
import { CaptureService } from '../services/capture/capture-service.ts';
import { createLoadService, type LoadService } from '../services/warehouse/load-service.ts';
import { verifyMirror } from '../services/warehouse/verify/verifier.ts';
import { type ConsumerPosition, waitUntilCaughtUp } from './caught-up.ts';
import { createMetrics, type PrometheusMetrics } from './metrics.ts';
import { selectTables } from './name-rules.ts';
import { packagePath, readPackageVersion } from './paths.ts';
import type { ReleaseStack } from './release-stack.ts';
import type {
  BackfillReport,
  ReportProgress,
  Runtime,
  RuntimeContext,
  StageName,
  StartRequest,
  Status,
  TableSelection,
  VerifyReport,
} from './runtime.ts';
import { requireSource } from './source-address.ts';
import { readStatus } from './status.ts';
import { Supervisor } from './supervisor.ts';

export interface EmbeddedStores {
  readonly context: RuntimeContext;
  readonly log: ChangeLog;
  readonly registry: SchemaRegistry;
  readonly warehouse: Warehouse;
  /** Closes the stores. */
  readonly stores: ReleaseStack;
  readonly openSource: () => Promise<ChangeSource>;
}

const ALL_STAGES: readonly StageName[] = ['capture', 'lake', 'warehouse', 'analytics', 'alerting'];
const APPEND_LINGER_MS = 5;

const readSchema = (name: string): string => readFileSync(packagePath('schemas', `${name}.avsc`), 'utf8');
const parseSchema = (name: string): AvroSchema => JSON.parse(readSchema(name)) as AvroSchema;

export class EmbeddedRuntime implements Runtime {
  readonly #stores: EmbeddedStores;
  readonly #supervisor: Supervisor;
  readonly #metrics: PrometheusMetrics = createMetrics();
  #source: ChangeSource | null = null;
  #capture: CaptureService | null = null;
  #load: LoadService | null = null;
  #analytics: AnalyticsService | null = null;
  #alerting: AlertingService | null = null;
  #http: string | null = null;

  constructor(stores: EmbeddedStores) {
    this.#stores = stores;
    this.#supervisor = new Supervisor(stores.context.logger);
  }

  async start(request: StartRequest): Promise<void> {
    const stages = request.stages ?? ALL_STAGES;
    const services: Service[] = [];
    if (stages.includes('capture')) services.push(await this.#createCapture());
    if (stages.includes('warehouse')) services.push((this.#load = this.#createLoader()));
    if (stages.includes('analytics')) services.push((this.#analytics = this.#createAnalytics()));
    if (stages.includes('alerting')) services.push((this.#alerting = this.#createAlerting()));
    for (const service of services) this.#supervisor.start(service);
  }

  finished(): Promise<void> {
    return this.#supervisor.finished();
  }

  async waitUntilCaughtUp(signal: AbortSignal): Promise<void> {
    const capture = this.#requireCapture();
    const caughtUp = waitUntilCaughtUp({
      log: this.#stores.log,
      atBarrier: (task) => capture.atBarrier(task),
      consumers: this.#consumers(),
      signal,
    });
    await Promise.race([caughtUp, this.finished()]);
  }

  async status(): Promise<Status> {
    const { context, log, warehouse } = this.#stores;
    return readStatus({
      context,
      log,
      warehouse,
      http: this.#http,
      stages: this.#supervisor.stages,
      consumers: this.#consumers(),
      capture: this.#capture?.status() ?? null,
      alertingLag: async () => (await this.#alerting?.lag()) ?? null,
      laked: () => Promise.resolve(0),
    });
  }

  async verify(
    selection: TableSelection,
    report: ReportProgress,
    signal: AbortSignal,
  ): Promise<VerifyReport> {
    const capture = this.#requireCapture();
    const startedAt = Date.now();
    const { captured, leftOut } = await this.#selectCaptured(selection);
    const comparison = await verifyMirror(
      {
        atBarrier: (task) => capture.atBarrier(task),
        loader: this.#load!.control,
        warehouse: this.#stores.warehouse,
        options: { timezone: this.#stores.context.options.timeZone, qualifyTables: false },
      },
      {
        tables: captured,
        signal,
        onTable: ({ table, rows }) => report({ table, rowsDone: rows, rowsTotal: rows, done: true }),
      },
    );
    return { ...comparison, leftOut, seconds: (Date.now() - startedAt) / 1000 };
  }

  async backfill(
    selection: TableSelection,
    report: ReportProgress,
    signal: AbortSignal,
  ): Promise<BackfillReport> {
    const capture = this.#requireCapture();
    const startedAt = Date.now();
    await this.waitUntilCaughtUp(signal);
    const { captured } = await this.#selectCaptured(selection);
    const tables = await capture.recopy(captured, (progress) =>
      report({ table: progress.table, rowsDone: progress.rows, rowsTotal: null, done: progress.done }),
    );
    await this.waitUntilCaughtUp(signal);
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    return { tables, rows, seconds: (Date.now() - startedAt) / 1000 };
  }

  query(sql: string, format: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    return this.#stores.warehouse.stream(sql, format, { settings: { final: 1, readonly: 1 }, signal });
  }

  async close(): Promise<void> {
    await this.#supervisor.stop();
    await this.#source?.close();
    await this.#stores.stores.release();
  }

  async #createCapture(): Promise<CaptureService> {
    const { context, log, registry } = this.#stores;
    const { logger, clock, options } = context;
    this.#source = await this.#stores.openSource();
    this.#capture = new CaptureService({
      ...{ source: this.#source, log, registry, clock, metrics: this.#metrics },
      logger: logger.child({ stage: 'capture' }),
      options: { prefix: options.topicPrefix, lingerMs: APPEND_LINGER_MS, version: readPackageVersion() },
      schemas: {
        source: parseSchema('source'),
        transaction: parseSchema('transaction'),
        schemaChange: parseSchema('schema-change'),
      },
    });
    return this.#capture;
  }

  #createLoader(): LoadService {
    const { context, log, registry, warehouse } = this.#stores;
    const { logger, clock, options } = context;
    return createLoadService({
      ...{ log, registry, warehouse, clock, logger, metrics: this.#metrics },
      options: {
        prefix: options.topicPrefix,
        timezone: options.timeZone,
        warehouseDatabase: options.warehouseDatabase,
        migrationsFolder: packagePath('clickhouse', 'migrations'),
      },
    });
  }

  #createAnalytics(): AnalyticsService {
    const { context, log, registry } = this.#stores;
    const { clock, options } = context;
    return createAnalyticsService({
      ...{ log, registry, clock, metrics: this.#metrics },
      logger: context.logger.child({ stage: 'analytics' }),
      options: {
        prefix: options.topicPrefix,
        database: requireSource(options).database,
        locale: options.locale,
        alertSchema: readSchema('alert'),
      },
    });
  }

  #createAlerting(): AlertingService {
    const { context, log, registry } = this.#stores;
    const { clock, options } = context;
    const logger = context.logger.child({ stage: 'alerting' });
    const notifiers: Notifier[] = [createConsoleNotifier((line) => logger.warn({ alert: true }, line))];
    if (options.webhookUrl !== null) notifiers.push(createWebhookNotifier({ url: options.webhookUrl }));
    return createAlertingService({
      ...{ log, registry, clock, logger, notifiers, metrics: this.#metrics },
      options: { prefix: options.topicPrefix },
    });
  }

  #requireCapture(): CaptureService {
    if (this.#capture) return this.#capture;
    throw new DolistreamError('NOT_RUNNING', 'Capture does not run in this process', {
      fix: 'Start it with: dolistream up',
    });
  }

  #consumers(): ConsumerPosition[] {
    const load = this.#load;
    const analytics = this.#analytics;
    return [
      ...(load ? [{ name: 'warehouse', position: () => load.control.position().mirror }] : []),
      ...(load ? [{ name: 'warehouse-raw', position: () => load.control.position().raw }] : []),
      ...(analytics ? [{ name: 'analytics', position: () => analytics.position() }] : []),
    ];
  }

  /** Captured tables that the selection names, and what of the database is not captured, with the reason. */
  async #selectCaptured(
    selection: TableSelection,
  ): Promise<{ captured: string[]; leftOut: VerifyReport['leftOut'] }> {
    const selects = selectTables(selection);
    const source = this.#source!;
    const names = (await source.describe()).map((table) => table.table).filter(selects);
    const { tables, columns } = await source.leftOut();
    const leftOut = [
      ...tables
        .filter(selects)
        .map((table) => ({ table, reason: 'left out by --tables or --exclude-tables' })),
      ...columns
        .filter(({ table }) => selects(table))
        .map(({ table, column }) => ({ table: `${table}.${column}`, reason: 'column dropped at capture' })),
    ];
    return { captured: names, leftOut };
  }
}
