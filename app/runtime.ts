/**
 * What the commands need from a composed pipeline. app/pipeline.ts implements it over stores in this process;
 * app/http-runtime.ts implements the client half over the HTTP port of a process that already runs.
 */
import type { Clock } from '../core/clock.ts';
import type { Problem } from '../core/ports/change-source.ts';
import type { RegisteredSchema } from '../core/ports/schema-registry.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { PurgeForecast } from '../services/capture/purge-watch.ts';
import type { CopyStatus } from '../services/capture/backfill/copy-progress.ts';
import type { TotalVerdict } from '../services/warehouse/verify/business-totals.ts';
import type { Sampling } from '../services/warehouse/verify/sample.ts';
import type { AlertsClient } from './alerts-client.ts';
import type { AnalyticsClient } from './analytics-client.ts';
import type { DataDir } from './data-dir.ts';
import type { ReaderLag } from './lag.ts';
import type { Options } from './options.ts';
import type { JobReport } from './schedules.ts';
import type { RecoveryClient } from './recovery/recovery-client.ts';
import type { StatusParts } from './status-parts.ts';
import type { TapEvent, TapRequest } from './tap/tap-events.ts';
import type { UpkeepClient } from './upkeep/upkeep-client.ts';
import type { WarehouseClient } from './warehouse/warehouse-client.ts';

/** A stage's state as the supervisor sees it. */
export type StageState = 'starting' | 'running' | 'retrying' | 'stopped' | 'failed';

export interface StageStatus {
  readonly name: string;
  readonly state: StageState;
  /** Records between what the stage has done and the end of the log; null where that has no meaning. */
  readonly lagRecords: number | null;
  /** Age of the oldest change it has not done yet, seconds; 0 when it is at the end, null when unknown. */
  readonly lagSeconds: number | null;
  /** Last failure, without secrets; null when there was none since it last ran well. */
  readonly error: string | null;
}

export interface AlertSummary {
  readonly id: string;
  /** Commit time in the source, ms since epoch. */
  readonly committedAt: number;
  readonly raisedAt: number;
  /** 0 to 100. */
  readonly severity: number;
  readonly rule: string;
  readonly title: string;
  readonly explanation: string;
}

/** Rows counted since the data folder was made, so that they survive restarts. */
export interface PipelineCounts {
  readonly captured: number;
  readonly loaded: number;
  readonly laked: number;
  readonly alerted: number;
}

export interface Status {
  readonly version: string;
  readonly running: boolean;
  /** Base URL of the HTTP port, without a slash at the end; null when nothing listens. */
  readonly http: string | null;
  readonly dataDir: string;
  /** `mysql://user@host:port/database`, without the password. */
  readonly source: string | null;
  /** Text form of core/position.ts; null before the first event. */
  readonly position: string | null;
  readonly tables: number;
  readonly counts: PipelineCounts;
  /** Commit time of the newest event in the log, ms since epoch; null when there is none. */
  readonly lastEventAt: number | null;
  readonly stages: readonly StageStatus[];
  /** Tables that are being copied, with rate and time left; null when none is, or capture does not run here. */
  readonly copy?: CopyStatus | null;
  /** When the source deletes what was not read of its binlog; null: not known. */
  readonly purge?: PurgeForecast | null;
  /** What the stores hold, the last score of the data, and the disk; a process of an older version tells none. */
  readonly parts?: StatusParts;
  /** What runs at set times, and how its last runs ended. */
  readonly jobs?: readonly JobReport[];
  /** Newest first, at most ten. */
  readonly alerts: readonly AlertSummary[];
}

export interface TableSelection {
  /** Globs over table names, as in --tables. */
  readonly tables: readonly string[];
  readonly excludeTables: readonly string[];
}

export interface BackfillRequest extends TableSelection {
  /** Copy the selected tables (default), or stop or go on with all copying, the first one included. */
  readonly control?: 'copy' | 'pause' | 'resume';
  /** Only rows for which this condition in the source's SQL is true; all by default. */
  readonly where?: string | null;
  /** From now on until the process ends; by default as it is set. */
  readonly maxRowsPerSecond?: number | null;
}

export interface TableProgress {
  readonly table: string;
  readonly rowsDone: number;
  /** null when the total is not known: then no share can be shown. */
  readonly rowsTotal: number | null;
  readonly done: boolean;
}

export interface BackfillReport {
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
  readonly rows: number;
  readonly seconds: number;
}

export interface VerifyRequest extends TableSelection {
  /** Write the rows that differ anew into the log, as they are in the source, and compare again. Default false. */
  readonly repair?: boolean;
  /** Compare only so much of large tables; default: all. */
  readonly sampling?: Sampling | null;
}

export interface RepairedTable {
  readonly table: string;
  /** Events written: one for each row that was read again. */
  readonly events: number;
  /** True: the table was copied as a whole. */
  readonly isWhole: boolean;
}

export interface TableVerdict {
  readonly table: string;
  readonly equal: boolean;
  readonly sourceRows: number;
  readonly warehouseRows: number;
  /** What differs, for people; empty when equal. */
  readonly differences: readonly string[];
  /** The chance with which a single row that differs was found: 1 when all rows were compared. */
  readonly share: number;
}

export interface VerifyReport {
  readonly equal: boolean;
  /** Position at which both sides were compared. */
  readonly position: string;
  readonly tables: readonly TableVerdict[];
  /** Figures of the business, from the source and from the model; none where the model does not run. */
  readonly totals: readonly TotalVerdict[];
  /** What was repaired before the comparison that is told here. */
  readonly repaired: readonly RepairedTable[];
  /** null: everything was compared. */
  readonly sampling: Sampling | null;
  /** Tables that were not compared, each with the reason. */
  readonly leftOut: readonly { readonly table: string; readonly reason: string }[];
  readonly seconds: number;
}

