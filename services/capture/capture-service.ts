/**
 * Capture: the source's changes into the change log, from the first copy on, for ever. Each run takes up what the log
 * says it holds, so a crash or a broken connection needs nothing but another run.
 */
import { DolistreamError } from '../../core/errors.ts';
import { linkSignals } from '../../core/link-signals.ts';
import type { Problem, Snapshot } from '../../core/ports/change-source.ts';
import type { Service } from '../../core/ports/service.ts';
import { formatPosition, parsePosition } from '../../core/position.ts';
import type { TableSchema } from '../../core/table-schema.ts';
import { Barriers, type BarrierTask } from './barriers.ts';
import { CaptureContext, type CaptureDependencies } from './capture-context.ts';
import { CAPTURE_OWNER, parseCaptureState, type CaptureState } from './capture-state.ts';
import { type StreamActivity, StreamSession } from './stream-session.ts';
import { confirmSchemas, type CopiedTable, copyTables, type CopyProgress } from './table-copier.ts';

export interface CaptureStatus extends StreamActivity {
  readonly phase: CaptureState['phase'] | 'stopped';
  readonly position: string | null;
  readonly seq: number;
  readonly copy: CopyProgress | null;
  /** Tables waiting to be copied anew. */
  readonly recopy: readonly string[];
}

const ignore = (): void => undefined;

export class CaptureService implements Service {
  readonly name = 'capture';
  readonly #deps: CaptureDependencies;
  readonly #barriers: Barriers;
  readonly #schemas = new Map<string, TableSchema>();
  #context: CaptureContext | null = null;
  #session: StreamSession | null = null;
  #copy: CopyProgress | null = null;
  #followingUp: Promise<void> | null = null;
  #signal: AbortSignal = new AbortController().signal;

  constructor(deps: CaptureDependencies) {
    this.#deps = deps;
    this.#barriers = new Barriers(deps.source);
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
      copy: this.#copy,
      recopy: [...(context?.recopy ?? [])],
    };
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    await this.checkSource();
    const state = parseCaptureState(await this.#deps.log.getState(CAPTURE_OWNER));
    const context = new CaptureContext(
      this.#deps,
      state,
      state.position === null ? null : parsePosition(state.position),
    );
    this.#context = context;
    try {
      if (context.phase !== 'streaming') await this.#firstCopy(context, signal);
      if (!signal.aborted) await this.#stream(context, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#session = null;
      this.#copy = null;
      await this.#barriers.abandon();
    }
  }

