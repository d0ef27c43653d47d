/**
 * The loader of this process: all shards of the log where it is alone, else those that the group of loaders gives it.
 * The first shard brings the business model with it, so exactly one process keeps that.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { asDolistreamError, type DolistreamError } from '../core/errors.ts';
import { linkSignals } from '../core/link-signals.ts';
import type { ChangeLog, Cursor } from '../core/ports/change-log.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { Service } from '../core/ports/service.ts';
import type { RebuildLoader } from '../services/warehouse/rebuild/rebuild-mirror.ts';
import type { SetBack } from '../services/warehouse/set-back.ts';
import type { LoadService } from '../services/warehouse/load-service.ts';
import { ONLY_SHARD, type Shard, shardOf, shardOwners } from '../services/warehouse/shards.ts';
import type { ConsumerPosition } from './caught-up.ts';
import { type Holding, type SavedLane, isTakenOver, leastCursor, untilAborted } from './shard-waiting.ts';
import { chooseShardCount, saveShardCount } from './shard-count.ts';
import type { JoinLoaders, OpenWriter } from './stores.ts';

export interface LoaderShardsDependencies {
  /** For reading. */
  readonly log: ChangeLog;
  readonly openWriter: OpenWriter;
  /** null: nobody else loads the log. */
  readonly joinLoaders: JoinLoaders | null;
  /** As the user wants it; null: as it is, or the default. */
  readonly shardsWanted: number | null;
  readonly createLoader: (log: ChangeLog, shard: Shard, onMirrorMoved: () => void) => LoadService;
  /** Called whenever a mirror position of this process has moved. Cheap, and does not throw. */
  readonly onMirrorMoved: () => void;
  readonly logger: Logger;
}

const FIRST_PAUSE_MS = 250;
const LAST_PAUSE_MS = 15_000;
const JOINING_MS = 15_000;
/** How often saved states of other processes are looked at. */
const LOOK_EVERY_MS = 50;

export class LoaderShards implements Service {
  readonly name = 'warehouse';
  readonly #deps: LoaderShardsDependencies;
  readonly #holdings = new Map<number, Holding>();
  #count: number | null = null;
  #failed: ((error: DolistreamError) => void) | null = null;
  /** What goes with the first shard. */
  #companion: Promise<void> = Promise.resolve();
  #firstTaken = new AbortController();
  #least: Cursor | null = null;

