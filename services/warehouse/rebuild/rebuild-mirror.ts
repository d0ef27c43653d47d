/**
 * Fills the tables of the mirror anew from the history of their events, beside those in use, and swaps them in. The loader
 * stands still only while what came in the last moments is brought in and the tables are swapped; queries never wait and
 * see each table full, the old or the new.
 *
 * A swapped table is exactly where the loader's saved place says. So whoever is killed at any moment leaves, at most, tables
 * that nobody reads: they are removed at the next rebuild, and when a loader starts.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { ChangeLog } from '../../../core/ports/change-log.ts';
import type { Logger } from '../../../core/ports/logger.ts';
import type { SchemaRegistry } from '../../../core/ports/schema-registry.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import { tableOfTopic, valueSubject } from '../../../core/topics.ts';
import type { LoadControl } from '../load-service.ts';
import type { TablePlan } from '../table-plan.ts';
import { TablePlans } from '../table-plans.ts';
import { WarehouseCatalog } from '../warehouse-catalog.ts';
import type { EventSource, TopicTable } from './event-source.ts';
import { dropLeftovers } from './leftovers.ts';
import { CannotRebuild, TableRebuild } from './table-rebuild.ts';

/** A loader of this process, with the topics of its share. */
export interface RebuildLoader {
  readonly owns: (topic: string) => boolean;
  readonly control: LoadControl;
}

export interface RebuildDependencies {
  readonly log: ChangeLog;
  readonly registry: SchemaRegistry;
  readonly warehouse: Warehouse;
  readonly source: EventSource;
  readonly loaders: readonly RebuildLoader[];
  readonly prefix: string;
  /** IANA zone in which TIMESTAMP columns are shown. */
  readonly timezone: string;
  readonly logger: Logger;
}

export interface RebuildReport {
  /** Events that were read, by table. */
  readonly tables: readonly { readonly table: string; readonly events: number }[];
  /** Tables that were left as they are, with the reason. */
  readonly leftOut: readonly { readonly table: string; readonly reason: string }[];
  /** How long the mirror stood still, s. */
  readonly heldSeconds: number;
}

/** Rounds in which what came meanwhile is brought in before the loader is asked to stand still… */
const CATCH_UP_ROUNDS = 4;
/** …unless one took less than this, ms. */
const SHORT_ROUND_MS = 1000;
const LOOK_EVERY_MS = 20;
/** Files of the lake may be merged while they are read. */
const ATTEMPTS = 3;

export async function rebuildMirror(deps: RebuildDependencies, signal: AbortSignal): Promise<RebuildReport> {
  const run = new MirrorRebuild(deps, signal);
  try {
    return await run.run();
  } finally {
    await run.dropAll();
  }
}

class MirrorRebuild {
  readonly #deps: RebuildDependencies;
  readonly #signal: AbortSignal;
  readonly #plans: TablePlans;
  readonly #catalog: WarehouseCatalog;
  readonly #rebuilds = new Map<TableRebuild, RebuildLoader>();
  readonly #leftOut: { table: string; reason: string }[] = [];
  readonly #done: { table: string; events: number }[] = [];

  constructor(deps: RebuildDependencies, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
    this.#plans = new TablePlans(deps.registry, { timezone: deps.timezone, qualifyTables: false });
    this.#catalog = new WarehouseCatalog(deps.warehouse);
  }

