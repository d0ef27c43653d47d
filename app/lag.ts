/** How far behind each reader of the log is: in all, and per topic and partition. */
import type { BatchSummary, ChangeLog, Cursor } from '../core/ports/change-log.ts';
import type { ConsumerPosition } from './caught-up.ts';

export interface Lag {
  readonly records: number;
  readonly bytes: number;
  /** Between the newest record and the newest one that was passed, by the source's clock; 0 at the end. */
  readonly seconds: number;
}

export interface PartitionLag extends Lag {
  readonly topic: string;
  readonly partition: number;
}

export interface ReaderLag extends Lag {
  readonly reader: string;
  /** Only where something is left to read; the most records first. */
  readonly partitions: readonly PartitionLag[];
}

export async function readLag(log: ChangeLog, readers: readonly ConsumerPosition[]): Promise<ReaderLag[]> {
  return Promise.all(
    readers.map(async ({ name, position }) => {
      const cursor = await position();
      const { records, bytes, behindMs } = await log.lag(cursor);
      const partitions = records === 0 ? [] : await partitionLags(log, cursor);
      return { reader: name, records, bytes, seconds: behindMs / 1000, partitions };
    }),
  );
}

interface Sums {
  records: number;
  bytes: number;
  oldestMs: number;
  newestMs: number;
}

async function partitionLags(log: ChangeLog, cursor: Cursor | null): Promise<PartitionLag[]> {
  const sums = new Map<string, Map<number, Sums>>();
  for await (const summary of log.summaries(cursor)) addSummary(sums, summary);
  const lags = [...sums].flatMap(([topic, partitions]) =>
    [...partitions].map(([partition, { records, bytes, oldestMs, newestMs }]) => ({
      ...{ topic, partition, records, bytes: Math.round(bytes) },
      seconds: (newestMs - oldestMs) / 1000,
    })),
  );
  return lags.sort((a, b) => b.records - a.records);
}

/** A batch tells its bytes as a whole: a partition gets its share by the number of records. */
function addSummary(sums: Map<string, Map<number, Sums>>, summary: BatchSummary): void {
  const { topic, bytes, count: total, timestampMs } = summary;
  const partitions = sums.get(topic) ?? new Map<number, Sums>();
  sums.set(topic, partitions);
  for (const { partition, count } of summary.partitions) {
    const known = partitions.get(partition);
    const sum = known ?? { records: 0, bytes: 0, oldestMs: timestampMs, newestMs: timestampMs };
    sum.records += count;
    sum.bytes += (bytes * count) / total;
    sum.newestMs = Math.max(sum.newestMs, timestampMs);
    partitions.set(partition, sum);
  }
}