  constructor(deps: LoaderShardsDependencies) {
    this.#deps = deps;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { log, joinLoaders, shardsWanted } = this.#deps;
    const isShared = joinLoaders !== null;
    const count = (this.#count = await chooseShardCount(log, { wanted: shardsWanted, isShared }));
    const failure = new AbortController();
    const failures: DolistreamError[] = [];
    this.#failed = (error) => {
      failures.push(error);
      failure.abort();
    };
    using ending = linkSignals(signal, failure.signal);
    if (joinLoaders) {
      const worker = {
        take: (shard: number) => this.#take(shard),
        release: (shard: number) => this.#release(shard),
      };
      await joinLoaders(worker, count).run(ending.signal);
    } else {
      await saveShardCount(log, count);
      for (let index = 0; index < count; index++) this.#take(index);
      await untilAborted(ending.signal);
      await Promise.all([...this.#holdings.keys()].map((shard) => this.#release(shard)));
    }
    if (failures.length > 0) throw failures[0];
  }

  /** How far the lanes have read, in whichever processes: the least of all shards, as saved. */
  positions(): ConsumerPosition[] {
    const least = async (lane: 'mirror' | 'raw'): Promise<Cursor | null> =>
      leastCursor(
        this.#deps.log,
        await Promise.all(this.#shards().map(async (shard) => (await this.#saved(shard, lane)).cursor)),
      );
    const owners = shardOwners(ONLY_SHARD);
    return [
      { name: owners.mirror, position: () => least('mirror') },
      { name: owners.raw, position: () => least('raw') },
    ];
  }

  /** How far each lane of this process has read, as saved. */
  sinks(): ConsumerPosition[] {
    const sinkOf = (shard: Shard, lane: 'mirror' | 'raw'): ConsumerPosition => ({
      name: shardOwners(shard)[lane],
      position: async () => (await this.#saved(shard, lane)).cursor,
    });
    const held = this.#shards().filter(({ index }) => this.#holdings.has(index));
    return held.flatMap((shard) => [sinkOf(shard, 'mirror'), sinkOf(shard, 'raw')]);
  }

  /** Up to where all shards are in the mirror, as they told when they last saved. Known where the first shard is. */
  mirrorPosition(): Cursor | null {
    return this.#count === 1 ? this.#mirrorHere(0) : this.#least;
  }

  /** True when this process loads the topic, so that it stands still during a hold. */
  holds(topic: string): boolean {
    return this.#count !== null && this.#holdings.get(shardOf(topic, this.#count))?.service != null;
  }

  /** The loaders of this process, each with its share of the topics. */
  get loaders(): readonly RebuildLoader[] {
    return [...this.#holdings].flatMap(([shard, { service }]) =>
      service ? [{ owns: (topic) => shardOf(topic, this.#count!) === shard, control: service.control }] : [],
    );
  }

  /**
   * Resolves when everything up to the seq is in the mirror. Shards of this process then stand still until `release`;
   * those of others go on.
   */
  async hold(through: { readonly throughSeq: number }, signal: AbortSignal): Promise<void> {
    await Promise.all(
      this.#shards().map(async (shard) => {
        const holding = this.#holdings.get(shard.index);
        const service = holding?.service;
        if (holding && service) {
          const isHeld = service.control.hold(through).then(() => true);
          if (await Promise.race([isHeld, holding.done.then(() => false)])) return;
        }
        await this.#untilSaved(shard, through.throughSeq, signal);
      }),
    );
  }

  release(): void {
    for (const { service } of this.#holdings.values()) service?.control.release();
  }

  owners(): string[] {
    return this.#shards().flatMap((shard) => Object.values(shardOwners(shard)));
  }

  /** Resolves when what this process is to load runs, or when it was given nothing in the time that takes. */
  async untilLoading(signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + JOINING_MS;
    while (performance.now() < deadline) {
      const services = [...this.#holdings.values()].map(({ service }) => service);
      if (services.length > 0 && !services.includes(null)) return;
      await pause(LOOK_EVERY_MS, undefined, { signal });
    }
  }

  /** Of topics that this process holds. See Lane. */
  async setBack({ from, firsts }: SetBack): Promise<void> {
    const shards = new Map<number, Record<string, number>>();
    for (const [topic, first] of Object.entries(firsts)) {
      const shard = shardOf(topic, this.#count ?? 1);
      shards.set(shard, { ...shards.get(shard), [topic]: first });
    }
    await Promise.all(
      [...shards].map(([shard, own]) =>
        this.#holdings.get(shard)?.service?.control.setBack({ from, firsts: own }),
      ),
    );
  }

  /** Runs `work` whenever the first shard is here, until `signal` aborts. */
  async whileFirst(signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      const first = this.#holdings.get(0);
      if (!first || first.stop.signal.aborted) {
        using taken = linkSignals(signal, this.#firstTaken.signal);
        await untilAborted(taken.signal);
        continue;
      }
      using here = linkSignals(signal, first.stop.signal);
      const working = work(here.signal);
      this.#companion = working.catch(() => undefined);
      try {
        await working;
      } catch (error) {
        if (here.signal.aborted || (await isTakenOver(error, here.signal))) continue;
        throw error;
      }
    }
  }

  #shards(): Shard[] {
    const count = this.#count ?? 0;
    return Array.from({ length: count }, (_, index) => ({ index, count }));
  }

  #take(shard: number): void {
    const holding: Holding = { stop: new AbortController(), done: Promise.resolve(), service: null };
    this.#holdings.set(shard, holding);
    holding.done = this.#keepLoading(shard, holding);
    if (shard !== 0) return;
    this.#firstTaken.abort();
    this.#firstTaken = new AbortController();
  }

  async #release(shard: number): Promise<void> {
    const holding = this.#holdings.get(shard);
    if (!holding) return;
    holding.stop.abort();
    await holding.done;
    if (shard === 0) await this.#companion;
    this.#holdings.delete(shard);
  }

  /** Until the shard is taken away; what may pass is tried again, all else ends the loader. */
  async #keepLoading(index: number, holding: Holding): Promise<void> {
    const { signal } = holding.stop;
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(2 * pauseMs, LAST_PAUSE_MS)) {
      try {
        await this.#load(index, holding);
      } catch (error) {
        const failure = asDolistreamError(error, 'INTERNAL');
        if (signal.aborted) {
          this.#deps.logger.debug({ shard: index, reason: failure.message }, 'shard given away');
          return;
        }
        if (await isTakenOver(failure, signal)) return;
        // Where the shards are not shared out the supervisor tries again, and tells so.
        if (!failure.retryable || !this.#deps.joinLoaders) return this.#failed?.(failure);
        this.#deps.logger.warn({ shard: index, code: failure.code, pauseMs }, failure.message);
        await pause(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #load(index: number, holding: Holding): Promise<void> {
    const shard = { index, count: this.#count! };
    const { log, close } = await this.#deps.openWriter(shardOwners(shard).mirror);
    try {
      if (index === 0) await saveShardCount(log, shard.count);
      holding.service = this.#deps.createLoader(log, shard, () => {
        if (shard.count === 1) this.#deps.onMirrorMoved();
      });
      await this.#runLoader(holding.service, shard, holding.stop.signal);
    } finally {
      holding.service = null;
      await close();
    }
  }

  async #runLoader(service: LoadService, { index, count }: Shard, signal: AbortSignal): Promise<void> {
    if (index !== 0 || count === 1) return service.run(signal);
    const ended = new AbortController();
    using following = linkSignals(signal, ended.signal);
    const follow = this.#followLeast(following.signal);
    // A log that does not answer ends the loader, too.
    follow.catch(() => undefined);
    try {
      await service.run(signal);
    } finally {
      ended.abort();
    }
    await follow;
  }

  #mirrorHere(shard: number): Cursor | null {
    return this.#holdings.get(shard)?.service?.control.mirrorCursor() ?? null;
  }

  /** Keeps `mirrorPosition` true while the first shard is here. */
  async #followLeast(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const cursors = this.#shards().map(async (shard) => {
        const isHere = this.#holdings.get(shard.index)?.service != null;
        return isHere ? this.#mirrorHere(shard.index) : (await this.#saved(shard, 'mirror')).cursor;
      });
      const least = await leastCursor(this.#deps.log, await Promise.all(cursors));
      if (least !== this.#least) {
        this.#least = least;
        this.#deps.onMirrorMoved();
      }
      await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #untilSaved(shard: Shard, throughSeq: number, signal: AbortSignal): Promise<void> {
    while ((await this.#saved(shard, 'mirror')).seq < throughSeq) {
      await pause(LOOK_EVERY_MS, undefined, { signal });
    }
  }

  async #saved(shard: Shard, lane: 'mirror' | 'raw'): Promise<SavedLane> {
    const service = this.#holdings.get(shard.index)?.service;
    if (service) return { cursor: service.control.position()[lane], seq: service.control.appliedSeq() };
    const state = Object(await this.#deps.log.getState(shardOwners(shard)[lane])) as Partial<SavedLane>;
    return { cursor: state.cursor ?? null, seq: state.seq ?? 0 };
  }
}
