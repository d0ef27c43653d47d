/**
 * The Kafka requests this adapter sends and the answers it reads. The versions are the oldest that do what is needed
 * and that Kafka 2.4 to 4 all speak. Protocol: https://kafka.apache.org/39/protocol.html
 */
import type { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';

export interface Request<Answer> {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  /** In pieces, sent one after the other without being copied together. */
  readonly body: readonly Uint8Array[];
  /** How long the broker may take by intent, beyond the usual time for an answer. */
  readonly waitMs: number;
  readonly readAnswer: (answer: ByteReader) => Answer;
}

export interface Partition {
  readonly topic: string;
  readonly partition: number;
}

export interface PartitionResult extends Partition {
  readonly errorCode: number;
}

export const READ_UNCOMMITTED = 0;
export const READ_COMMITTED = 1;
export const EARLIEST = -2;
export const LATEST = -1;

/** Items by topic, each topic once, in the order in which topics first come. */
export function groupByTopic<Item extends Partition>(items: readonly Item[]): [string, Item[]][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(item.topic);
    if (group) group.push(item);
    else groups.set(item.topic, [item]);
  }
  return [...groups];
}

/** Reads `[topic, [partition, …]]` lists, the shape of most answers. */
function readPartitions<Item>(
  answer: ByteReader,
  readItem: (topic: string, partition: number) => Item,
): Item[] {
  return answer
    .array(() => {
      const topic = answer.string();
      return answer.array(() => readItem(topic, answer.int32()));
    })
    .flat();
}

function writePartitions<Item extends Partition>(
  writer: ByteWriter,
  items: readonly Item[],
  writeItem: (item: Item) => void,
): void {
  writer.array(groupByTopic(items), ([topic, group]) => {
    writer.string(topic).array(group, (item) => {
      writer.int32(item.partition);
      writeItem(item);
    });
  });
}

export interface Broker {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
}

export interface TopicMetadata {
  readonly errorCode: number;
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly leader: number }[];
}

export interface Metadata {
  readonly brokers: readonly Broker[];
  readonly controllerId: number;
  readonly topics: readonly TopicMetadata[];
}

/** Topics that are not there are named with an error and not created. */
export function metadataRequest(topics: readonly string[]): Request<Metadata> {
  const writer = new ByteWriter();
  writer.array(topics, (topic) => void writer.string(topic)).int8(0);
  return {
    apiKey: 3,
    apiVersion: 4,
    apiName: 'Metadata',
    body: [writer.take()],
    waitMs: 0,
    readAnswer: (answer) => {
      answer.int32(); // throttle time, as first in most answers
      const brokers = answer.array(() => {
        const broker = { nodeId: answer.int32(), host: answer.string(), port: answer.int32() };
        answer.nullableString(); // rack
        return broker;
      });
      answer.nullableString(); // cluster id
      const controllerId = answer.int32();
      return { brokers, controllerId, topics: answer.array(() => readTopicMetadata(answer)) };
    },
  };
}

function readTopicMetadata(answer: ByteReader): TopicMetadata {
  const errorCode = answer.int16();
  const topic = answer.string();
  answer.int8(); // internal
  const partitions = answer.array(() => {
    answer.int16(); // its error shows as a leader of -1
    const partition = answer.int32();
    const leader = answer.int32();
    answer.array(() => answer.int32()); // replicas
    answer.array(() => answer.int32()); // in sync
    return { partition, leader };
  });
  return { errorCode, topic, partitions };
}

const TRANSACTION_COORDINATOR = 1;

export function findCoordinatorRequest(
  transactionalId: string,
): Request<Broker & { readonly errorCode: number }> {
  return {
    apiKey: 10,
    apiVersion: 2,
    apiName: 'FindCoordinator',
    body: [new ByteWriter().string(transactionalId).int8(TRANSACTION_COORDINATOR).take()],
    waitMs: 0,
    readAnswer: (answer) => {
      answer.int32();
      const errorCode = answer.int16();
      answer.nullableString(); // error message
      return { errorCode, nodeId: answer.int32(), host: answer.string(), port: answer.int32() };
    },
  };
}

export interface NewTopic {
  readonly topic: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs: Readonly<Record<string, string>>;
}

