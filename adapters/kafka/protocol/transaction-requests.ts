/** Requests of a transactional producer: its identity, its transaction, its records. */
import { ByteWriter } from './byte-writer.ts';
import { groupByTopic, type Partition, type PartitionResult, type Request } from './requests.ts';

/** Who produces: every producer that is opened with a transactional id gets the next epoch, and ends the former one. */
export interface Producer {
  readonly transactionalId: string;
  readonly producerId: bigint;
  readonly epoch: number;
}

export function initProducerIdRequest(
  transactionalId: string,
  transactionTimeoutMs: number,
): Request<{ errorCode: number; producerId: bigint; epoch: number }> {
  return {
    apiKey: 22,
    apiVersion: 1,
    apiName: 'InitProducerId',
    body: [new ByteWriter().nullableString(transactionalId).int32(transactionTimeoutMs).take()],
    waitMs: 0,
    readAnswer: (answer) => {
      answer.int32();
      return { errorCode: answer.int16(), producerId: answer.bigInt64(), epoch: answer.int16() };
    },
  };
}

function writeProducer({ transactionalId, producerId, epoch }: Producer): ByteWriter {
  return new ByteWriter().string(transactionalId).int64(producerId).int16(epoch);
}

export function addPartitionsRequest(
  producer: Producer,
  partitions: readonly Partition[],
): Request<PartitionResult[]> {
  const writer = writeProducer(producer);
  writer.array(groupByTopic(partitions), ([topic, group]) => {
    writer.string(topic).array(group, ({ partition }) => void writer.int32(partition));
  });
  return {
    apiKey: 24,
    apiVersion: 1,
    apiName: 'AddPartitionsToTxn',
    body: [writer.take()],
    waitMs: 0,
    readAnswer: (answer) => {
      answer.int32();
      return answer
        .array(() => {
          const topic = answer.string();
          return answer.array(() => ({ topic, partition: answer.int32(), errorCode: answer.int16() }));
        })
        .flat();
    },
  };
}

export function endTransactionRequest(
  producer: Producer,
  commit: boolean,
): Request<{ readonly errorCode: number }> {
  return {
    apiKey: 26,
    apiVersion: 1,
    apiName: 'EndTxn',
    body: [
      writeProducer(producer)
        .int8(commit ? 1 : 0)
        .take(),
    ],
    waitMs: 0,
    readAnswer: (answer) => {
      answer.int32();
      return { errorCode: answer.int16() };
    },
  };
}

/** One record batch for one partition. */
export interface PartitionBatch extends Partition {
  readonly bytes: Buffer;
}

export interface ProduceResult extends PartitionResult {
  readonly baseOffset: number;
}

/** Waits for all replicas in sync. A partition may be in it once. */
export function produceRequest(
  transactionalId: string,
  batches: readonly PartitionBatch[],
  timeoutMs: number,
): Request<ProduceResult[]> {
  const body: Buffer[] = [];
  const writer = new ByteWriter().string(transactionalId).int16(-1).int32(timeoutMs);
  writer.array(groupByTopic(batches), ([topic, group]) => {
    writer.string(topic).array(group, ({ partition, bytes }) => {
      writer.int32(partition).int32(bytes.length);
      body.push(writer.take(), bytes);
    });
  });
  body.push(writer.take());
  return {
    apiKey: 0,
    apiVersion: 7,
    apiName: 'Produce',
    body,
    waitMs: timeoutMs,
    readAnswer: (answer) =>
      answer
        .array(() => {
          const topic = answer.string();
          return answer.array(() => {
            const partition = answer.int32();
            const errorCode = answer.int16();
            const baseOffset = answer.int64();
            answer.int64(); // time of appending
            answer.int64(); // first offset
            return { topic, partition, errorCode, baseOffset };
          });
        })
        .flat(),
  };
}