  async run(): Promise<RebuildReport> {
    const { source, warehouse, loaders } = this.#deps;
    await dropLeftovers(warehouse);
    await this.#catalog.load();
    await source.refresh();
    for (const table of await this.#tables()) await this.#fill(table);
    for (let round = 0; round < CATCH_UP_ROUNDS; round++) {
      const startedAt = performance.now();
      for (const rebuild of this.#rebuilds.keys()) await this.#catchUp(rebuild);
      if (performance.now() - startedAt < SHORT_ROUND_MS) break;
    }
    let heldMs = 0;
    for (const loader of loaders) heldMs = Math.max(heldMs, await this.#swapThoseOf(loader));
    return { tables: this.#done, leftOut: this.#leftOut, heldSeconds: heldMs / 1000 };
  }

  async dropAll(): Promise<void> {
    for (const rebuild of this.#rebuilds.keys()) await rebuild.drop();
  }

  async #tables(): Promise<TopicTable[]> {
    const { log, prefix } = this.#deps;
    return (await log.topics()).flatMap(({ topic }) => {
      const table = tableOfTopic(prefix, topic);
      return table === null ? [] : [{ topic, ...table }];
    });
  }

  #leaveOut({ table }: TopicTable, reason: string): void {
    this.#leftOut.push({ table, reason });
    this.#deps.logger.warn({ table, reason }, 'not rebuilt');
  }

  /** Fills a new table with what the source has. */
  async #fill(table: TopicTable): Promise<void> {
    const { warehouse, source, loaders } = this.#deps;
    const loader = loaders.find(({ owns }) => owns(table.topic));
    if (!loader) return this.#leaveOut(table, 'another loader has its share: ask that one too');
    for (let attempt = 1; ; attempt++) {
      this.#signal.throwIfAborted();
      const end = await source.end(table);
      const plan = await this.#choosePlan(table, end);
      if (plan === null) return;
      const rebuild = new TableRebuild({ warehouse, source, plans: this.#plans, table, plan });
      this.#rebuilds.set(rebuild, loader);
      try {
        await rebuild.begin();
        await rebuild.fillTo(end);
        return;
      } catch (error) {
        await this.#giveUp(rebuild);
        if (error instanceof CannotRebuild) return this.#leaveOut(table, error.message);
        if (attempt === ATTEMPTS) throw error;
        this.#deps.logger.warn({ table: table.table, error: (error as Error).message }, 'filled once more');
        await source.refresh();
      }
    }
  }

  /** The shape of the table in use; where there is none, that of its newest events. Null: the source dropped the table. */
  async #choosePlan(table: TopicTable, end: number): Promise<TablePlan | null> {
    const { source, registry } = this.#deps;
    const runs = await source.runs(table, { first: 0, end });
    const versions = await registry.versions(valueSubject(table.topic));
    const ids = [
      ...runs.map(({ schemaId }) => schemaId).reverse(),
      ...versions.map(({ id }) => id).reverse(),
    ];
    let newest: TablePlan | null = null;
    for (const id of new Set(ids)) {
      const loaded = await this.#plans.get(id);
      if ('reason' in loaded) continue;
      newest ??= loaded.plan;
      if (this.#catalog.fits(loaded.plan)) return loaded.plan;
    }
    const isDropped = (await source.lastTruncate(table, { first: Math.max(0, end - 1), end })) !== null;
    return isDropped ? null : newest;
  }

  async #catchUp(rebuild: TableRebuild, end?: number): Promise<void> {
    this.#signal.throwIfAborted();
    try {
      await rebuild.fillTo(end ?? (await this.#deps.source.end(rebuild.table)));
    } catch (error) {
      if (!(error instanceof CannotRebuild)) throw error;
      await this.#giveUp(rebuild);
      this.#leaveOut(rebuild.table, error.message);
    }
  }

  async #giveUp(rebuild: TableRebuild): Promise<void> {
    await rebuild.drop();
    this.#rebuilds.delete(rebuild);
  }

  /** Returns how long the loader stood still, ms. */
  async #swapThoseOf(loader: RebuildLoader): Promise<number> {
    const rebuilds = [...this.#rebuilds].filter(([, own]) => own === loader).map(([rebuild]) => rebuild);
    if (rebuilds.length === 0) return 0;
    let heldMs = 0;
    await loader.control.whileStill(async (loaded) => {
      const startedAt = performance.now();
      await this.#catalog.load();
      await this.#untilThere(loader, rebuilds, loaded);
      for (const rebuild of rebuilds) await this.#swap(rebuild, loaded.get(rebuild.table.topic) ?? 0);
      heldMs = performance.now() - startedAt;
    });
    return heldMs;
  }

  async #swap(rebuild: TableRebuild, end: number): Promise<void> {
    // Beyond the loader's place: it brings that in once more, which only rows with a key can bear.
    if (rebuild.filled > end && !rebuild.plan.isKeyed) await rebuild.begin();
    await this.#catchUp(rebuild, end);
    if (!this.#rebuilds.has(rebuild)) return;
    if (this.#catalog.has(rebuild.plan.name) && !this.#catalog.fits(rebuild.plan)) {
      await this.#giveUp(rebuild);
      return this.#leaveOut(rebuild.table, 'its columns changed meanwhile: run it again');
    }
    await rebuild.swap();
    this.#done.push({ table: rebuild.table.table, events: rebuild.events });
  }

  /** `raw` may be a moment behind the mirror: waits until it has passed what was in the log, or has all that is asked for. */
  async #untilThere(
    { control }: RebuildLoader,
    rebuilds: readonly TableRebuild[],
    loaded: ReadonlyMap<string, number>,
  ): Promise<void> {
    const { log, source } = this.#deps;
    const newest = await log.end();
    // In this order: what is appended between the two questions only makes the wait longer.
    const hasPassed = async (): Promise<boolean> => {
      const allowed = await log.lag(newest);
      return (await log.lag(control.position().raw)).records <= allowed.records;
    };
    for (const { table, filled } of rebuilds) {
      const end = loaded.get(table.topic) ?? 0;
      if (end <= filled) continue;
      while ((await source.missing(table, { first: filled, end })) > 0 && !(await hasPassed())) {
        await pause(LOOK_EVERY_MS, undefined, { signal: this.#signal });
      }
    }
  }
}
