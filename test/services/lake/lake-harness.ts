import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openChdb } from '../../../adapters/chdb/open-chdb.ts';
import { openEmbeddedLog, type EmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import { openLakeFolder } from '../../../adapters/lake/open-lake-folder.ts';
import { systemClock } from '../../../core/clock.ts';
import type { ChangeLog } from '../../../core/ports/change-log.ts';
import type { LakeStore } from '../../../core/ports/lake-store.ts';
import type { Logger } from '../../../core/ports/logger.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import { createLakeService, type LakeOptions } from '../../../services/lake/lake-service.ts';
import { type ParquetContent, readParquet } from '../../support/pyarrow.ts';

const quiet: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quiet,
};

/** Something that a test waits for. */
export class Moment {
  readonly reached: Promise<void>;
  reach: () => void = () => undefined;

  constructor() {
    this.reached = new Promise((resolve) => {
      this.reach = resolve;
    });
  }
}

/** One engine for all tests of a file: a process can open one folder only. */
export class LakeHarness {
  readonly root: string;
  readonly engine: Warehouse;

  private constructor(root: string, engine: Warehouse) {
    this.root = root;
    this.engine = engine;
  }

  static async open(): Promise<LakeHarness> {
    const root = await mkdtemp(join(tmpdir(), 'dolistream-lake-'));
    return new LakeHarness(root, await openChdb({ dir: join(root, 'engine') }));
  }

  async close(): Promise<void> {
    await this.engine.close();
    await rm(this.root, { recursive: true });
  }

  /** A fresh log and lake. */
  async pipeline(): Promise<LakePipeline> {
    const dir = await mkdtemp(join(this.root, 'data-'));
    const source = await openEmbeddedLog({ dir: join(dir, 'log') });
    const store = await openLakeFolder({ dir: join(dir, 'lake'), engine: this.engine });
    return new LakePipeline(dir, source, store);
  }
}

export class LakePipeline {
  readonly dir: string;
  source: EmbeddedLog;
  readonly store: LakeStore;

  constructor(dir: string, source: EmbeddedLog, store: LakeStore) {
    this.dir = dir;
    this.source = source;
    this.store = store;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.source.close();
  }

  /** Starts the service; `stop` ends it and waits. `written` is called for every file. */
  start(
    options: LakeOptions = {},
    overrides: { log?: ChangeLog; written?: () => void; nowMs?: number } = {},
  ) {
    const controller = new AbortController();
    const { nowMs } = overrides;
    const service = createLakeService({
      log: overrides.log ?? this.source.log,
      registry: this.source.registry,
      store: this.store,
      options,
      logger: quiet,
      metrics: {
        count: (name) => {
          if (name === 'lake_files_written_total') overrides.written?.();
        },
        gauge: () => undefined,
        observe: () => undefined,
      },
      clock: nowMs === undefined ? systemClock : { now: () => nowMs },
    });
    const ended = service.run(controller.signal);
    return {
      ended,
      stop: async () => {
        controller.abort();
        await ended;
      },
    };
  }

  /** Runs the service until it has read everything that is in the log now. */
  async catchUp(options: LakeOptions = {}, overrides: { nowMs?: number } = {}): Promise<void> {
    const end = await this.source.log.end();
    const { log } = this.source;
    const reached = new Moment();
    const watching: ChangeLog = new Proxy(log, {
      get: (target, name) => {
        if (name !== 'read') return (Reflect.get(target, name) as () => unknown).bind(target);
        return (readOptions: Parameters<ChangeLog['read']>[0]) => {
          if (readOptions.from === end) reached.reach();
          return target.read(readOptions);
        };
      },
    });
    const running = this.start(options, { ...overrides, log: watching });
    await Promise.race([reached.reached, running.ended]);
    await running.stop();
  }

  async paths(): Promise<string[]> {
    return (await this.store.list('')).map((file) => file.path);
  }

  /** All rows under a folder of the lake, as pyarrow sees them, in the order of their offsets. */
  async rows(folder: string): Promise<ParquetContent['rows']> {
    const { rows } = await readParquet(join(this.dir, 'lake', folder));
    return [...rows].sort((a, b) => Number(a['event_offset']) - Number(b['event_offset']));
  }
}
