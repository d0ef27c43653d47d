/** The warehouse of the stores of this process: brought up to date, built anew, and told. */
import { DolistreamError } from '../../core/errors.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { tableFolder, uncoveredFiles } from '../../services/lake/lake-path.ts';
import { lakeOffsetBases } from '../../services/lake/lake-service.ts';
import type { ModelService } from '../../services/model/model-service.ts';
import type { EventSource } from '../../services/warehouse/rebuild/event-source.ts';
import { LakeEvents } from '../../services/warehouse/rebuild/lake-events.ts';
import { RawEvents } from '../../services/warehouse/rebuild/raw-events.ts';
import { rebuildMirror, type RebuildReport } from '../../services/warehouse/rebuild/rebuild-mirror.ts';
import { type ConsumerPosition, untilPassed } from '../caught-up.ts';
import type { LoaderShards } from '../loader-shards.ts';
import type { Stores } from '../stores.ts';
import type {
  WarehouseClient,
  WarehouseRebuild,
  WarehouseReport,
  WarehouseRequest,
} from './warehouse-client.ts';
import { listWarehouseTables } from './warehouse-tables.ts';

/** What of the pipeline runs in this process. */
export interface RunningStages {
  readonly load: LoaderShards | null;
  readonly model: ModelService | null;
  /** How far they have read. */
  consumers(): readonly ConsumerPosition[];
}

/** `whileRunning`: the work's result, or the failure of a stage that it would wait for in vain. */
export function createWarehouseClient(
  stores: Stores,
  stages: RunningStages,
  whileRunning: <Result>(work: Promise<Result>) => Promise<Result>,
): WarehouseClient {
  let isBusy = false;
  return {
    refresh: async (request, signal) => {
      if (isBusy) throw busy();
      isBusy = true;
      try {
        return await whileRunning(new WarehouseRefresh(stores, stages, signal).run(request));
      } finally {
        isBusy = false;
      }
    },
  };
}

const NOTHING: RebuildReport = { tables: [], leftOut: [], heldSeconds: 0 };

class WarehouseRefresh {
  readonly #stores: Stores;
  readonly #stages: RunningStages;
  readonly #signal: AbortSignal;
  readonly #warehouse: Warehouse;
  readonly #load: LoaderShards;
  readonly #model: ModelService;

  constructor(stores: Stores, stages: RunningStages, signal: AbortSignal) {
    const { load, model } = stages;
    if (!stores.warehouse || !load) throw notHere('The loader');
    if (!model) throw notHere('The model');
    this.#stores = stores;
    this.#stages = stages;
    this.#signal = signal;
    this.#warehouse = stores.warehouse;
    this.#load = load;
    this.#model = model;
  }

  async run(request: WarehouseRequest): Promise<WarehouseReport> {
    const { log, context } = this.#stores;
    const { topicPrefix: prefix, warehouseDatabase } = context.options;
    const rebuilt = request.fullRebuild ? await this.#rebuild(request.from) : null;
    await this.#untilCaughtUp();
    const tables = await listWarehouseTables(
      { warehouse: this.#warehouse, log },
      { prefix, warehouseDatabase },
    );
    const newest = tables.flatMap(({ changedAt }) => changedAt ?? []).sort();
    return { rebuilt, tables, upTo: newest.at(-1) ?? null };
  }

  async #rebuild(from: WarehouseRequest['from']): Promise<WarehouseRebuild> {
    const startedAt = performance.now();
    await this.#load.untilLoading(this.#signal);
    this.#stores.context.logger.info({ from: from ?? 'mirror' }, 'building the warehouse anew');
    const mirror = from === null ? NOTHING : await this.#rebuildMirror(from);
    await this.#untilCaughtUp();
    const modelTables = await this.#model.rebuild();
    const seconds = (performance.now() - startedAt) / 1000;
    return { from, ...mirror, modelTables, seconds };
  }

  async #rebuildMirror(from: 'raw' | 'lake'): Promise<RebuildReport> {
    const { log, registry, context } = this.#stores;
    const { topicPrefix: prefix, timeZone: timezone } = context.options;
    return rebuildMirror(
      {
        ...{ log, registry, prefix, timezone, warehouse: this.#warehouse, logger: context.logger },
        loaders: this.#load.loaders,
        source: from === 'raw' ? new RawEvents(this.#warehouse) : await this.#lakeEvents(),
      },
      this.#signal,
    );
  }

  async #lakeEvents(): Promise<EventSource> {
    const { log, openLake, context } = this.#stores;
    if (context.options.clickhouseUrl !== null) throw lakeOutOfReach();
    const store = await openLake();
    return new LakeEvents({
      ...{ store, engine: this.#warehouse, bases: await lakeOffsetBases(log) },
      folderOf: tableFolder,
      list: async () => uncoveredFiles(await store.list('')),
      rest: new RawEvents(this.#warehouse),
    });
  }

  async #untilCaughtUp(): Promise<void> {
    const { log } = this.#stores;
    const end = await log.end();
    for (const consumer of this.#stages.consumers().filter(({ name }) => /^(warehouse|model)/.test(name))) {
      await untilPassed({ log, signal: this.#signal }, consumer, end);
    }
  }
}

const busy = (): DolistreamError =>
  new DolistreamError('CONFIG_INVALID', 'The warehouse is being refreshed or rebuilt already', {
    fix: 'Wait until that is done: dolistream status.',
  });

const lakeOutOfReach = (): DolistreamError =>
  new DolistreamError(
    'CONFIG_INVALID',
    '--from is lake, and the ClickHouse server does not reach its files',
    {
      fix: 'Rebuild from the history in the warehouse: --from raw.',
    },
  );

function notHere(what: string): DolistreamError {
  return new DolistreamError('NOT_RUNNING', `${what} is not in this process`, {
    fix: 'Ask the process that was started with: dolistream up, or dolistream run load (by its --data folder)',
  });
}
