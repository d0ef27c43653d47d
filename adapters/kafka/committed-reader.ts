/** Reads one partition as far as transactions are committed, record by record: the index and the states. */
import { checkCode, ErrorCode } from './failures.ts';
import type { ClusterLink, Lane } from './cluster-link.ts';
import { readRecordBatches, visitRecords, type RawBatch } from './protocol/record-batch-reader.ts';
import {
  EARLIEST,
  fetchRequest,
  LATEST,
  listOffsetsRequest,
  READ_COMMITTED,
  type FetchedPartition,
  type Partition,
} from './protocol/requests.ts';

export interface CommittedRecord {
  readonly offset: number;
  readonly key: string | null;
  /** null: a tombstone. A copy: it may be kept. */
  readonly value: Buffer | null;
}

export interface CommittedChunk {
  readonly records: readonly CommittedRecord[];
  /** Where the next fetch continues. */
  readonly next: number;
  /** Up to here transactions have ended; the chunk may end before it. */
  readonly stableEnd: number;
  /** Oldest offset that is still there. */
  readonly logStart: number;
  /** The offset asked for is not there: older than `logStart`, or after the end. */
  readonly isOutOfRange: boolean;
}

/** A control record's key: version and type, and an abort has type 0. */
const ABORT_MARKER = 0;

/** One fetch. With `waitMs` it comes back with the first record that is committed, or empty after that time. */
export async function fetchCommitted(
  link: ClusterLink,
  place: Partition & { readonly offset: number },
  options: { readonly waitMs: number; readonly maxBytes: number; readonly lane: Lane },
): Promise<CommittedChunk> {
  const { waitMs, maxBytes, lane } = options;
  const request = fetchRequest([{ ...place, maxBytes }], { isolation: READ_COMMITTED, waitMs, maxBytes });
  const answer = await link.toLeader(place, request, lane);
  checkCode(answer.errorCode);
  const fetched = answer.partitions[0]!;
  if (fetched.errorCode === ErrorCode.offsetOutOfRange) {
    const { start, end } = await offsetBounds(link, place);
    return { records: [], next: place.offset, stableEnd: end, logStart: start, isOutOfRange: true };
  }
  checkCode(fetched.errorCode, `topic ${place.topic}`);
  const { lastStableOffset: stableEnd, logStart } = fetched;
  return { ...collect(fetched, place), stableEnd, logStart, isOutOfRange: false };
}

/** Oldest offset that is there, and the end of what transactions committed. */
export async function offsetBounds(
  link: ClusterLink,
  place: Partition,
): Promise<{ readonly start: number; readonly end: number }> {
  const [start, end] = await Promise.all(
    ([EARLIEST, LATEST] as const).map(async (which) => {
      const [result] = await link.toLeader(place, listOffsetsRequest([place], which), 'read');
      checkCode(result!.errorCode, `topic ${place.topic}`);
      return result!.offset;
    }),
  );
  return { start: start!, end: end! };
}

function collect(
  fetched: FetchedPartition,
  { topic, offset }: Partition & { readonly offset: number },
): { records: CommittedRecord[]; next: number } {
  const isAborted = abortedBatches(fetched);
  const records: CommittedRecord[] = [];
  let next = offset;
  for (const batch of readRecordBatches(fetched.records, topic)) {
    next = batch.endOffset;
    if (isAborted(batch) || batch.isControl) continue;
    visitRecords(batch, topic, (place) => {
      if (place.offset < offset) return;
      const { keyAt, keyLength, valueAt, valueLength } = place;
      const key = keyLength < 0 ? null : batch.records.toString('utf8', keyAt, keyAt + keyLength);
      const value =
        valueLength < 0 ? null : Buffer.from(batch.records.subarray(valueAt, valueAt + valueLength));
      records.push({ offset: place.offset, key, value });
    });
  }
  return { records, next };
}

/** A broker sends aborted records too, and tells from where on which producer's were aborted, up to its next mark. */
function abortedBatches({ aborted }: FetchedPartition): (batch: RawBatch) => boolean {
  const coming = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const aborting = new Set<bigint>();
  return (batch) => {
    while (coming.length > 0 && coming[0]!.firstOffset < batch.endOffset)
      aborting.add(coming.shift()!.producerId);
    if (batch.isControl) {
      visitRecords(batch, '', ({ keyAt }) => {
        if (batch.records.readInt16BE(keyAt + 2) === ABORT_MARKER) aborting.delete(batch.producerId);
      });
    }
    return batch.isTransactional && aborting.has(batch.producerId);
  };
}
