/**
 * Capture: the source's changes into the change log, from the first copy on, for ever. Each run takes up what the log
 * says it holds, so a crash or a broken connection needs nothing but another run. Copying tables, the first time or anew,
 * goes on beside the stream: see backfill/backfill.ts.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { deferred, type Deferred } from '../../core/deferred.ts';
import { DolistreamError } from '../../core/errors.ts';
import { linkSignals } from '../../core/link-signals.ts';
import type { Problem, Snapshot } from '../../core/ports/change-source.ts';
import type { Service } from '../../core/ports/service.ts';
import { formatPosition, parsePosition } from '../../core/position.ts';
import type { TableSchema } from '../../core/table-schema.ts';
import { Backfill } from './backfill/backfill.ts';
import { CopyPace } from './backfill/copy-pace.ts';
import { CopyProgress, type CopyStatus, type TableCopyProgress } from './backfill/copy-progress.ts';
import { CopyRequests, type CopyRequest, type CopiedTable } from './backfill/copy-requests.ts';
import { type RepairRequest, RowRepair } from './backfill/row-repair.ts';
import { Barriers, type BarrierTask } from './barriers.ts';
import { CaptureContext, type CaptureDependencies } from './capture-context.ts';
import { CAPTURE_OWNER, parseCaptureState, type CaptureState } from './capture-state.ts';
import { type PurgeForecast, PurgeWatch, type ReadPlace } from './purge-watch.ts';
import { SchemaFollowUp } from './schema-follow-up.ts';
import { beginFirstCopy } from './schema-records.ts';
import { StreamGaps } from './stream-gaps.ts';
import { type StreamActivity, StreamSession } from './stream-session.ts';

export interface CaptureStatus extends StreamActivity {
  readonly phase: CaptureState['phase'] | 'stopped';
  readonly position: string | null;
  readonly seq: number;
  /** null when no table is being copied. */
  readonly copy: CopyStatus | null;
  /** null before the server told what it keeps. */
  readonly purge: PurgeForecast | null;
}

/** More statements at once than this make the source busy: a small server's cores are full long before. */
const BUSY_STATEMENTS = 12;

export class CaptureService implements Service {
  readonly name = 'capture';
  readonly #deps: CaptureDependencies;
  readonly #barriers: Barriers;
  readonly #gaps: StreamGaps;
  readonly #pace: CopyPace;
  readonly #progress: CopyProgress;
  readonly #purgeWatch: PurgeWatch;
  readonly #requests = new CopyRequests(() => this.#context?.copies ?? null);
  readonly #schemas = new Map<string, TableSchema>();
  #context: CaptureContext | null = null;
  #session: StreamSession | null = null;
  readonly #followUp: SchemaFollowUp;
  /** Settles when there is a stream. */
  #streaming: Deferred<CaptureContext> = deferred();

