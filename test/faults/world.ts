/** What the faults happen to: a source with writers, and a pipeline that follows it. */
import { rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { MariadbVersion } from '../../adapters/mariadb/private-server/start-private-mariadb.ts';
import { ReleaseStack } from '../../app/release-stack.ts';
import { BUSY_TABLES, createBusyTables, startWriters, type Writers } from '../support/busy-tables.ts';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { ClockSetting } from './clock-setting.ts';
import { startUp } from './embedded-pipeline.ts';
import { startServices } from './kafka-pipeline.ts';
import type { Pipeline } from './pipeline.ts';
import { SmallDisk } from './small-disk.ts';

const ROWS = 500;

export interface World extends Pipeline {
  readonly db: TestMariadb;
  /** In front of the source. */
  readonly sourceLink: TcpProxy;
  /** Holds the data folder; null where the disk is the machine's. */
  readonly disk: SmallDisk | null;
  /** Of the pipeline; null where it is the machine's. */
  readonly clock: ClockSetting | null;
  readonly dataDir: string;
  /** kill -9 of the process, or of this service, and a new one in its place. */
  killAndStart(service?: string): Promise<void>;
  /** Writers do not outlive their server: begins them anew. */
  restartWriters(): Promise<void>;
  stopWriters(): Promise<void>;
  readonly tables: readonly string[];
}

export interface WorldOptions {
  readonly mode: 'embedded' | 'kafka';
  readonly version: MariadbVersion;
  readonly seed: number;
  /** Mean pause of a writer between two transactions, ms. */
  readonly thinkMs: number;
  /** The data folder is on a small file system of its own. */
  readonly smallDisk: boolean;
  readonly ownClock: boolean;
}

export async function makeWorld(options: WorldOptions): Promise<World> {
  const release = new ReleaseStack();
  try {
    const db = await startTestMariadb({
      version: options.version,
      args: ['--sync-binlog=1', '--innodb-flush-log-at-trx-commit=1'],
    });
    release.add(() => db[Symbol.asyncDispose]());
    await createBusyTables(db, ROWS);
    const sourceLink = await TcpProxy.start(db.port);
    release.add(() => sourceLink[Symbol.asyncDispose]());
    const folder = await mkdtemp(join(tmpdir(), 'dolistream-faults-'));
    release.add(() => rm(folder, { recursive: true, force: true }));
    const disk = options.smallDisk ? await SmallDisk.mount() : null;
    if (disk) release.add(() => disk[Symbol.asyncDispose]());
    const clock = options.ownClock ? await ClockSetting.create(join(folder, 'clock')) : null;
    const dataDir = join(disk?.path ?? folder, 'data');
    const source = db.captureUrl().replace(`:${db.port}`, `:${sourceLink.port}`);
    const startPipeline = options.mode === 'kafka' ? startServices : startUp;
    const pipeline = await startPipeline({ source, dataDir, clock });
    release.add(() => pipeline[Symbol.asyncDispose]());
    const { thinkMs } = options;
    const begin = (seed: number): Writers =>
      startWriters(db, { rows: ROWS, count: 2, seed, moves: false, thinkMs });
    let turn = 0;
    let writers = begin(options.seed);
    release.add(() => writers[Symbol.asyncDispose]());
    return {
      ...{ db, sourceLink, disk, clock, dataDir, tables: BUSY_TABLES },
      ...pipeline,
      async killAndStart(service) {
        await pipeline.kill(service);
        await pipeline.start(service);
      },
      async restartWriters() {
        await writers.stop().catch(() => undefined);
        writers = begin(options.seed + ++turn);
      },
      stopWriters: () => writers.stop(),
      [Symbol.asyncDispose]: () => release.release(),
    };
  } catch (error) {
    await release.release();
    throw error;
  }
}

export const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  pause(ms, undefined, { ...(signal && { signal }) });
