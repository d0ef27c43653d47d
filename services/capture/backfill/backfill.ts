/**
 * Copies tables into the log as `r` events, in chunks beside the stream, which goes on all the while.
 *
 * A chunk is read at one moment of the source. From before that moment until its rows go into the log, between two
 * transactions at a place not before it, the stream's keys are left out of it (chunk-windows.ts): so each row in the log is
 * newer than all events before it and older than all after it. How far a copy is goes into the log with its rows.
 */
import { DolistreamError } from '../../../core/errors.ts';
import { linkSignals } from '../../../core/link-signals.ts';
import type { ChunkReader, TableChunk } from '../../../core/ports/change-source.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import type { Barriers } from '../barriers.ts';
import type { CaptureContext } from '../capture-context.ts';
import type { StreamGaps } from '../stream-gaps.ts';
import { ChunkSize } from './chunk-size.ts';
import type { ChunkWindow } from './chunk-windows.ts';
import { copyEvent } from './copy-event.ts';
import type { CopyPace } from './copy-pace.ts';
import { type CopyProgress, progressOf, type TableCopyProgress } from './copy-progress.ts';
import type { TableCopy } from './copy-queue.ts';
import { KeylessCopy } from './keyless-copy.ts';

export interface BackfillOptions {
  readonly gaps: StreamGaps;
  readonly barriers: Barriers;
  readonly pace: CopyPace;
  readonly progress: CopyProgress;
  readonly onProgress: (progress: TableCopyProgress) => void;
  /** Everything is copied, and the log knows. */
  readonly onEmpty: () => void;
}

/** One table is read while another's rows wait for the stream; more readers would only wait for the one encoder. */
const LANES = 2;
/** A chunk is cut here, whatever its rows are. */
const MAX_CHUNK_BYTES = 8 << 20;
/** Chunks that were read and wait for the stream to come to their place. */
const MAX_WAITING_BYTES = 6 << 20;
/** A table that changes under each of so many reads in a row is somebody's mistake, not a schema change. */
const MAX_CHANGES = 20;

export class Backfill {
  readonly #context: CaptureContext;
  readonly #options: BackfillOptions;
  readonly #keyless: KeylessCopy;
  #waitingBytes = 0;

