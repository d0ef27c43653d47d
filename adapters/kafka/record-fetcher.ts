/**
 * Fetches the records that the index names. The index says that they are committed, so the data partitions are read
 * as they are: aborted records lie between the named ranges, and are passed over like the brokers' marks.
 */
import { DolistreamError } from '../../core/errors.ts';
import type { LoggedBatch } from '../../core/ports/change-log.ts';
import { BatchAssembly } from './batch-assembly.ts';
import type { ClusterLink } from './cluster-link.ts';
import type { BatchPart, CommittedBatch } from './commit-record.ts';
import { offsetBounds } from './committed-reader.ts';
import type { Position } from './cursor.ts';
import { checkCode, ErrorCode } from './failures.ts';
import { readRecordBatches, type RecordPlace, visitRecords } from './protocol/record-batch-reader.ts';
import {
  fetchRequest,
  type FetchedPartition,
  type Partition,
  READ_UNCOMMITTED,
} from './protocol/requests.ts';
import { partitionName } from './transactional-producer.ts';

/** A batch to fetch, at its place. */
export interface WantedBatch {
  readonly batch: CommittedBatch;
  readonly at: Position;
  readonly isLastOfCommit: boolean;
}

/** A part of a batch, and the number of the batch's records in the partition that came in earlier parts. */
interface WantedPart extends BatchPart {
  readonly assembly: BatchAssembly;
  readonly ordinal: number;
}

interface Lane extends Partition {
  readonly parts: WantedPart[];
  /** Next offset to fetch. */
  offset: number;
}

const FETCH_BYTES = 16 * 1024 * 1024;
/** What Kafka adds to a record, roughly, and what keys add. */
const OVERHEAD_PER_RECORD = 64;
/** A new leader learns a moment later how far its records are safe. */
const WAIT_MS = 500;
const LONGEST_STALL_MS = 30_000;

export class RecordFetcher {
  readonly #link: ClusterLink;

  constructor(link: ClusterLink) {
    this.#link = link;
  }

  /** The batches in the order given. Rejects with LOG_TRIMMED when records are no longer there. */
  async fetch(wanted: readonly WantedBatch[]): Promise<LoggedBatch[]> {
    const assemblies = wanted.map((one) => new BatchAssembly(one.batch, one.at, one.isLastOfCommit));
    let lanes = makeLanes(assemblies);
    let movedAt = performance.now();
    while (lanes.length > 0) {
      const before = progressOf(lanes);
      await this.#link.retrying('reading records', () => this.#fetchSome(lanes));
      if (progressOf(lanes) > before) movedAt = performance.now();
      else if (performance.now() - movedAt > LONGEST_STALL_MS) throw stalledError(lanes[0]!);
      lanes = lanes.filter(({ parts }) => parts.length > 0);
    }
    return assemblies.flatMap((assembly) => assembly.finish());
  }

  async #fetchSome(lanes: readonly Lane[]): Promise<void> {
    const byLeader = new Map<number, Lane[]>();
    for (const lane of lanes) {
      const leader = await this.#link.leaderOf(lane.topic, lane.partition);
      const group = byLeader.get(leader);
      if (group) group.push(lane);
      else byLeader.set(leader, [lane]);
    }
    await Promise.all([...byLeader].map(([leader, group]) => this.#fetchFrom(leader, group)));
  }

  async #fetchFrom(leader: number, lanes: readonly Lane[]): Promise<void> {
    const positions = lanes.map(({ topic, partition, offset, parts }) => ({
      topic,
      partition,
      offset,
      maxBytes: Math.min(FETCH_BYTES, bytesOf(parts)),
    }));
    const limits = { isolation: READ_UNCOMMITTED, waitMs: WAIT_MS, maxBytes: FETCH_BYTES };
    const answer = await this.#link.toBroker(leader, fetchRequest(positions, limits), 'read');
    checkCode(answer.errorCode);
    const byName = new Map(lanes.map((lane) => [partitionName(lane), lane]));
    for (const fetched of answer.partitions) await this.#take(byName.get(partitionName(fetched))!, fetched);
  }

  async #take(lane: Lane, fetched: FetchedPartition): Promise<void> {
    if (fetched.errorCode === ErrorCode.offsetOutOfRange) {
      const { start } = await offsetBounds(this.#link, lane);
      if (lane.offset < start) throw goneError(lane, start);
    }
    checkCode(fetched.errorCode, `topic ${lane.topic}`);
    for (const batch of readRecordBatches(fetched.records, lane.topic)) {
      if (lane.parts.length === 0) return;
      if (!batch.isControl) {
        visitRecords(batch, lane.topic, (place) => assign(lane, batch.records, place));
      }
      lane.offset = batch.endOffset;
      while (lane.parts.length > 0 && partEnd(lane.parts[0]!) <= lane.offset) lane.parts.shift();
      // What lies between two parts need not be fetched.
      lane.offset = Math.max(lane.offset, lane.parts[0]?.base ?? 0);
    }
  }
}

const progressOf = (lanes: readonly Lane[]): number => lanes.reduce((sum, { offset }) => sum + offset, 0);

const partEnd = ({ base, count }: BatchPart): number => base + count;

const bytesOf = (parts: readonly WantedPart[]): number =>
  parts.reduce((sum, { assembly: { batch }, count }) => {
    const share = count / batch.count;
    return sum + Math.ceil(batch.bytes * share) + OVERHEAD_PER_RECORD * count;
  }, 4096);

function assign(lane: Lane, source: Buffer, place: RecordPlace): void {
  while (lane.parts.length > 0 && partEnd(lane.parts[0]!) <= place.offset) lane.parts.shift();
  const part = lane.parts[0];
  if (part === undefined || place.offset < part.base) return;
  part.assembly.add(source, lane.partition, part.ordinal + place.offset - part.base, place);
}

function makeLanes(assemblies: readonly BatchAssembly[]): Lane[] {
  const lanes = new Map<string, Lane>();
  for (const assembly of assemblies) {
    const seen = new Map<number, number>();
    for (const part of assembly.batch.parts) {
      const place = { topic: assembly.batch.topic, partition: part.partition };
      const name = partitionName(place);
      const lane = lanes.get(name) ?? { ...place, parts: [], offset: part.base };
      lanes.set(name, lane);
      const ordinal = seen.get(part.partition) ?? 0;
      seen.set(part.partition, ordinal + part.count);
      lane.parts.push({ ...part, assembly, ordinal });
    }
  }
  return [...lanes.values()];
}

const goneError = ({ topic, partition, offset }: Lane, start: number): DolistreamError =>
  new DolistreamError(
    'LOG_TRIMMED',
    `Topic ${topic}, partition ${partition}, no longer holds offset ${offset}: it starts at ${start}`,
    {
      fix: `Keep records longer (retention.ms and retention.bytes of ${topic}), and backfill what was lost.`,
    },
  );

const stalledError = ({ topic, partition, offset }: Lane): DolistreamError =>
  new DolistreamError(
    'LOG_CORRUPT',
    `Topic ${topic}, partition ${partition}, does not reach offset ${offset}`,
    {
      fix: 'Its newest records were lost with a broker: raise min.insync.replicas, and backfill what was lost.',
    },
  );