export interface PreflightReport {
  /** True when no problem is an error. */
  readonly ready: boolean;
  /** e.g. `mariadb 10.11.19`. */
  readonly server: string;
  readonly problems: readonly Problem[];
  /** What was found of each check, well or not; `advice`: what is more than capture needs. Left out: not asked. */
  readonly facts?: readonly {
    readonly check: string;
    readonly value: string;
    readonly advice: string | null;
  }[];
}

/** A report of progress; called often, must be cheap and must not throw. */
export type ReportProgress = (progress: TableProgress) => void;

/** What can be asked of a pipeline, running here or elsewhere. */
export interface RuntimeClient {
  status(): Promise<Status>;
  /** Of every reader of the log that has saved where it is. */
  lag(): Promise<readonly ReaderLag[]>;
  /** All versions of a subject, oldest first; none when the registry does not have it. */
  schemaVersions(subject: string): Promise<readonly RegisteredSchema[]>;
  /**
   * Compares source and warehouse at one position, every column by checksum. Resolves with `equal: false` when they
   * differ; rejects when it could not compare. Rejects with NOT_RUNNING when it should repair and capture is elsewhere.
   */
  verify(request: VerifyRequest, report: ReportProgress, signal: AbortSignal): Promise<VerifyReport>;
  /**
   * Copies the selected tables again as `r` events; resolves when the log holds them all, or at once when copying is
   * only paused or resumed. Rejects with CONFIG_INVALID when the condition cannot be used.
   */
  backfill(request: BackfillRequest, report: ReportProgress, signal: AbortSignal): Promise<BackfillReport>;
  /** One read-only statement; the bytes of its answer in `format`. Rejects with WAREHOUSE_QUERY when it is wrong. */
  query(sql: string, format: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** Change events as they come; ends at the limit or when `signal` aborts. Rejects with CONFIG_INVALID for no such topic. */
  tap(request: TapRequest, signal: AbortSignal): Promise<AsyncIterable<TapEvent>>;
  /** Analyses, predictions and models. */
  readonly analytics: AnalyticsClient;
  /** Cases of alerts, their channels, and answers. */
  readonly alerts: AlertsClient;
  /** Quality, retention, erasure and what else keeps the data in order. */
  readonly upkeep: UpkeepClient;
  /** Loading again what the log holds, or what was put aside. */
  readonly recovery: RecoveryClient;
  /** Bringing the warehouse up to date, or building it anew. */
  readonly warehouse: WarehouseClient;
  /** Frees what the client holds; a process it talked to goes on. Idempotent. */
  close(): Promise<void>;
}

/** The pipeline in this process. Made by a Composition with its stores open and no stage running. */
export interface Runtime extends RuntimeClient {
  /**
   * Starts the named stages under supervision, all when none is named, and the HTTP port when `http` is true.
   * Resolves when they run; rejects (SOURCE_NOT_READY, …) when they cannot.
   */
  start(request: StartRequest): Promise<void>;
  /** Before `start`: forgets the place in the source, so that capture copies every table anew from now on. */
  restartCapture(): Promise<void>;
  /** Resolves after `close`; rejects as soon as a stage cannot go on. */
  finished(): Promise<void>;
  /**
   * Resolves when all that the source had committed at the call is in the log and every started stage has done it.
   * Rejects when a stage fails or `signal` aborts.
   */
  waitUntilCaughtUp(signal: AbortSignal): Promise<void>;
}

export type StageName = 'capture' | 'lake' | 'warehouse' | 'model' | 'analytics' | 'alerting';

/** In the order in which they start. */
export const ALL_STAGES: readonly StageName[] = [
  'capture',
  'lake',
  'warehouse',
  'model',
  'analytics',
  'alerting',
];

export interface StartRequest {
  readonly stages?: readonly StageName[];
  readonly http: boolean;
}

export interface RuntimeContext {
  /** Stages that this process may start; left out: all. */
  readonly stages?: readonly StageName[];
  readonly options: Options;
  readonly dataDir: DataDir;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** What app/cli needs built. app/pipeline.ts is the only one; tests have theirs. */
export interface Composition {
  /** Opens the stores in the data folder, which the caller has locked and releases after `Runtime.close`. */
  createRuntime(context: RuntimeContext): Promise<Runtime>;
  /** Checks the source, changing nothing. Rejects with SOURCE_UNREACHABLE or SOURCE_AUTH. */
  checkSource(options: Options, logger: Logger): Promise<PreflightReport>;
}

/**
 * The HTTP routes through which http-runtime.ts reaches a running process. Bodies are JSON except for /, which is
 * ClickHouse's own interface. Progress routes answer with JSON lines: `{"progress": TableProgress}` …, then one
 * `{"report": …}` or `{"error": {code, message, fix}}`. Closing the connection aborts the work.
 */
export const ROUTES = {
  /** GET → Status */
  status: '/api/status',
  /** GET → {readers: ReaderLag[], stages} */
  lag: '/api/lag',
  /** GET ?topic=&from=&limit= → lines, each a TapEvent; or {error} as the last */
  events: '/api/events',
  /** POST VerifyRequest → lines, report: VerifyReport */
  verify: '/api/verify',
  /** POST BackfillRequest → lines, report: BackfillReport */
  backfill: '/api/backfill',
  /** POST, body: SQL; query parameter default_format */
  query: '/',
} as const;