  constructor(deps: CaptureDependencies) {
    this.#deps = deps;
    this.#barriers = new Barriers(deps.source);
    this.#gaps = new StreamGaps(deps.source, this.#barriers);
    this.#progress = new CopyProgress(deps.clock);
    this.#purgeWatch = new PurgeWatch(deps.source, () => this.#readPlace(), deps);
    this.#followUp = new SchemaFollowUp({
      atBarrier: (task) => this.atBarrier(task),
      isCurrent: (context) => context === this.#context,
      ...{ schemas: this.#schemas, logger: deps.logger },
    });
    this.#pace = new CopyPace({
      maxRowsPerSecond: deps.options.maxRowsPerSecond ?? null,
      busyStatements: BUSY_STATEMENTS,
      clock: deps.clock,
      wait: (ms, signal) => pause(ms, undefined, { signal }).catch(() => undefined),
    });
  }

  status(): CaptureStatus {
    const context = this.#context;
    const activity = this.#session?.activity ?? {
      lastCommitMs: null,
      caughtUpAtMs: null,
      transactions: 0,
      rows: 0,
    };
    return {
      ...activity,
      phase: context?.phase ?? 'stopped',
      position: context?.position ? formatPosition(context.position) : null,
      seq: context?.seq ?? 0,
      copy: context && this.#progress.status(context.copies),
      purge: this.#purgeWatch.forecast,
    };
  }

  #readPlace(): ReadPlace | null {
    const { position, readUntilMs } = this.#context ?? { position: null, readUntilMs: 0 };
    return position && { position, readUntilMs };
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.checkSource();
    const state = parseCaptureState(await this.#deps.log.getState(CAPTURE_OWNER));
    const context = new CaptureContext(
      this.#deps,
      state,
      state.position === null ? null : parsePosition(state.position),
    );
    this.#context = context;
    this.#requests.begin();
    try {
      if (context.position === null) {
        for (const table of await beginFirstCopy(context)) this.#schemas.set(table.table, table);
      }
      if (!signal.aborted) await this.#stream(context, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#session = null;
      this.#streaming = deferred();
      await this.#gaps.abandon();
      await this.#barriers.abandon();
      await context.writer.stop();
      if (signal.aborted) this.#requests.end();
    }
  }

  /** Runs `task` where the stream and a snapshot of the source meet; see barriers.ts. */
  async atBarrier(
    task: Omit<BarrierTask, 'atBarrier'> & { atBarrier: (snapshot: Snapshot, seq: number) => Promise<void> },
  ): Promise<Snapshot> {
    const context = this.#requireStream();
    const result = this.#barriers.add({
      ...(task.tables ? { tables: task.tables } : {}),
      atBarrier: async (snapshot) => {
        await context.writer.flush();
        await task.atBarrier(snapshot, context.seq);
      },
    });
    this.#gaps.kick();
    return result;
  }

  /**
   * Copies tables anew while the stream runs; resolves when their rows are in the log. What was asked for goes on after
   * a crash, or when nobody waits for it any more. Rejects with CONFIG_INVALID when the condition is none.
   */
  async copyTables(request: CopyRequest): Promise<CopiedTable[]> {
    const context = await this.#streaming.promise;
    await this.#requests.check(this.#deps.source, request);
    const sizes = await this.#deps.source.estimateSizes(request.tables);
    const copied = this.#requests.add(context.copies, request, sizes);
    await context.writer.flush();
    const tables = await copied;
    await this.#context?.writer.flush();
    return tables;
  }

  /** Writes single rows anew, as they are in the source; durable when it resolves. Returns how many events that took. */
  async repairRows(request: RepairRequest): Promise<number> {
    const context = this.#requireStream();
    const written = await new RowRepair(context, this.#gaps).repair(request);
    await context.writer.flush();
    return written;
  }

  /** Stops or goes on with copying; the stream is not touched. Durable when it resolves. */
  async setCopying(options: {
    readonly paused?: boolean;
    /** null: as fast as it goes. Until the process ends. */
    readonly maxRowsPerSecond?: number | null;
  }): Promise<void> {
    const context = await this.#streaming.promise;
    if (options.maxRowsPerSecond !== undefined) this.#pace.maxRowsPerSecond = options.maxRowsPerSecond;
    if (options.paused === undefined) return;
    context.copies.paused = options.paused;
    await context.writer.flush();
  }

  /** @throws SOURCE_NOT_READY with every problem and its fix. */
  async checkSource(): Promise<void> {
    const problems = await this.#deps.source.preflight();
    for (const problem of problems) {
      if (problem.severity === 'warning') this.#deps.logger.debug({ check: problem.check }, problem.found);
    }
    const errors = problems.filter((problem) => problem.severity === 'error');
    if (errors.length > 0) throw sourceNotReady(errors);
  }

  /** Tables whose rows or shape in the log are not yet what the source has. */
  get unsettledTables(): readonly string[] {
    const context = this.#context;
    return context ? [...context.copies.tables, ...context.unconfirmed] : [];
  }

  /** Resolves when the log has all that the first copy and the DDL read so far ask for, or copying is paused. */
  async settled(): Promise<void> {
    for (let waited = false; ; waited = true) {
      if (this.#followUp.running) await this.#followUp.running;
      else if (!(await this.#requests.untilChangedOrSettled())) {
        // The last rows are on their way to the log still.
        if (waited) await this.#context?.writer.flush();
        return;
      }
    }
  }

  #requireStream(): CaptureContext {
    if (this.#session && this.#context) return this.#context;
    throw new DolistreamError('NOT_RUNNING', 'Capture is not streaming yet', {
      fix: 'Wait until `dolistream status` says streaming',
      retryable: true,
    });
  }

  async #stream(context: CaptureContext, signal: AbortSignal): Promise<void> {
    const { source, logger } = this.#deps;
    await this.#recogniseServer(context);
    await this.#readTables(context);
    const stop = new AbortController();
    const failures: unknown[] = [];
    const fail = (error: unknown): void => {
      failures.push(error);
      stop.abort();
    };
    context.writer.onError = fail;
    const session = new StreamSession(context, {
      gaps: this.#gaps,
      schemas: this.#schemas,
      onFollowUp: () => this.#followUp.start(context),
    });
    this.#session = session;
    this.#gaps.follow(session, fail);
    this.#streaming.resolve(context);
    logger.info({ position: formatPosition(context.position!), copying: context.copies.size }, 'streaming');
    if (context.unconfirmed.size > 0) this.#followUp.start(context);
    using ending = linkSignals(signal, stop.signal);
    const copying = this.#createBackfill(context).run(ending.signal).catch(fail);
    const watching = this.#purgeWatch.run(ending.signal);
    try {
      await source.stream({ from: context.position!, handler: session, signal: ending.signal });
      if (failures.length > 0 && !signal.aborted) throw failures[0];
    } finally {
      stop.abort();
      await this.#gaps.abandon();
      await Promise.all([copying, watching]);
    }
    await context.writer.flush();
  }

  /** @throws SOURCE_HISTORY_CHANGED */
  async #recogniseServer(context: CaptureContext): Promise<void> {
    const { serverId: before } = context;
    context.serverId = await this.#deps.source.checkContinuity(context.position!, before);
    if (before !== null && context.serverId !== before) {
      this.#deps.logger.warn(
        { before, now: context.serverId },
        'another server answers as the source, and has all that was read: capture goes on there',
      );
    }
  }

  async #readTables(context: CaptureContext): Promise<void> {
    const { source } = this.#deps;
    const { copies } = context;
    if (this.#schemas.size > 0 && copies.size === 0) return;
    const tables = new Map((await source.describe()).map((table) => [table.table, table]));
    for (const table of tables.values()) this.#schemas.set(table.table, table);
    const sizes = await source.estimateSizes(copies.tables);
    for (const copy of copies.copies) {
      copy.schema = tables.get(copy.table) ?? null;
      copy.estimate = sizes.get(copy.table) ?? null;
    }
  }

  #createBackfill(context: CaptureContext): Backfill {
    const { logger } = this.#deps;
    return new Backfill(context, {
      gaps: this.#gaps,
      barriers: this.#barriers,
      pace: this.#pace,
      progress: this.#progress,
      onProgress: (progress: TableCopyProgress) => this.#requests.report(progress),
      onEmpty: () => {
        const { phase } = context;
        context.phase = 'streaming';
        logger.info(this.#progress.totals, phase === 'copying' ? 'first copy complete' : 'tables copied');
        this.#progress.reset();
        context.writer.flush().catch((error: unknown) => context.writer.fail(error));
      },
    });
  }
}

function sourceNotReady(errors: readonly Problem[]): DolistreamError {
  const list = errors.map((problem) => `  - ${problem.found}\n    fix: ${problem.fix}`).join('\n');
  return new DolistreamError('SOURCE_NOT_READY', `The source is not ready for capture:\n${list}`, {
    fix: 'Apply the fixes above, then check with: dolistream extract --test-connection',
  });
}
