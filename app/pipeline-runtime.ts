/** The pipeline in this process: which stages there are, and what the commands ask of them. */
import { checkCompatible, parseSchema } from '../adapters/embedded-log/schema-compatibility.ts';
import { DolistreamError } from '../core/errors.ts';
import { linkSignals } from '../core/link-signals.ts';
import {
  CAPTURE_OWNER,
  captureStateJson,
  parseCaptureState,
  restartedState,
} from '../services/capture/capture-state.ts';
import type { CaptureService } from '../services/capture/capture-service.ts';
import { type ConsumerPosition, waitUntilCaughtUp } from './caught-up.ts';
import { createAlertsClient, type LocalAlerts } from './alerts-client.ts';
import { type AnalyticsClient, createAnalyticsClient } from './analytics-client.ts';
import { absentWarehouse } from './absent-warehouse.ts';
import { verifierBarrier } from './apart-barrier.ts';
import { PipelineStages } from './pipeline-stages.ts';
import { pagesOf } from './dashboard-deps.ts';
import { healthOf } from './health.ts';
import { noteDrift } from './drift-watch.ts';
import { type HttpPort, openHttpPort } from './http-port.ts';
import { httpSecurity } from './http-security.ts';
import { readLag, type ReaderLag } from './lag.ts';
import { createMetrics, type PrometheusMetrics } from './metrics.ts';
import { selectCaptured } from './select-captured.ts';
import {
  ALL_STAGES,
  type BackfillReport,
  type BackfillRequest,
  type ReportProgress,
  type Runtime,
  type StartRequest,
  type Status,
  type VerifyReport,
  type VerifyRequest,
} from './runtime.ts';
import { readPackageVersion } from './paths.ts';
import { createSchedules } from './schedule-jobs.ts';
import type { Schedules } from './schedules.ts';
import { retentionOf } from './retention.ts';
import { runQuery } from './run-query.ts';
import { savedReaders } from './saved-positions.ts';
import { measureSinkLag } from './sink-lag.ts';
import { readStatus } from './status.ts';
import { createPartsReader, type StatusParts } from './status-parts.ts';
import type { Stores } from './stores.ts';
import { Supervisor } from './supervisor.ts';
import { recoveryTasks } from './recovery/http-recovery.ts';
import { createRecovery } from './recovery/recovery.ts';
import type { RecoveryClient } from './recovery/recovery-client.ts';
import { tapSourcesOf, tapTask } from './tap/http-tap.ts';
import { openTap, type TapRequest } from './tap/tap-events.ts';
import { upkeepTasks } from './upkeep/http-upkeep.ts';
import { createUpkeep } from './upkeep/upkeep.ts';
import type { UpkeepClient } from './upkeep/upkeep-client.ts';
import { whileStill } from './upkeep/while-still.ts';
import { gaugeVerified, VerifyRecords } from './verify-record.ts';
import { warehouseTasks } from './warehouse/http-warehouse.ts';
import { createWarehouseClient } from './warehouse/refresh-warehouse.ts';
import type { WarehouseClient } from './warehouse/warehouse-client.ts';
import { runVerify } from './verify-run.ts';

export class PipelineRuntime implements Runtime {
  readonly #stores: Stores;
  readonly #supervisor: Supervisor;
  readonly #metrics: PrometheusMetrics = createMetrics(readPackageVersion());
  readonly #stages: PipelineStages;
  readonly analytics: AnalyticsClient;
  readonly alerts: LocalAlerts;
  readonly upkeep: UpkeepClient;
  readonly recovery: RecoveryClient;
  readonly warehouse: WarehouseClient;
  readonly #schedules: Schedules;
  /** When all figures were last compared with the source, by whom ever. */
  readonly #verified: VerifyRecords;
  readonly #parts: () => Promise<StatusParts>;
  #httpPort: HttpPort | null = null;

