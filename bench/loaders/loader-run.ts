/**
 * One measurement: a broker, a ClickHouse server and loaders of their own, and a log that is there all at once. Starting,
 * joining and making tables count for nobody: the loaders have their shards and have loaded a record of each table
 * before the rest becomes visible, in one transaction.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openClickhouse } from '../../adapters/clickhouse/open-clickhouse.ts';
import { openKafkaLog } from '../../adapters/kafka/open-kafka-log.ts';
import { openRestRegistry } from '../../adapters/registry/open-rest-registry.ts';
import { packagePath } from '../../app/paths.ts';
import type { ChangeLog } from '../../core/ports/change-log.ts';
import { shardOwners } from '../../services/warehouse/shards.ts';
import { type CliProcess, startCli } from '../../test/support/cli-process.ts';
import { ClickhouseServer } from '../../test/support/clickhouse-server.ts';
import { PREFIX } from '../../test/support/events.ts';
import { startTestKafka } from '../../test/support/kafka-server.ts';
import { silentLogger } from '../../test/support/loading.ts';
import { DATABASE, evenTableNames, KeyedEvents } from './keyed-events.ts';
import { processorSeconds } from './processor-time.ts';

export const SHARDS = 4;
const TABLES_PER_SHARD = 2;
const LOOK_EVERY_MS = 20;
const ORDER_QUERY = readFileSync(packagePath('bench', 'loaders', 'order-by-key.sql'), 'utf8');
const PROCESSES = { loaders: 'app/cli/main.ts', clickhouse: 'clickhouse-server-child', kafka: 'kafka.Kafka' };

export interface LoaderRun {
  readonly loaders: number;
  readonly partitions: number;
  /** Records that were loaded, into the mirror and into raw.events. */
  readonly records: number;
  readonly records_s: number;
  /** Of the machine's cores, used while loading. */
  readonly cores: Readonly<Record<string, number>>;
  /** How many of the log's partitions hold records, over all tables. */
  readonly partitions_used: number;
  readonly keys: number;
  /** Events that came before an older one of their key. */
  readonly out_of_order: number;
}

export interface LoaderRunOptions {
  readonly loaders: number;
  readonly partitions: number;
  readonly records: number;
  readonly registryUrl: string;
  readonly folder: string;
}

export async function runLoaders(options: LoaderRunOptions): Promise<LoaderRun> {
  await using kafka = await startTestKafka();
  await using server = await ClickhouseServer.start();
  const registry = await openRestRegistry({ url: options.registryUrl, logger: silentLogger });
  const log = await openKafkaLog({
    ...{ brokers: [kafka.broker], prefix: PREFIX, transactionalId: `${PREFIX}.capture` },
    partitions: options.partitions,
    replicationFactor: 1,
  });
  const loaders: CliProcess[] = [];
  try {
    const events = await KeyedEvents.register(registry, evenTableNames(SHARDS, TABLES_PER_SHARD));
    const batches = events.oneEach();
    await log.append(batches, []);
    for (let number = 1; number <= options.loaders; number++) {
      const { url, user, password } = server;
      loaders.push(
        startCli(
          [
            ...[
              'run',
              'load',
              '--kafka-brokers',
              kafka.broker,
              '--kafka-replicas',
              '1',
              '--topic-prefix',
              PREFIX,
            ],
            ...['--registry-url', options.registryUrl, '--clickhouse-url', url, '--warehouse-user', user],
            ...['--loader-shards', String(SHARDS), '--source', `mysql://nobody@127.0.0.1:1/${DATABASE}`],
            ...['--data', join(options.folder, `loader-${number}`), '--http', '127.0.0.1:0'],
          ],
          { env: { DOLISTREAM_WAREHOUSE_PASSWORD: password, DOLISTREAM_SOURCE_PASSWORD: 'none' } },
        ),
      );
    }
    await Promise.all(loaders.map((loader) => loader.waitForError(sharesOf(SHARDS / options.loaders))));
    await untilLoaded(log, events.seq, loaders);
    return await measure({ options, log, events, loaders, server });
  } finally {
    await Promise.all(loaders.map((loader) => loader[Symbol.asyncDispose]()));
    await log.close();
    await registry.close();
  }
}

/** What a loader says when it has so many shards. */
const sharesOf = (count: number): RegExp =>
  new RegExp(`"shards":\\[${Array.from({ length: count }, () => '\\d').join(',')}\\]`);

interface Measuring {
  readonly options: LoaderRunOptions;
  readonly log: ChangeLog;
  readonly events: KeyedEvents;
  readonly loaders: readonly CliProcess[];
  readonly server: ClickhouseServer;
}

async function measure({ options, log, events, loaders, server }: Measuring): Promise<LoaderRun> {
  await log.append(events.batches(options.records), []);
  const startedAt = performance.now();
  const before = processorSeconds(PROCESSES);
  await untilLoaded(log, events.seq, loaders);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = processorSeconds(PROCESSES);
  const order = await checkOrder(server);
  if (Number(order.records) !== events.seq) {
    throw new Error(`raw.events has ${order.records} records of ${events.seq}`);
  }
  return {
    ...{ loaders: options.loaders, partitions: options.partitions, records: options.records },
    records_s: Math.round(options.records / seconds),
    cores: Object.fromEntries(
      Object.entries(after).map(([kind, used]) => [kind, round((used - before[kind]!) / seconds)]),
    ),
    partitions_used: await countPartitions(log),
    ...{ keys: Number(order.keys), out_of_order: Number(order.wrong) },
  };
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** Until all lanes of all shards have saved that they are at the end. */
async function untilLoaded(log: ChangeLog, seq: number, loaders: readonly CliProcess[]): Promise<void> {
  const ended = Promise.race(loaders.map(({ result }) => result));
  const owners = Array.from({ length: SHARDS }, (_, index) => shardOwners({ index, count: SHARDS }));
  for (const owner of owners.flatMap(({ mirror, raw }) => [mirror, raw])) {
    for (;;) {
      const state = Object(await log.getState(owner)) as { seq?: number; until?: unknown };
      if (state.seq === seq && state.until === null) break;
      const loaderEnded = await Promise.race([ended, pause(LOOK_EVERY_MS)]);
      if (loaderEnded) throw new Error(`a loader ended: ${loaderEnded.stderr.slice(-3000)}`);
    }
  }
}

async function checkOrder(
  server: ClickhouseServer,
): Promise<{ records: string; keys: string; wrong: string }> {
  const { url, user, password } = server;
  const warehouse = await openClickhouse({ url, user, password, logger: silentLogger });
  try {
    const [counted] = await warehouse.rows<{ records: string; keys: string; wrong: string }>(ORDER_QUERY);
    return counted!;
  } finally {
    await warehouse.close();
  }
}

async function countPartitions(log: ChangeLog): Promise<number> {
  const used = new Set<string>();
  for await (const { topic, partitions } of log.summaries(null)) {
    for (const { partition } of partitions) used.add(`${topic}/${partition}`);
  }
  return used.size;
}
