/**
 * Keeps the business model (dimensions, facts, sums) in step with the mirror. Follows the log just behind the loader's
 * mirror lane, collects which rows of the model a change touches, and derives those rows anew from the mirror as it is
 * then. A later change touches them again, so when the stage has passed a place in the log, every row of the model is
 * what a derivation of everything would give. Cost follows the change.
 *
 * What was copied (op r), truncated, or is read from a table whose shape changed is derived as a whole, beside the old
 * table, once the loader has caught up.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Deferred, deferred } from '../../core/deferred.ts';
import { DolistreamError } from '../../core/errors.ts';
import { linkSignals } from '../../core/link-signals.ts';
import type { Cursor, LoggedBatch } from '../../core/ports/change-log.ts';
import { schemaChangeTopic, tableTopic } from '../../core/topics.ts';
import { ChangeDecoder } from './change-decoder.ts';
import { noteFreshness } from './freshness.ts';
import { deriveTouched } from './derive-touched.ts';
import { isMirrorAnother, mirrorChanged } from './mirror-changed.ts';
import type { ModelFiles } from './model-files.ts';
import type { ModelDependencies } from './model-service.ts';
import {
  MODEL_OWNER,
  type ModelState,
  formatModelState,
  modelStopped,
  parseModelState,
} from './model-state.ts';
import { ModelStore } from './model-store.ts';
import { createFixed, createViews } from './model-views.ts';
import { retryWhileBusy } from './retry-while-busy.ts';
import type { ResolvedSource } from './source-columns.ts';
import { TouchedKeys } from './touched-keys.ts';

const READ_BYTES = 4 << 20;
const DEFAULT_GATHER_MS = 400;
/** How long a wait for the mirror lasts, ms, where nobody says that it moved. */
const LONGEST_WAIT_MS = 200;
/** What is to be derived as a whole waits until less than this many bytes are left to load… */
const NEARLY_LOADED_BYTES = 1 << 20;
/** …or until this long after the last such derivation, in multiples of what that took. */
const REBUILD_PAUSE_FACTOR = 10;
const SHORTEST_REBUILD_PAUSE_MS = 30_000;
/** Time between two notes of how fresh the data is, ms. */
const NOTE_EVERY_MS = 5000;

export class ModelRun {
  readonly #from: ModelDependencies;
  readonly #files: ModelFiles;
  readonly #signal: AbortSignal;
  readonly #store: ModelStore;
  readonly #decoder: ChangeDecoder;
  #touched: TouchedKeys;
  #state: ModelState = { cursor: null, run: 0, whole: [], fingerprints: {} };
  #cursor: Cursor | null = null;
  #topics = new Map<string, string>();
  /** Schemas seen by topic: a new one may mean a new shape of the mirror's table. */
  readonly #schemas = new Map<string, number>();
  #wake = new AbortController();
  #lastUpdate = -Infinity;
  #nextRebuild = -Infinity;
  #noteAt = 0;
  /** Those who wait for a derivation of everything; the first is told when it is done. */
  #asked: Deferred<number>[] = [];
  #isAskedNew = false;
  #isStopped = false;
  position: Cursor | null = null;

  constructor(from: ModelDependencies, files: ModelFiles, signal: AbortSignal) {
    const { warehouse, registry, options } = from;
    this.#from = from;
    this.#files = files;
    this.#signal = signal;
    const attempt = (work: () => Promise<void>): Promise<void> => retryWhileBusy(work, from, signal);
    this.#store = new ModelStore({ warehouse, database: options.warehouseDatabase, attempt, ...files });
    this.#decoder = new ChangeDecoder(registry);
    this.#touched = new TouchedKeys(files.tables);
    for (const source of files.sources.values()) {
      for (const name of source.names) {
        this.#topics.set(tableTopic(options.prefix, options.sourceDatabase, name), source.name);
      }
    }
  }

  wake(): void {
    this.#wake.abort();
  }