  /** Runs `task` where the stream and a snapshot of the source meet; see barriers.ts. */
  async atBarrier(
    task: Omit<BarrierTask, 'atBarrier'> & { atBarrier: (snapshot: Snapshot, seq: number) => Promise<void> },
  ): Promise<Snapshot> {
    const session = this.#session;
    const context = this.#context;
    if (!session || !context) {
      throw new DolistreamError('NOT_RUNNING', 'Capture is not streaming yet', {
        fix: 'Wait until `dolistream status` says streaming',
        retryable: true,
      });
    }
    const result = this.#barriers.add({
      ...(task.tables ? { tables: task.tables } : {}),
      atBarrier: async (snapshot) => {
        await context.writer.flush();
        await task.atBarrier(snapshot, context.seq);
      },
    });
    if (session.idle && context.position) void this.#barriers.between(context.position);
    return result;
  }

  /** Copies tables anew while the stream runs; resolves when their rows are in the log. */
  async recopy(
    tables: readonly string[],
    onProgress: (progress: CopyProgress) => void = ignore,
  ): Promise<CopiedTable[]> {
    let copied: CopiedTable[] = [];
    const context = this.#context;
    const snapshot = await this.atBarrier({
      tables,
      atBarrier: async (opened) => {
        copied = await this.#copyAll(context!, opened, {
          tables: opened.tables,
          truncateFirst: true,
          onProgress,
        });
        for (const table of tables) context!.recopy.delete(table);
        await context!.writer.flush();
      },
    });
    await snapshot[Symbol.asyncDispose]();
    return copied;
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

  async #firstCopy(context: CaptureContext, signal: AbortSignal): Promise<void> {
    const { logger, source } = this.#deps;
    const begunBefore = context.phase === 'copying';
    await using snapshot = await source.snapshot();
    logger.info(
      { tables: snapshot.tables.length, position: formatPosition(snapshot.position) },
      'first copy begins',
    );
    context.phase = 'copying';
    await context.writer.flush();
    const copied = await this.#copyAll(context, snapshot, {
      tables: snapshot.tables,
      truncateFirst: begunBefore,
      onProgress: ignore,
    });
    signal.throwIfAborted();
    context.phase = 'streaming';
    context.position = snapshot.position;
    await context.writer.flush();
    const rows = copied.reduce((sum, table) => sum + table.rows, 0);
    logger.info({ rows, tables: copied.length }, 'first copy complete');
  }

  async #copyAll(
    context: CaptureContext,
    snapshot: Snapshot,
    options: {
      tables: readonly TableSchema[];
      truncateFirst: boolean;
      onProgress: (progress: CopyProgress) => void;
    },
  ): Promise<CopiedTable[]> {
    for (const table of options.tables) this.#schemas.set(table.table, table);
    try {
      return await copyTables(context, snapshot, {
        tables: options.tables,
        truncateFirst: options.truncateFirst,
        signal: this.#signal,
        onProgress: (progress) => {
          this.#copy = progress;
          options.onProgress(progress);
        },
      });
    } finally {
      this.#copy = null;
    }
  }

  async #stream(context: CaptureContext, signal: AbortSignal): Promise<void> {
    const { source, logger } = this.#deps;
    if (this.#schemas.size === 0)
      for (const table of await source.describe()) this.#schemas.set(table.table, table);
    const stop = new AbortController();
    const failed: { error: unknown } = { error: null };
    context.writer.onError = (error) => {
      failed.error = error;
      stop.abort();
    };
    const session = new StreamSession(context, {
      barriers: this.#barriers,
      schemas: this.#schemas,
      onFollowUp: () => this.#startFollowUp(context),
    });
    this.#session = session;
    logger.info({ position: formatPosition(context.position!) }, 'streaming');
    if (context.recopy.size > 0 || context.unconfirmed.size > 0) this.#startFollowUp(context);
    using ending = linkSignals(signal, stop.signal);
    await source.stream({ from: context.position!, handler: session, signal: ending.signal });
    if (failed.error) throw failed.error;
    await context.writer.flush();
  }

  /** Tables whose rows or shape in the log are not yet what a DDL made of them. */
  get unsettledTables(): readonly string[] {
    const context = this.#context;
    return context ? [...context.recopy, ...context.unconfirmed] : [];
  }

  /** Resolves when the log has all that the DDL read so far asks for; see #followUp. */
  async settled(): Promise<void> {
    while (this.#followingUp) await this.#followingUp;
  }

  /** After a DDL: brings the log in step with tables whose new shape, or rows, the stream alone does not tell. */
  #startFollowUp(context: CaptureContext): void {
    this.#followingUp ??= this.#followUpAll(context).finally(() => {
      this.#followingUp = null;
    });
  }

  async #followUpAll(context: CaptureContext): Promise<void> {
    while (this.unsettledTables.length > 0 && context === this.#context) {
      const tables = this.unsettledTables;
      try {
        await this.#followUp(context, tables);
      } catch (error) {
        // Tried again after the next transaction: what is to be done stays in the saved state.
        const { message } = error as Error;
        this.#deps.logger.warn(
          { tables, error: message },
          'following a schema change failed, will be tried again',
        );
        return;
      }
    }
  }

  async #followUp(context: CaptureContext, tables: readonly string[]): Promise<void> {
    const snapshot = await this.atBarrier({
      tables,
      atBarrier: async (opened) => {
        const toCopy = opened.tables.filter((table) => context.recopy.has(table.table));
        const toConfirm = opened.tables.filter((table) => context.unconfirmed.has(table.table));
        for (const table of opened.tables) this.#schemas.set(table.table, table);
        if (toConfirm.length > 0) await confirmSchemas(context, opened, toConfirm);
        for (const table of tables) context.unconfirmed.delete(table);
        if (toCopy.length > 0) {
          const copied = await this.#copyAll(context, opened, {
            tables: toCopy,
            truncateFirst: true,
            onProgress: ignore,
          });
          this.#deps.logger.info({ copied }, 'tables copied anew after a schema change');
        }
        for (const table of tables) context.recopy.delete(table);
        await context.writer.flush();
      },
    });
    await snapshot[Symbol.asyncDispose]();
  }
}

function sourceNotReady(errors: readonly Problem[]): DolistreamError {
  const list = errors.map((problem) => `  - ${problem.found}\n    fix: ${problem.fix}`).join('\n');
  return new DolistreamError('SOURCE_NOT_READY', `The source is not ready for capture:\n${list}`, {
    fix: 'Apply the fixes above, then check with: dolistream extract --test-connection',
  });
}
