/** Sends the records of one append, in a transaction that is open, and tells where each batch came to lie. */
import type { RecordBatch } from '../../core/ports/change-log.ts';
import { type BatchPlan, planBatch, type TopicShape } from './batch-plan.ts';
import type { BatchPart } from './commit-record.ts';
import {
  type Compression,
  cutEntries,
  encodeRecordBatch,
  type PartitionRecords,
} from './protocol/record-batch-writer.ts';
import type { Partition } from './protocol/requests.ts';
import type { PartitionBatch } from './protocol/transaction-requests.ts';
import { partitionName, type TransactionalProducer } from './transactional-producer.ts';

/**
 * Brokers and many consumers take a megabyte by default. Below half a megabyte a broker's garbage collector does not
 * count a batch among the huge objects, which cost it up to twice the time (G1, in a heap of up to 2 GB).
 */
const RECORD_BATCH_BYTES = 450_000;
/** A broker remembers the last five batches of a producer, to know a repeated one. */
const REQUESTS_IN_FLIGHT = 4;

/** Entries [from, to) of some records, to be one record batch. */
interface Cut {
  readonly records: PartitionRecords;
  readonly from: number;
  readonly to: number;
  /** Number of the batch in the append. */
  readonly batch: number;
}

interface Lane extends Partition {
  readonly cuts: Cut[];
}

export class AppendWriter {
  readonly plans: readonly BatchPlan[];
  /** By batch of the append. */
  readonly parts: BatchPart[][];
  readonly #lanes: readonly Lane[];
  readonly #compression: Compression;

  constructor(
    batches: readonly RecordBatch[],
    options: { readonly shapeOf: (topic: string) => TopicShape; readonly compression: Compression },
  ) {
    this.plans = batches.map((batch) => planBatch(batch, options.shapeOf(batch.topic)));
    this.parts = batches.map(() => []);
    this.#lanes = cutLanes(this.plans);
    this.#compression = options.compression;
  }

  get partitions(): readonly Partition[] {
    return this.#lanes;
  }

  /**
   * A request holds one record batch of a partition at most, so the append goes out in rounds: the first batch of
   * every partition, then the second, …, each encoded while the one before is on its way.
   */
  async send(producer: TransactionalProducer): Promise<void> {
    const rounds = Math.max(0, ...this.#lanes.map(({ cuts }) => cuts.length));
    const sent: Promise<ReadonlyMap<string, number>>[] = [];
    for (let round = 0; round < rounds; round++) {
      const lanes = this.#lanes.filter(({ cuts }) => round < cuts.length);
      const answer = producer.produce(lanes.map((lane) => this.#encode(lane, lane.cuts[round]!, producer)));
      // Seen below; until then it must not count as a rejection that nobody handles.
      answer.catch(() => undefined);
      sent.push(answer);
      if (round >= REQUESTS_IN_FLIGHT - 1) await sent[round - REQUESTS_IN_FLIGHT + 1];
    }
    for (const [round, answer] of sent.entries()) this.#place(round, await answer);
  }

  #encode({ topic, partition }: Partition, cut: Cut, producer: TransactionalProducer): PartitionBatch {
    const stamp = producer.stamp({ topic, partition }, cut.to - cut.from);
    return { topic, partition, bytes: encodeRecordBatch(cut.records, cut, stamp, this.#compression) };
  }

  #place(round: number, offsets: ReadonlyMap<string, number>): void {
    for (const lane of this.#lanes) {
      if (round >= lane.cuts.length) continue;
      const { records, from, to, batch } = lane.cuts[round]!;
      const count = Math.min(to, records.count) - from;
      if (count <= 0) continue; // tombstones only
      const base = offsets.get(partitionName(lane))!;
      const parts = this.parts[batch]!;
      const at = parts.findIndex(
        (part) => part.partition === lane.partition && part.base + part.count === base,
      );
      if (at < 0) parts.push({ partition: lane.partition, base, count });
      else parts[at] = { ...parts[at]!, count: parts[at]!.count + count };
    }
  }
}

function cutLanes(plans: readonly BatchPlan[]): Lane[] {
  const lanes = new Map<string, Lane>();
  for (const [number, { batch, partitions }] of plans.entries()) {
    for (const records of partitions) {
      const place = { topic: batch.topic, partition: records.partition };
      const name = partitionName(place);
      const lane = lanes.get(name) ?? { ...place, cuts: [] };
      lanes.set(name, lane);
      let from = 0;
      for (const to of cutEntries(records, RECORD_BATCH_BYTES)) {
        lane.cuts.push({ records, from, to, batch: number });
        from = to;
      }
    }
  }
  return [...lanes.values()];
}