  /** Derives everything anew, once it has read what is there; resolves with the number of tables. */
  rebuild(): Promise<number> {
    if (this.#isStopped) return Promise.reject(modelStopped());
    const asked = deferred<number>();
    this.#asked.push(asked);
    this.#isAskedNew = true;
    this.wake();
    return asked.promise;
  }

  /** It will not run again. */
  stopped(): void {
    this.#isStopped = true;
    for (const { reject } of this.#asked.splice(0)) reject(modelStopped());
  }

  async work(): Promise<void> {
    try {
      await this.#follow();
    } catch (error) {
      throw (await isMirrorAnother(this.#store, this.#files.tables, error)) ? mirrorChanged(error) : error;
    }
  }

  async #follow(): Promise<void> {
    await this.#begin();
    while (!this.#signal.aborted) {
      if (this.#isAskedNew) await this.#markAll();
      const isBehind = await this.#readSome();
      const waitMs =
        this.#lastUpdate + (this.#from.options.gatherMs ?? DEFAULT_GATHER_MS) - performance.now();
      if (!isBehind && waitMs <= 0) await this.#bringUpToDate();
      if (isBehind) continue;
      const isWaitingOnMirror = this.#cursor === this.#from.mirrorPosition();
      if (isWaitingOnMirror)
        await this.#untilMoved(this.#touched.isEmpty ? LONGEST_WAIT_MS : Math.max(1, waitMs));
    }
  }

  /** Marked and saved, it is done whoever runs next. Tables of the mirror may have been swapped: they are looked at anew. */
  async #markAll(): Promise<void> {
    this.#isAskedNew = false;
    await this.#followSchemas();
    for (const { name } of this.#files.tables) this.#touched.markWhole(name);
    this.#nextRebuild = -Infinity;
    await this.#saveProgress();
  }

  async #begin(): Promise<void> {
    const { log, warehouse, options } = this.#from;
    const saved = parseModelState(await log.getState(MODEL_OWNER));
    const run = saved.run + 1;
    this.#store.startVersions(run * 2 ** 32);
    const known = new Set(this.#files.tables.map((table) => table.name));
    this.#touched = new TouchedKeys(
      this.#files.tables,
      saved.whole.filter((name) => known.has(name)),
    );
    this.#cursor = saved.cursor;
    this.#state = { ...saved, run };
    await createFixed(warehouse, this.#files.fixed, options.warehouseDatabase);
    await this.#store.readMirror();
    await this.#markChangedTables();
    for (const table of this.#files.tables) await this.#store.create(table);
    await this.#createViews();
    await this.#save();
  }

  async #createViews(): Promise<void> {
    const { warehouse, options } = this.#from;
    const { warehouseDatabase: database, timezone } = options;
    await createViews(warehouse, this.#files.views, { context: this.#store, database, timezone });
  }

  /** Marks the tables that would be derived in another way than they were. */
  async #markChangedTables(): Promise<void> {
    const fingerprints: Record<string, string> = {};
    for (const table of this.#files.tables) {
      const fingerprint = this.#store.fingerprint(table);
      if (fingerprint !== this.#state.fingerprints[table.name]) this.#touched.markWhole(table.name);
      fingerprints[table.name] = fingerprint;
    }
    this.#state = { ...this.#state, fingerprints };
  }

  /** Reads what the mirror has passed. True: there is more of it. */
  async #readSome(): Promise<boolean> {
    const { log, mirrorPosition, options } = this.#from;
    const until = mirrorPosition();
    if (until === null || until === this.#cursor) return false;
    const schemaChanges = schemaChangeTopic(options.prefix);
    const { batches, cursor } = await log.read({
      from: this.#cursor,
      until,
      maxBytes: READ_BYTES,
      topics: (topic) => topic === schemaChanges || this.#topics.has(topic),
      waitMs: 0,
      signal: this.#signal,
    });
    if (batches.some((batch) => this.#isNewShape(batch))) await this.#followSchemas();
    for (const batch of batches) await this.#digest(batch);
    this.#cursor = cursor;
    return cursor !== until && batches.length > 0;
  }

  #isNewShape(batch: LoggedBatch): boolean {
    const isNew = this.#schemas.get(batch.topic) !== batch.valueSchemaId;
    this.#schemas.set(batch.topic, batch.valueSchemaId);
    return isNew || batch.topic === schemaChangeTopic(this.#from.options.prefix);
  }

  async #followSchemas(): Promise<void> {
    await this.#store.readMirror();
    await this.#markChangedTables();
    await this.#createViews();
  }

  async #digest(batch: LoggedBatch): Promise<void> {
    const name = this.#topics.get(batch.topic);
    const source = name === undefined ? undefined : this.#store.sources.get(name);
    if (!source || !this.#touched.needs(source.source.name)) return;
    const columns = columnsOf(source);
    try {
      for (const change of await this.#decoder.decode(batch, columns))
        this.#touched.note(change, source, columns);
    } catch (error) {
      if (!(error instanceof DolistreamError)) throw error;
      // What cannot be read was put aside by the loader, too: the mirror says what is.
      this.#from.logger.warn(
        { topic: batch.topic, error: error.message },
        'changes not readable, deriving all',
      );
      this.#touched.markSource(source.source.name);
    }
  }

  async #bringUpToDate(): Promise<void> {
    const reached = this.#cursor;
    const isMoved = reached !== this.#state.cursor;
    if (!isMoved && this.#touched.whole.size === 0) {
      this.position = reached;
      await this.#noteFreshness();
      return;
    }
    this.#lastUpdate = performance.now();
    if (!this.#touched.isEmpty)
      await deriveTouched(this.#store, this.#files.tables, this.#touched, this.#from.metrics);
    await this.#rebuildWhenDue();
    if (this.#signal.aborted) return;
    await this.#save();
    if (this.#touched.whole.size > 0) return;
    this.position = reached;
    await this.#noteFreshness();
    if (this.#isAskedNew) return;
    for (const { resolve } of this.#asked.splice(0)) resolve(this.#files.tables.length);
  }

  async #noteFreshness(): Promise<void> {
    const { log, warehouse, clock, options } = this.#from;
    const now = clock.now();
    if (now < this.#noteAt) return;
    this.#noteAt = now + NOTE_EVERY_MS;
    await noteFreshness(warehouse, await log.topics(), { ...options, now });
  }

  /** Derives as a whole what is marked so, when loading is nearly done or the last time is long ago. */
  async #rebuildWhenDue(): Promise<void> {
    const { log, logger } = this.#from;
    if (this.#touched.whole.size === 0) return;
    const { bytes } = await log.lag(this.#cursor);
    if (bytes > NEARLY_LOADED_BYTES && performance.now() < this.#nextRebuild) return;
    const startedAt = performance.now();
    const tables = this.#files.tables.filter(({ name }) => this.#touched.whole.has(name));
    for (const table of tables) {
      if (this.#signal.aborted) return;
      await this.#store.rebuild(table, this.#signal);
      this.#touched.markDone(table.name);
      await this.#saveProgress();
    }
    const tookMs = performance.now() - startedAt;
    this.#nextRebuild =
      performance.now() + Math.max(SHORTEST_REBUILD_PAUSE_MS, tookMs * REBUILD_PAUSE_FACTOR);
    logger.info({ tables: tables.length, ms: Math.round(tookMs) }, 'model derived as a whole');
  }

  async #save(): Promise<void> {
    this.#state = { ...this.#state, cursor: this.#cursor };
    await this.#saveProgress();
  }

  /** A crash after this does not derive again what is derived; the cursor stays where it was. */
  async #saveProgress(): Promise<void> {
    this.#state = { ...this.#state, whole: [...this.#touched.whole] };
    await this.#from.log.setState([{ owner: MODEL_OWNER, state: formatModelState(this.#state) }]);
  }

  async #untilMoved(longestMs: number): Promise<void> {
    using either = linkSignals(this.#signal, this.#wake.signal);
    await delay(longestMs, undefined, { signal: either.signal }).catch(() => undefined);
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
  }
}

/** Columns of the mirror that the model reads. */
function columnsOf(source: ResolvedSource): Set<string> {
  return new Set([...source.columns.values()].filter((name) => name !== null));
}
