import type { ConnectionOptions } from 'node:tls';
import type { SASLOptions } from 'kafkajs';
import { type Clock, systemClock } from '../../core/clock.ts';
import type { ChangeLog } from '../../core/ports/change-log.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { ClusterLink } from './cluster-link.ts';
import { IndexTail } from './index-tail.ts';
import { KafkaChangeLog } from './kafka-change-log.ts';
import { LogWriter } from './log-writer.ts';
import type { Compression } from './protocol/record-batch-writer.ts';
import { StateTable } from './state-table.ts';
import { createTopics, type DataTopicOptions, indexTopic, ownTopic, stateTopic } from './topic-setup.ts';
import { Trimmer } from './trimmer.ts';

export interface KafkaLogOptions {
  /** `host:port` of one broker or several. */
  readonly brokers: readonly string[];
  /** The log's own topics are `<prefix>.commits` and `<prefix>.state`. All who share a log give the same. */
  readonly prefix: string;
  /**
   * Who writes, e.g. `<prefix>.capture`. A later process with the same id takes over, and this one is refused with
   * LOG_FENCED. Each writer needs its own, and topics of its own. Left out: the log is for reading only.
   */
  readonly transactionalId?: string;
  readonly clientId?: string;
  /** TLS with the system's authorities (`true`) or with node:tls options. */
  readonly ssl?: boolean | ConnectionOptions;
  /** User and password, or what else the mechanism takes, as kafkajs has it. */
  readonly sasl?: SASLOptions;
  /** Of records; `none` by default. */
  readonly compression?: Compression;
  /** Partitions of a new topic: 1 by default, which keeps a table's changes in one order for every reader. At most 256. */
  readonly partitions?: number | ((topic: string) => number);
  /** Copies of a new topic: 3 by default, or as many as there are brokers. */
  readonly replicationFactor?: number;
  /** Cleanup of a new topic; `delete` by default. Topics without keys are never compacted. */
  readonly cleanup?: (topic: string) => 'delete' | 'compact';
  /** Kafka's own retention of new topics; by default records stay until the log is trimmed. */
  readonly retentionMs?: number;
  readonly retentionBytes?: number;
  /** After which brokers end the transaction of a writer that is gone, 20 s by default. */
  readonly transactionTimeoutMs?: number;
  /** How long an operation is tried again while brokers are away, 30 s by default; then it rejects, retryable. */
  readonly retryForMs?: number;
  /** For debugging the connections. */
  readonly logger?: Logger;
  /** What retention by age compares with; the system clock by default. */
  readonly clock?: Clock;
}

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 20_000;
const TRANSACTION_TIMEOUT_MS = 20_000;
const RETRY_FOR_MS = 30_000;

/**
 * Opens the change log on Kafka, making its own topics when they are missing. With a transactional id it takes over
 * from whoever wrote under it. Rejects with LOG_UNREACHABLE, LOG_AUTH, CONFIG_INVALID or LOG_WRITE_FAILED.
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<ChangeLog> {
  const link = new ClusterLink({
    brokers: options.brokers,
    clientId: options.clientId ?? 'dolistream',
    ssl: options.ssl === true ? {} : options.ssl || null,
    sasl: options.sasl ?? null,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    retryForMs: options.retryForMs ?? RETRY_FOR_MS,
    logger: options.logger ?? null,
  });
  try {
    return await openOn(link, options);
  } catch (error) {
    link.close();
    throw error;
  }
}

async function openOn(link: ClusterLink, options: KafkaLogOptions): Promise<ChangeLog> {
  const names = { indexTopic: indexTopic(options.prefix), stateTopic: stateTopic(options.prefix) };
  const clock = options.clock ?? systemClock;
  const topics = topicOptions(options);
  await link.retrying('making the topics of the log', () =>
    createTopics(link, [
      ownTopic(names.indexTopic, 'index', topics),
      ownTopic(names.stateTopic, 'state', topics),
    ]),
  );
  const index = new IndexTail(link, names.indexTopic);
  const states = new StateTable(link, names.stateTopic);
  const trimmer = new Trimmer({ link, index, states }, { indexTopic: names.indexTopic, clock });
  let writer: LogWriter | null = null;
  if (options.transactionalId !== undefined) {
    writer = new LogWriter(link, states, {
      ...names,
      transactionalId: options.transactionalId,
      transactionTimeoutMs: options.transactionTimeoutMs ?? TRANSACTION_TIMEOUT_MS,
      compression: options.compression ?? 'none',
      topics,
      clock,
      onCommitted: (indexEnd) => index.committed(indexEnd),
    });
    await writer.settle();
  }
  return new KafkaChangeLog({ link, index, states, writer, trimmer });
}

function topicOptions(options: KafkaLogOptions): DataTopicOptions {
  const partitions = options.partitions ?? 1;
  return {
    partitions: typeof partitions === 'number' ? () => partitions : partitions,
    replicationFactor: options.replicationFactor ?? null,
    cleanup: options.cleanup ?? (() => 'delete'),
    retentionMs: options.retentionMs ?? null,
    retentionBytes: options.retentionBytes ?? null,
  };
}