  constructor(stores: Stores) {
    this.#stores = stores;
    this.#parts = createPartsReader(stores);
    this.#supervisor = new Supervisor(stores.context.logger);
    this.#stages = new PipelineStages(stores, this.#metrics);
    this.analytics = createAnalyticsClient(stores.context, stores.warehouse);
    this.alerts = createAlertsClient(this.#stages.alerting.clientDeps());
    const consumers = () => this.#stages.consumers();
    this.recovery = createRecovery(stores, () => this.#stages.load);
    this.warehouse = createWarehouseClient(stores, this.#stages, (work) => this.#whileRunning(work));
    this.upkeep = createUpkeep(stores, (work) =>
      whileStill({ log: stores.log, supervisor: this.#supervisor, consumers }, work),
    );
    this.#verified = new VerifyRecords(stores.context.dataDir, stores.context.clock);
    this.#schedules = createSchedules(stores, this);
  }

  async start(request: StartRequest): Promise<void> {
    const { context, isShared } = this.#stores;
    const stages = request.stages ?? context.stages ?? ALL_STAGES;
    const missing = stages.find((stage) => context.stages && !context.stages.includes(stage));
    if (missing) throw notHere(`The stage ${missing}`, 'dolistream run');
    const services = await this.#stages.create(stages);
    // A shared log is trimmed by the process that writes it.
    if (!isShared || stages.includes('capture'))
      services.push(retentionOf(this.#stores, () => this.#readers()));
    // Of several processes on one log none is the one to do what is due: there cron runs the commands.
    if (request.http && !isShared) services.push(this.#schedules);
    for (const service of [...services, this.#stages.pacing]) this.#supervisor.start(service);
    if (request.http) await this.#listen();
  }

  async restartCapture(): Promise<void> {
    const log = this.#stores.logOf('capture');
    const state = parseCaptureState(await log.getState(CAPTURE_OWNER));
    await log.setState([{ owner: CAPTURE_OWNER, state: captureStateJson(restartedState(state)) }]);
  }

  finished(): Promise<void> {
    return this.#supervisor.finished();
  }

  async waitUntilCaughtUp(signal: AbortSignal): Promise<void> {
    const capture = this.#requireCapture();
    const over = new AbortController();
    using linked = linkSignals(signal, over.signal);
    const caughtUp = waitUntilCaughtUp({
      log: this.#stores.log,
      atBarrier: (task) => capture.atBarrier(task),
      settled: () => capture.settled(),
      consumers: this.#stages.consumers(),
      signal: linked.signal,
    });
    try {
      await Promise.race([caughtUp, this.finished()]);
    } finally {
      // A stage that failed ends the waiting, too, or it would ask for ever.
      over.abort();
      caughtUp.catch(() => undefined);
    }
  }

  async status(): Promise<Status> {
    const { context, log, warehouse } = this.#stores;
    return readStatus({
      context,
      log,
      warehouse,
      http: this.#httpPort?.url ?? null,
      stages: this.#supervisor.stages,
      consumers: await this.#readers(),
      capture: this.#stages.capture?.status() ?? null,
      alertingLag: async () => (await this.#stages.alerting.stage?.lag()) ?? null,
      jobs: this.#stores.isShared ? [] : await this.#schedules.reports(),
      parts: this.#parts,
    });
  }

  schemaVersions(subject: string): ReturnType<Runtime['schemaVersions']> {
    return this.#stores.registry.versions(subject);
  }

  async lag(): Promise<readonly ReaderLag[]> {
    return readLag(this.#stores.log, await this.#readers());
  }

  async verify(request: VerifyRequest, report: ReportProgress, signal: AbortSignal): Promise<VerifyReport> {
    const { load, capture, model } = this.#stages;
    const { warehouse, log, context } = this.#stores;
    if (!load || !warehouse) throw notHere('The loader', 'dolistream run load');
    if (request.repair === true && !capture) throw repairsElsewhere();
    const source = await this.#stages.openSource();
    const over = new AbortController();
    using linked = linkSignals(signal, over.signal);
    const parts = {
      ...{ options: context.options, log, warehouse, load, source, capture },
      model: this.#stores.isShared ? null : model,
      barrier: verifierBarrier({ capture, log, source }, linked.signal),
      caughtUp: () => this.waitUntilCaughtUp(linked.signal),
    };
    try {
      const verified = await this.#whileRunning(runVerify(parts, request, report, linked.signal));
      await noteDrift(this.#stores, verified);
      this.#verified.keep(request, verified);
      return verified;
    } finally {
      over.abort();
    }
  }

  async backfill(
    request: BackfillRequest,
    report: ReportProgress,
    signal: AbortSignal,
  ): Promise<BackfillReport> {
    const capture = this.#requireCapture();
    const startedAt = Date.now();
    const { control = 'copy', where = null, maxRowsPerSecond = null } = request;
    await this.#whileRunning(
      capture.setCopying({
        ...(control === 'copy' ? {} : { paused: control === 'pause' }),
        ...(maxRowsPerSecond === null ? {} : { maxRowsPerSecond }),
      }),
    );
    if (control !== 'copy') return { tables: [], rows: 0, seconds: 0 };
    await this.waitUntilCaughtUp(signal);
    const { captured } = await selectCaptured(await this.#stages.openSource(), request);
    const copied = capture.copyTables({
      tables: captured,
      where,
      onProgress: ({ table, rows, rowsTotal, done }) => report({ table, rowsDone: rows, rowsTotal, done }),
    });
    const tables = await this.#whileRunning(copied);
    await this.waitUntilCaughtUp(signal);
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    return { tables, rows, seconds: (Date.now() - startedAt) / 1000 };
  }

  /** All that read the log: here, when nobody else can, or by what they saved, also when nothing runs. */
  async #readers(): Promise<readonly ConsumerPosition[]> {
    const isAlone = !this.#stores.isShared && this.#supervisor.stages.length > 0;
    return isAlone ? this.#stages.readers() : savedReaders(this.#stores.log);
  }

  /** The work's result, or the failure of a stage that it would wait for in vain. */
  async #whileRunning<Result>(work: Promise<Result>): Promise<Result> {
    work.catch(() => undefined);
    const failed = this.finished().then(() => work);
    return await Promise.race([work, failed]);
  }

  tap(request: TapRequest, signal: AbortSignal): ReturnType<Runtime['tap']> {
    return openTap(tapSourcesOf(this.#stores), request, signal);
  }

  query(sql: string, format: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    return runQuery(this.#stores.warehouse ?? absentWarehouse, { sql, format }, signal);
  }

  async close(): Promise<void> {
    await this.#httpPort?.close();
    await this.#supervisor.stop();
    await this.#stages.source?.close();
    await this.#stores.close();
  }

  async #listen(): Promise<void> {
    const { context, registry } = this.#stores;
    const { options, dataDir, logger } = context;
    const warehouse = this.#stores.warehouse ?? absentWarehouse;
    const security = httpSecurity(options);
    this.#httpPort = await openHttpPort(options.http, {
      ...security,
      ...{ warehouse, logger, metrics: this.#metrics },
      warehouseDatabase: options.warehouseDatabase,
      token: options.httpToken,
      registry: { registry, writable: false, parseSchema, checkCompatible },
      status: () => this.status(),
      lag: async () => ({ readers: await this.lag(), stages: (await this.status()).stages }),
      health: () =>
        Promise.resolve(healthOf(this.#supervisor.stages, this.#stages.capture?.status().phase ?? null)),
      metricsPage: async () => {
        const { log, context: owner } = this.#stores;
        const sinks = this.#stages.load?.sinks() ?? [];
        await measureSinkLag({ log, clock: owner.clock, metrics: this.#metrics }, sinks);
        gaugeVerified(this.#metrics, this.#verified.last);
        return this.#metrics.page();
      },
      tap: tapTask((request, signal) => this.tap(request, signal)),
      upkeep: {
        ...upkeepTasks(this.upkeep),
        ...recoveryTasks(this.recovery),
        ...warehouseTasks(this.warehouse),
      },
      ...pagesOf(context, this, { readers: () => this.#readers(), verified: this.#verified }),
      verify: (request, report, signal) => this.verify(request, report, signal),
      backfill: (request, report, signal) => this.backfill(request, report, signal),
      analytics: this.analytics,
      alerts: this.alerts,
    });
    dataDir.publish(this.#httpPort.url, security.tls?.cert ?? null);
  }

  #requireCapture(): CaptureService {
    if (this.#stages.capture) return this.#stages.capture;
    throw notHere('Capture', 'dolistream run capture');
  }
}

function notHere(what: string, command: string): DolistreamError {
  return new DolistreamError('NOT_RUNNING', `${what} does not run in this process`, {
    fix: `Ask the process that was started with: dolistream up, or ${command} (by its --data folder)`,
  });
}

/** Rows are repaired through the log, and that has one writer. */
function repairsElsewhere(): DolistreamError {
  return new DolistreamError('NOT_RUNNING', 'Capture, which writes repaired rows, runs in another process', {
    fix: 'See what differs with `dolistream verify`, then have it copied anew by capture: dolistream backfill --tables llx_a,llx_b --data DIR, where DIR is the folder of the process `run capture`',
  });
}
