/** Debezium's MariaDB connector in Kafka Connect's standalone worker, as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { PrivateMariadb } from '../../adapters/mariadb/private-server/start-private-mariadb.ts';
import { findFreePort } from '../../adapters/mariadb/private-server/free-port.ts';
import { DolistreamError } from '../../core/errors.ts';
import { endWithUs } from './end-with-us.ts';
import { peakMemoryOf } from './peak-memory.ts';

export interface ConnectorSetting {
  /** Of its topics, and its name. One that ran before goes on from where it was. */
  readonly prefix: string;
  /** `no_data`: the stream alone. `initial`: a copy of the table first. */
  readonly snapshot: 'no_data' | 'initial';
  /** `database.table`: all that it captures. */
  readonly table: string;
  readonly server: PrivateMariadb;
  readonly broker: string;
  /** For its files. */
  readonly folder: string;
  readonly classPath: string;
  /** Also what Debezium's manual does not name, but those who run Connect under load set. */
  readonly isTuned: boolean;
}

const SERVER_ID = 54_001;
const STOP_TIMEOUT_MS = 30_000;
const ASK_EVERY_MS = 200;
const LOG_LINES = 15;
/** Connect's default is 16 KiB, sent at once. */
const LARGE_PRODUCER_BATCHES = { 'producer.batch.size': 500_000, 'producer.linger.ms': 20 };

const asProperties = (settings: Readonly<Record<string, string | number>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

async function workerProperties({ broker, folder, prefix, isTuned }: ConnectorSetting): Promise<string> {
  return asProperties({
    'bootstrap.servers': broker,
    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    // Schemas in every record would more than double its work.
    'key.converter.schemas.enable': 'false',
    'value.converter.schemas.enable': 'false',
    'offset.storage.file.filename': join(folder, `${prefix}.offsets`),
    'offset.flush.interval.ms': 1000,
    ...(isTuned ? LARGE_PRODUCER_BATCHES : {}),
    listeners: `http://127.0.0.1:${await findFreePort()}`,
  });
}

function connectorProperties({ prefix, snapshot, table, server, broker }: ConnectorSetting): string {
  return asProperties({
    name: prefix,
    'connector.class': 'io.debezium.connector.mariadb.MariaDbConnector',
    'tasks.max': 1,
    'database.hostname': server.host,
    'database.port': server.port,
    'database.user': server.user,
    'database.password': server.password,
    'database.server.id': SERVER_ID,
    'database.ssl.mode': 'disable',
    'database.include.list': table.split('.')[0]!,
    'table.include.list': table,
    'topic.prefix': prefix,
    'topic.creation.default.partitions': 1,
    'topic.creation.default.replication.factor': 1,
    'snapshot.mode': snapshot,
    'schema.history.internal.kafka.bootstrap.servers': broker,
    'schema.history.internal.kafka.topic': `${prefix}.history`,
    'schema.history.internal.store.only.captured.tables.ddl': 'true',
    // What its manual names for throughput; the defaults (2,048 and 8,192) are slower.
    'max.batch.size': 8192,
    'max.queue.size': 65_536,
  });
}

export class Debezium implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #logFile: string;
  #peakBytes = 0;

  private constructor(child: ChildProcess, logFile: string) {
    this.#child = child;
    this.#logFile = logFile;
  }

  static async start(setting: ConnectorSetting): Promise<Debezium> {
    const path = (kind: string): string => join(setting.folder, `${setting.prefix}.${kind}`);
    await writeFile(path('worker'), await workerProperties(setting));
    await writeFile(path('connector'), connectorProperties(setting), { mode: 0o600 });
    const log = await open(path('log'), 'a');
    const arguments_ = [
      '-Xmx2g',
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
      ...['-cp', setting.classPath, 'org.apache.kafka.connect.cli.ConnectStandalone'],
      ...[path('worker'), path('connector')],
    ];
    const child = spawn('java', arguments_, { stdio: ['ignore', log.fd, log.fd] });
    await once(child, 'spawn').finally(() => log.close());
    endWithUs(child);
    return new Debezium(child, path('log'));
  }

  /** Highest resident memory, bytes. */
  get peakBytes(): number {
    return (this.#peakBytes = Math.max(this.#peakBytes, peakMemoryOf(this.#child.pid!)));
  }

  /** Asks again and again until the answer is true. Rejects when Debezium ends before. */
  async until(isReached: () => Promise<boolean>): Promise<void> {
    while (!(await isReached())) {
      if (this.#hasEnded) throw await this.#failure();
      await pause(ASK_EVERY_MS);
    }
  }

  /** Lets it save how far it has come; it is killed when it takes too long. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#hasEnded) return;
    const gone = once(this.#child, 'close');
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    this.#child.kill(signal);
    await gone;
    clearTimeout(killer);
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #failure(): Promise<DolistreamError> {
    const lines = (await readFile(this.#logFile, 'utf8')).trim().split('\n').slice(-LOG_LINES).join('\n');
    return new DolistreamError('INTERNAL', `Debezium ended before it was done:\n${lines}`, {
      fix: `Its whole log is ${this.#logFile}`,
    });
  }
}
