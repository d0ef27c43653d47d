/**
 * Collects records per topic and appends them with the capture state. One append is under way at a time; what comes in
 * meanwhile forms the next one, so batches grow with the load and latency stays low without it.
 */
import type { ChangeLog, RecordBatch } from '../../core/ports/change-log.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import { CAPTURE_OWNER, captureStateJson, type CaptureState } from './capture-state.ts';
import type { RegisteredTable } from './table-registrar.ts';
import { type BatchSchemaIds, TopicBatch } from './topic-batch.ts';

const BATCH_BYTES = 1 << 20;
/** Above this much waiting for the log, the source is held. */
const MAX_WAITING_BYTES = 4 << 20;

export class LogWriter {
  readonly #log: ChangeLog;
  readonly #metrics: Metrics;
  readonly #lingerMs: number;
  /** Closed batches in log order, then the open ones, at most one per topic. */
  #closed: TopicBatch[] = [];
  readonly #open = new Map<string, { batch: TopicBatch; fingerprint: string }>();
  #closedBytes = 0;
  #openBytes = 0;
  #timer: NodeJS.Timeout | null = null;
  #appending: Promise<void> | null = null;
  #isStopped = false;
  readonly #state: () => CaptureState;
  #onError: (error: unknown) => void = () => undefined;

  constructor(log: ChangeLog, options: { metrics: Metrics; lingerMs: number; state: () => CaptureState }) {
    this.#log = log;
    this.#metrics = options.metrics;
    this.#lingerMs = options.lingerMs;
    this.#state = options.state;
  }

  /** Called when an append in the background fails; the stream must end then. */
  set onError(handler: (error: unknown) => void) {
    this.#onError = handler;
  }

  /** Reports an error of work that nobody awaits. */
  fail(error: unknown): void {
    this.#onError(error);
  }

  get waitingBytes(): number {
    return this.#closedBytes + this.#openBytes;
  }

  /** The batch that takes this table's next record. */
  batchOf(table: RegisteredTable): TopicBatch {
    const open = this.#open.get(table.topic);
    if (open && open.fingerprint === table.fingerprint && open.batch.bytes < BATCH_BYTES) return open.batch;
    if (open) this.#close(table.topic);
    const capacity = open && open.batch.bytes >= BATCH_BYTES ? BATCH_BYTES + (BATCH_BYTES >> 3) : 0;
    return this.#openBatch(table.topic, {
      fingerprint: table.fingerprint,
      schemaIds: table.ids,
      keyed: table.schema.key.length > 0,
      capacity,
    });
  }

  /** Adds a record that must be read after everything before it and before everything after it, over all topics. */
  addBarrier(topic: string, schemaIds: Promise<BatchSchemaIds>, add: (batch: TopicBatch) => void): void {
    this.#closeAll();
    add(this.#openBatch(topic, { fingerprint: topic, schemaIds, keyed: false, capacity: 0 }));
    this.#closeAll();
  }

  /** To be called after adding to a batch, with the bytes it grew by. */
  added(bytes: number): void {
    this.#openBytes += bytes;
  }

  /**
   * Starts an append when it is worth it. A promise means: too much is waiting, hold the source until it settles.
   * `urgent` is false in the middle of a transaction, where only size makes an append worth it.
   */
  pump(urgent: boolean): void | Promise<void> {
    if (!this.#appending && !this.#isStopped) {
      if (this.waitingBytes >= BATCH_BYTES) void this.#startAppend();
      else if (urgent && this.waitingBytes > 0 && !this.#timer) {
        this.#timer = setTimeout(() => this.#onTimer(), this.#lingerMs);
      }
    }
    if (this.waitingBytes >= MAX_WAITING_BYTES) return this.#appending ?? undefined;
  }

  /** Appends all there is and saves the state, even when there is nothing else; resolves when it is durable. */
  async flush(): Promise<void> {
    while (this.#appending) await this.#appending;
    await this.#startAppend();
  }

  /**
   * Begins no append in the background any more; resolves when the one that is under way has ended, however it ends. Before,
   * whoever reads the saved state may read the one that this append is about to replace, and write its records twice.
   */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    while (this.#appending) await this.#appending.catch(() => undefined);
  }

  #onTimer(): void {
    this.#timer = null;
    if (!this.#appending && this.waitingBytes > 0) void this.#startAppend();
  }

  #startAppend(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const appending = this.#append().then(
      () => {
        this.#appending = null;
        void this.pump(true);
      },
      (error: unknown) => {
        this.#appending = null;
        this.#onError(error);
        throw error;
      },
    );
    this.#appending = appending;
    // Whoever holds the source on this promise sees the rejection; nobody has to.
    appending.catch(() => undefined);
    return appending;
  }

  async #append(): Promise<void> {
    this.#closeAll();
    const batches = this.#closed;
    const state = this.#state();
    this.#closed = [];
    this.#closedBytes = 0;
    const sealed: RecordBatch[] = await Promise.all(batches.map((batch) => batch.seal()));
    await this.#log.append(sealed, [{ owner: CAPTURE_OWNER, state: captureStateJson(state) }]);
    const records = sealed.reduce((sum, batch) => sum + batch.count, 0);
    this.#metrics.count('captured_records_total', records);
  }

  #openBatch(
    topic: string,
    options: { fingerprint: string; schemaIds: Promise<BatchSchemaIds>; keyed: boolean; capacity: number },
  ): TopicBatch {
    const batch = new TopicBatch(topic, options);
    this.#open.set(topic, { batch, fingerprint: options.fingerprint });
    return batch;
  }

  #close(topic: string): void {
    const open = this.#open.get(topic);
    if (!open) return;
    this.#open.delete(topic);
    if (open.batch.count === 0) return;
    this.#closed.push(open.batch);
    this.#closedBytes += open.batch.bytes;
    this.#openBytes -= open.batch.bytes;
  }

  #closeAll(): void {
    for (const topic of [...this.#open.keys()]) this.#close(topic);
    this.#openBytes = 0;
  }
}
