/** Capture from a source of the test into Kafka and a registry, in the test's process. */
import { readFileSync } from 'node:fs';
import { openKafkaLog } from '../../adapters/kafka/open-kafka-log.ts';
import { openMariadbSource } from '../../adapters/mariadb/mariadb-source.ts';
import { openRestRegistry } from '../../adapters/registry/open-rest-registry.ts';
import { waitUntilCaughtUp } from '../../app/caught-up.ts';
import { packagePath } from '../../app/paths.ts';
import type { AvroSchema } from '../../core/avro-schema.ts';
import { systemClock } from '../../core/clock.ts';
import { linkSignals } from '../../core/link-signals.ts';
import { CaptureService } from '../../services/capture/capture-service.ts';
import { noMetrics, silentLogger } from './loading.ts';
import type { TestMariadb } from './mariadb.ts';

export interface KafkaCaptureOptions {
  readonly db: TestMariadb;
  /** `host:port` */
  readonly broker: string;
  /** Base address of Confluent's routes. */
  readonly registryUrl: string;
  readonly prefix: string;
}

export interface KafkaCapture extends AsyncDisposable {
  /** Resolves when everything committed at the call is in Kafka; rejects when capture ended. */
  caughtUp(): Promise<void>;
  /** Topics of row changes that hold something, by name. */
  tableTopics(): Promise<string[]>;
}

const SERVER_ID = 2_000_000_777;
const STALE_AFTER_MS = 60_000;

const parseSchema = (name: string): AvroSchema =>
  JSON.parse(readFileSync(packagePath('schemas', `${name}.avsc`), 'utf8')) as AvroSchema;

export async function startKafkaCapture(options: KafkaCaptureOptions): Promise<KafkaCapture> {
  const { db, broker, prefix } = options;
  const registry = await openRestRegistry({ url: options.registryUrl, logger: silentLogger });
  const log = await openKafkaLog({ brokers: [broker], prefix, transactionalId: `${prefix}.capture` });
  const source = await openMariadbSource({
    address: {
      ...{ host: db.host, port: db.port, database: db.database },
      ...{ user: db.captureUser, password: db.capturePassword },
    },
    serverId: SERVER_ID,
    rules: { captures: () => true, drops: () => false },
    staleAfterMs: STALE_AFTER_MS,
  });
  const capture = new CaptureService({
    ...{ source, log, registry, clock: systemClock, logger: silentLogger, metrics: noMetrics },
    options: { prefix, lingerMs: 5, version: '0.0.0-test' },
    schemas: {
      source: parseSchema('source'),
      transaction: parseSchema('transaction'),
      schemaChange: parseSchema('schema-change'),
    },
  });
  const stop = new AbortController();
  const ended = new AbortController();
  const running = capture.run(stop.signal).finally(() => ended.abort());
  // Told to whoever waits below; until then it must not count as a rejection that nobody handles.
  running.catch(() => undefined);
  return {
    caughtUp: async () => {
      using ending = linkSignals(ended.signal);
      const waiting = waitUntilCaughtUp({
        log,
        atBarrier: (task) => capture.atBarrier(task),
        settled: () => capture.settled(),
        consumers: [],
        signal: ending.signal,
      });
      await Promise.race([waiting, running.then(() => waiting)]);
    },
    tableTopics: async () => {
      const topics = (await log.topics()).map(({ topic }) => topic);
      return topics.filter((topic) => topic.startsWith(`${prefix}.${db.database}.`)).sort();
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running.catch(() => undefined);
      await source.close();
      await log.close();
      await registry.close();
    },
  };
}