  constructor(context: CaptureContext, options: BackfillOptions) {
    this.#context = context;
    this.#options = options;
    this.#keyless = new KeylessCopy(context, {
      ...options,
      admit: (signal) => this.#admit(signal),
      finish: (copy) => this.#finish(copy),
      begin: (copy, schema, position) => this.#announce(copy, schema, copyEvent(position, 0, this.#now())),
    });
  }

  /** Works until `signal` aborts; rejects when a table cannot be copied, or the stream ends. */
  async run(signal: AbortSignal): Promise<void> {
    const failure = new AbortController();
    using either = linkSignals(signal, failure.signal);
    const lanes = Array.from({ length: LANES }, () =>
      this.#runLane(either.signal).catch((error: unknown) => {
        failure.abort();
        throw error;
      }),
    );
    const failed = (await Promise.allSettled(lanes)).find((lane) => lane.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async #runLane(signal: AbortSignal): Promise<void> {
    const { copies } = this.#context;
    while (!signal.aborted) {
      let copy = copies.take();
      if (copy === null) {
        await copies.untilChanged(signal);
        continue;
      }
      await using reader = await this.#context.deps.source.openChunkReader();
      for (; copy !== null && !signal.aborted; copy = copies.take()) {
        await this.#copyTable(copy, reader, signal);
        copies.release(copy);
      }
    }
  }

  async #copyTable(copy: TableCopy, reader: ChunkReader, signal: AbortSignal): Promise<void> {
    const { copies } = this.#context;
    for (let changes = 0; !copy.isOver && !signal.aborted && !copies.paused;) {
      const { epoch, rows } = copy;
      const schema = copy.schema ?? (await this.#describe(copy, reader));
      if (schema === null || copy.epoch !== epoch) continue;
      try {
        if (schema.key.length === 0) await this.#keyless.copy(copy, signal);
        else await this.#copyChunks(copy, { schema, reader, epoch }, signal);
      } catch (error) {
        if (!isTableChange(error) || ++changes > MAX_CHANGES) throw error;
        await this.#passChange(copy, reader);
      }
      if (copy.rows > rows) changes = 0;
    }
  }

  /** The table as it is now; null, having settled what that means, when it is not there. */
  async #describe(copy: TableCopy, reader: ChunkReader): Promise<TableSchema | null> {
    const { source, logger } = this.#context.deps;
    const { epoch } = copy;
    const [schema] = await source.describe([copy.table]);
    if (schema) {
      copy.schema = copy.epoch === epoch ? schema : null;
      return copy.schema;
    }
    // The stream tells of the DROP. If it does not, the table went without a word in the binlog.
    await this.#options.gaps.run(await reader.position(), () => {
      if (copy.epoch !== epoch || copy.isOver) return;
      logger.warn({ table: copy.table }, 'a table to be copied is no longer there');
      this.#finish(copy);
    });
    return null;
  }

  /** A read failed since the table is another one than was described: the stream must come to that DDL first. */
  async #passChange(copy: TableCopy, reader: ChunkReader): Promise<void> {
    await this.#options.gaps.run(await reader.position(), () => {
      copy.schema = null;
    });
  }

  async #copyChunks(
    copy: TableCopy,
    { schema, reader, epoch }: { schema: TableSchema; reader: ChunkReader; epoch: number },
    signal: AbortSignal,
  ): Promise<void> {
    if (copy.begun && copy.key.join() !== schema.key.join()) return copy.startOver(true);
    if (!copy.begun || !copy.announced) await this.#begin(copy, { schema, epoch, serverId: reader.serverId });
    const emitting: Promise<void>[] = [];
    try {
      await this.#readChunks({ copy, schema, reader, epoch, emitting }, signal);
    } finally {
      await Promise.allSettled(emitting);
    }
    await Promise.all(emitting);
  }

  /** Reads on from where the copy is; the rows go into the log as `emitting` says. */
  async #readChunks(
    work: {
      copy: TableCopy;
      schema: TableSchema;
      reader: ChunkReader;
      epoch: number;
      emitting: Promise<void>[];
    },
    signal: AbortSignal,
  ): Promise<void> {
    const { copy, schema, reader, epoch, emitting } = work;
    const size = new ChunkSize(copy.estimate);
    const isCurrent = (): boolean => copy.epoch === epoch && !this.#context.copies.paused && !signal.aborted;
    let { after } = copy;
    while (isCurrent()) {
      await this.#admit(signal);
      const window = await this.#openWindow(schema.table);
      if (!isCurrent()) return window.close();
      const chunk = await this.#readChunk({ copy, schema, reader, window, after, size }, signal);
      const emission = this.#emitAtItsPlace({ copy, epoch, reader, window, chunk });
      emission.catch(() => undefined);
      emitting.push(emission);
      if (window.isOverflowed) {
        // Rows that cannot be trusted are read again, once the stream has come nearer.
        await emission;
        continue;
      }
      after = chunk.next;
      if (after === null) return;
    }
  }

  /** Waits for the pace, for whoever is behind, and for the chunks that wait for the stream. */
  async #admit(signal: AbortSignal): Promise<void> {
    await this.#options.pace.admit(signal);
    await this.#context.deps.hold?.();
    while (this.#waitingBytes > MAX_WAITING_BYTES && !signal.aborted)
      await this.#context.copies.untilChanged(signal);
  }

  #openWindow(table: string): Promise<ChunkWindow> {
    return this.#options.gaps.run(null, (position) => this.#context.windows.open(table, position));
  }

  async #readChunk(
    work: {
      copy: TableCopy;
      schema: TableSchema;
      reader: ChunkReader;
      window: ChunkWindow;
      after: TableCopy['after'];
      size: ChunkSize;
    },
    signal: AbortSignal,
  ): Promise<TableChunk> {
    const { copy, schema, reader, window, after, size } = work;
    const { pace } = this.#options;
    const startedAt = performance.now();
    try {
      const chunk = await reader.read({
        ...{ table: schema, after, where: copy.where, seen: window.position },
        maxRows: Math.max(1, Math.floor(Math.min(size.rows, pace.maxChunkRows))),
        maxBytes: MAX_CHUNK_BYTES,
      });
      window.fill(chunk);
      const ms = performance.now() - startedAt;
      size.observe({ count: chunk.count, bytes: chunk.bytes, ms });
      await pace.settle({ rows: chunk.count, ms }, () => reader.runningStatements(), signal);
      return chunk;
    } catch (error) {
      window.close();
      throw error;
    }
  }

  async #emitAtItsPlace(work: {
    copy: TableCopy;
    epoch: number;
    reader: ChunkReader;
    window: ChunkWindow;
    chunk: TableChunk;
  }): Promise<void> {
    const { copy, epoch, reader, window, chunk } = work;
    this.#waitingBytes += chunk.bytes;
    try {
      await this.#options.gaps.run(chunk.through, (position) => {
        if (copy.epoch !== epoch || window.isOverflowed) return;
        const event = copyEvent(position, reader.serverId, chunk.timestampMs);
        const rows = this.#context.addRows(
          chunk.cursor((index) => window.drops(index)),
          event,
        );
        copy.after = chunk.next;
        copy.rows += chunk.count;
        this.#options.progress.add(rows);
        if (chunk.next === null) this.#finish(copy);
        else this.#options.onProgress(progressOf(copy, false));
        return this.#context.writer.pump(true);
      });
    } finally {
      window.close();
      this.#waitingBytes -= chunk.bytes;
      this.#context.copies.changed();
    }
  }

  /** Tells the readers of the log the table's shape, and empties it when it may hold what the source has no more. */
  async #begin(
    copy: TableCopy,
    { schema, epoch, serverId }: { schema: TableSchema; epoch: number; serverId: number },
  ): Promise<void> {
    await this.#options.gaps.run(null, async (position) => {
      if (copy.epoch !== epoch) return;
      await this.#announce(copy, schema, copyEvent(position, serverId, this.#now()));
    });
  }

  async #announce(copy: TableCopy, schema: TableSchema, event: ReturnType<typeof copyEvent>): Promise<void> {
    const context = this.#context;
    if (!copy.announced)
      await context.addSchemaChange([{ type: 'CREATE', table: schema, schema }], { ...event, ddl: null });
    if (!copy.begun && copy.truncate) context.addTruncate(schema, event);
    context.unconfirmed.delete(copy.table);
    copy.announced = true;
    copy.truncate = false;
    copy.begun = true;
    copy.key = schema.key;
  }

  #finish(copy: TableCopy): void {
    const { copies, deps } = this.#context;
    const { table, rows } = copy;
    // Before it is removed, which takes the rows of a table without a key with it.
    const progress = progressOf(copy, true);
    copies.remove(table);
    this.#options.progress.tableDone(rows);
    this.#options.onProgress(progress);
    deps.logger.debug({ table, rows }, 'table copied');
    if (copies.size === 0) this.#options.onEmpty();
  }

  #now(): number {
    return this.#context.deps.clock.now();
  }
}

const isTableChange = (error: unknown): boolean =>
  error instanceof DolistreamError && error.code === 'SOURCE_TABLE_CHANGED';