export function createTopicsRequest(
  topics: readonly NewTopic[],
  timeoutMs: number,
): Request<{ topic: string; errorCode: number; message: string | null }[]> {
  const writer = new ByteWriter();
  writer.array(topics, ({ topic, partitions, replicationFactor, configs }) => {
    writer.string(topic).int32(partitions).int16(replicationFactor).int32(0);
    writer.array(Object.entries(configs), ([name, value]) => void writer.string(name).string(value));
  });
  return {
    apiKey: 19,
    apiVersion: 3,
    apiName: 'CreateTopics',
    body: [writer.int32(timeoutMs).int8(0).take()],
    waitMs: timeoutMs,
    readAnswer: (answer) => {
      answer.int32();
      return answer.array(() => ({
        topic: answer.string(),
        errorCode: answer.int16(),
        message: answer.nullableString(),
      }));
    },
  };
}

export interface OffsetResult extends PartitionResult {
  readonly offset: number;
}

/** The earliest offset, or the latest: with READ_COMMITTED the end of what readers may see. */
export function listOffsetsRequest(
  partitions: readonly Partition[],
  which: typeof EARLIEST | typeof LATEST,
  isolation: number = READ_COMMITTED,
): Request<OffsetResult[]> {
  const writer = new ByteWriter().int32(-1).int8(isolation);
  writePartitions(writer, partitions, () => void writer.int64(which));
  return {
    apiKey: 2,
    apiVersion: 2,
    apiName: 'ListOffsets',
    body: [writer.take()],
    waitMs: 0,
    readAnswer: (answer) => {
      answer.int32();
      return readPartitions(answer, (topic, partition) => {
        const errorCode = answer.int16();
        answer.int64(); // time
        return { topic, partition, errorCode, offset: answer.int64() };
      });
    },
  };
}

export function deleteRecordsRequest(
  partitions: readonly (Partition & { readonly before: number })[],
  timeoutMs: number,
): Request<PartitionResult[]> {
  const writer = new ByteWriter();
  writePartitions(writer, partitions, ({ before }) => void writer.int64(before));
  return {
    apiKey: 21,
    apiVersion: 1,
    apiName: 'DeleteRecords',
    body: [writer.int32(timeoutMs).take()],
    waitMs: timeoutMs,
    readAnswer: (answer) => {
      answer.int32();
      return readPartitions(answer, (topic, partition) => {
        answer.int64(); // new first offset
        return { topic, partition, errorCode: answer.int16() };
      });
    },
  };
}

export interface FetchPosition extends Partition {
  readonly offset: number;
  readonly maxBytes: number;
}

export interface FetchedPartition extends PartitionResult {
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStart: number;
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: number }[];
  readonly records: Buffer;
}

export interface FetchLimits {
  readonly isolation: number;
  readonly waitMs: number;
  readonly maxBytes: number;
}

/** Comes back with the first byte there is, or empty after `waitMs`. A partition's first batch comes however large. */
export function fetchRequest(
  positions: readonly FetchPosition[],
  limits: FetchLimits,
): Request<{ errorCode: number; partitions: FetchedPartition[] }> {
  const writer = new ByteWriter();
  writer.int32(-1).int32(limits.waitMs).int32(1).int32(limits.maxBytes).int8(limits.isolation);
  writer.int32(0).int32(-1); // no session
  writePartitions(writer, positions, ({ offset, maxBytes }) => {
    writer.int32(-1).int64(offset).int64(-1).int32(maxBytes);
  });
  return {
    apiKey: 1,
    apiVersion: 11,
    apiName: 'Fetch',
    body: [writer.int32(0).string('').take()],
    waitMs: limits.waitMs,
    readAnswer: (answer) => {
      answer.int32();
      const errorCode = answer.int16();
      answer.int32(); // session
      return { errorCode, partitions: readPartitions(answer, (t, p) => readFetched(answer, t, p)) };
    },
  };
}

function readFetched(answer: ByteReader, topic: string, partition: number): FetchedPartition {
  const errorCode = answer.int16();
  const highWatermark = answer.int64();
  const lastStableOffset = answer.int64();
  const logStart = answer.int64();
  const aborted = answer.array(() => ({ producerId: answer.bigInt64(), firstOffset: answer.int64() }));
  answer.int32(); // preferred replica: the leader is asked
  const records = answer.nullableBytes();
  return { topic, partition, errorCode, highWatermark, lastStableOffset, logStart, aborted, records };
}
