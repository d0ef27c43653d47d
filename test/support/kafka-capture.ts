/** Capture from a source of the test into Kafka and a registry, in the test's process, as the program composes it. */
import type { TestMariadb } from './mariadb.ts';
import { openPipeline } from './pipeline.ts';

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

export async function startKafkaCapture(options: KafkaCaptureOptions): Promise<KafkaCapture> {
  const { db, broker, registryUrl, prefix } = options;
  const pipeline = await openPipeline({
    source: db.captureUrl(),
    stages: ['capture'],
    flags: { kafkaBrokers: broker, kafkaReplicas: '1', registryUrl, topicPrefix: prefix },
  });
  return {
    caughtUp: () => pipeline.caughtUp(),
    tableTopics: async () => {
      const topics = (await pipeline.stores.log.topics()).map(({ topic }) => topic);
      return topics.filter((topic) => topic.startsWith(`${prefix}.${db.database}.`)).sort();
    },
    [Symbol.asyncDispose]: () => pipeline[Symbol.asyncDispose](),
  };
}
