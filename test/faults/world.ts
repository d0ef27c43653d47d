/** What the faults happen to: a source with writers, and a pipeline that follows it, in one process or as services. */
import { rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openClickhouse } from '../../adapters/clickhouse/open-clickhouse.ts';
import type { MariadbVersion } from '../../adapters/mariadb/private-server/start-private-mariadb.ts';
import { ReleaseStack } from '../../app/release-stack.ts';
import { Apicurio } from '../support/apicurio.ts';
import { ClickhouseServer } from '../support/clickhouse-server.ts';
import { auditDataFolder, auditKafka } from '../support/audit-data-folder.ts';
import { BUSY_TABLES, createBusyTables, startWriters, type Writers } from '../support/busy-tables.ts';
import { type CliResult, runCli } from '../support/cli-process.ts';
import type { ChangeCounts } from '../support/count-changes.ts';
import { startTestKafka, type TestKafka } from '../support/kafka-server.ts';
import { silentLogger } from '../support/loading.ts';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';
import { type ServiceName, ServiceGroup } from '../support/service-group.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { UpProcess } from '../support/up-process.ts';

const ROWS = 500;
const SERVICES: readonly ServiceName[] = ['capture', 'load', 'lake', 'analytics', 'alerts'];
const STALE_SECONDS = '5';

export interface Servers {
  readonly kafka: TestKafka;
  readonly kafkaLink: TcpProxy;
  readonly registryLink: TcpProxy;
  readonly clickhouse: ClickhouseServer;
  readonly clickhouseLink: TcpProxy;
}

export interface World extends AsyncDisposable {
  readonly db: TestMariadb;
  /** In front of the source. */
  readonly sourceLink: TcpProxy;
  /** null in one process. */
  readonly servers: Servers | null;
  /** kill -9 of the process, or of this service, and a new one in its place. */
  killAndStart(service?: ServiceName): Promise<void>;
  readonly services: ServiceGroup | null;
  /** Writers do not outlive their server: begins them anew. */
  restartWriters(): Promise<void>;
  stopWriters(): Promise<void>;
  verify(): Promise<CliResult>;
  /** Ends the pipeline as an operator would; resolves with what went wrong. */
  stop(): Promise<string[]>;
  audit(expected: ChangeCounts): Promise<string[]>;
  readonly tables: readonly string[];
}

interface Pipeline
  extends
    AsyncDisposable,
    Pick<World, 'killAndStart' | 'verify' | 'stop' | 'audit' | 'services' | 'servers'> {}

export async function makeWorld(options: {
  readonly mode: 'embedded' | 'kafka';
  readonly version: MariadbVersion;
  readonly seed: number;
}): Promise<World> {
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
    const dataDir = await mkdtemp(join(tmpdir(), 'dolistream-faults-'));
    release.add(() => rm(dataDir, { recursive: true, force: true }));
    const source = db.captureUrl().replace(`:${db.port}`, `:${sourceLink.port}`);
    const start = options.mode === 'kafka' ? startServices : startUp;
    const pipeline = await start(source, dataDir);
    release.add(() => pipeline[Symbol.asyncDispose]());
    const begin = (seed: number): Writers => startWriters(db, { rows: ROWS, count: 2, seed, moves: false });
    let turn = 0;
    let writers = begin(options.seed);
    release.add(() => writers[Symbol.asyncDispose]());
    return {
      ...{ db, sourceLink, tables: BUSY_TABLES },
      ...pipeline,
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

async function startUp(source: string, dataDir: string): Promise<Pipeline> {
  const options = { source, dataDir, extra: ['--stale-seconds', STALE_SECONDS] };
  let up = await UpProcess.start(options);
  await up.untilStreaming();
  return {
    ...{ services: null, servers: null },
    async killAndStart() {
      await up.kill9();
      up = await UpProcess.start(options);
    },
    verify: () => runCli(['verify', '--data', dataDir, '--source', source, '--json']),
    async stop() {
      const code = await up.stop();
      return code === 0 ? [] : [`dolistream up ended with exit code ${code}`];
    },
    audit: (expected) => auditDataFolder(dataDir, expected),
    [Symbol.asyncDispose]: () => up.kill9(),
  };
}

/** Behind a port of ours, which a fault can cut. */
async function behindProxy(release: ReleaseStack, url: string): Promise<{ link: TcpProxy; url: string }> {
  const address = new URL(url);
  const link = await TcpProxy.start(Number(address.port));
  release.add(() => link[Symbol.asyncDispose]());
  address.port = String(link.port);
  return { link, url: address.href.replace(/\/$/, '') };
}

async function startServers(release: ReleaseStack) {
  const kafkaLink = await TcpProxy.start();
  release.add(() => kafkaLink[Symbol.asyncDispose]());
  const kafka = await startTestKafka({
    advertise: (port) => {
      kafkaLink.target = port;
      return kafkaLink.port;
    },
  });
  release.add(() => kafka[Symbol.asyncDispose]());
  const apicurio = await Apicurio.start();
  release.add(() => apicurio[Symbol.asyncDispose]());
  const registry = await behindProxy(release, apicurio.url);
  const clickhouse = await ClickhouseServer.start();
  release.add(() => clickhouse[Symbol.asyncDispose]());
  const warehouse = await behindProxy(release, clickhouse.url);
  const servers = {
    kafka,
    kafkaLink,
    registryLink: registry.link,
    clickhouse,
    clickhouseLink: warehouse.link,
  };
  return { servers, registryUrl: registry.url, clickhouseUrl: warehouse.url };
}

async function startServices(source: string, dataDir: string): Promise<Pipeline> {
  const release = new ReleaseStack();
  const { servers, registryUrl, clickhouseUrl } = await startServers(release);
  const { url, user, password } = servers.clickhouse;
  const places = { broker: servers.kafka.broker, registryUrl };
  const services = new ServiceGroup({
    ...{ source, dataDir, ...places },
    extra: ['--stale-seconds', STALE_SECONDS, '--clickhouse-url', clickhouseUrl, '--warehouse-user', user],
    env: { DOLISTREAM_WAREHOUSE_PASSWORD: password },
  });
  release.add(() => services[Symbol.asyncDispose]());
  await services.start(...SERVICES);
  await services.untilReady(...SERVICES);
  return {
    ...{ services, servers },
    async killAndStart(name = 'capture') {
      await services.kill9(name);
      await services.start(name);
    },
    verify: () => services.ask('load', ['verify', '--json']),
    stop: () => services.stop(),
    audit: (expected) => {
      const openWarehouse = () => openClickhouse({ url, user, password, logger: silentLogger });
      return auditKafka({ ...places, openWarehouse }, expected);
    },
    [Symbol.asyncDispose]: () => release.release(),
  };
}

export const sleep = (ms: number): Promise<void> => pause(ms);
