/** Puts a packed batch together again from records that come in any order of partitions. */
import { DolistreamError } from '../../core/errors.ts';
import type { LoggedBatch } from '../../core/ports/change-log.ts';
import type { CommittedBatch } from './commit-record.ts';
import { formatCursor, type Position, positionAt } from './cursor.ts';
import { afterBatch } from './read-plan.ts';
import type { RecordPlace } from './protocol/record-batch-reader.ts';
import { PREFIX_BYTES } from './protocol/record-batch-writer.ts';

/** Where the log's readers are told that records lie: Kafka's partitions are not theirs to know. */
const LOG_PARTITION = 0;
const MISSING = -1;

export class BatchAssembly {
  readonly batch: CommittedBatch;
  readonly #at: Position;
  readonly #isLastOfCommit: boolean;
  /** For each record the bytes it is in, and where; `MISSING` as the length of a value: compaction took it. */
  readonly #sources: Buffer[] = [];
  readonly #sourceOf: Uint32Array;
  readonly #valueAt: Uint32Array;
  readonly #valueLength: Int32Array;
  readonly #keyAt: Uint32Array;
  readonly #keyLength: Int32Array;
  /** By partition, the numbers of its records in the batch; null when there is one partition. */
  readonly #numbers: Map<number, number[]> | null;

  /** `at` is the batch's place, and how many of its records are passed. */
  constructor(batch: CommittedBatch, at: Position, isLastOfCommit: boolean) {
    this.batch = batch;
    this.#at = at;
    this.#isLastOfCommit = isLastOfCommit;
    this.#sourceOf = new Uint32Array(batch.count);
    this.#valueAt = new Uint32Array(batch.count);
    this.#valueLength = new Int32Array(batch.count).fill(MISSING);
    this.#keyAt = new Uint32Array(batch.count);
    this.#keyLength = new Int32Array(batch.count);
    this.#numbers = batch.lanes === null ? null : numbersByPartition(batch.lanes);
  }

  /** Takes in a record: the `ordinal`-th that the batch has in this partition. */
  add(source: Buffer, partition: number, ordinal: number, place: RecordPlace): void {
    const number = this.#numbers === null ? ordinal : this.#numbers.get(partition)?.[ordinal];
    if (number === undefined || number >= this.batch.count || place.valueLength < PREFIX_BYTES) {
      throw unexpected(this.batch.topic, place.offset);
    }
    if (this.#sources.at(-1) !== source) this.#sources.push(source);
    this.#sourceOf[number] = this.#sources.length - 1;
    this.#valueAt[number] = place.valueAt + PREFIX_BYTES;
    this.#valueLength[number] = place.valueLength - PREFIX_BYTES;
    this.#keyAt[number] = place.keyAt + PREFIX_BYTES;
    this.#keyLength[number] = Math.max(0, place.keyLength - PREFIX_BYTES);
  }

  /** The batch, in one piece unless compaction took records out of its middle. */
  finish(): LoggedBatch[] {
    const runs: LoggedBatch[] = [];
    const { count } = this.batch;
    for (let from = this.#at.record; from < count;) {
      if (this.#valueLength[from] === MISSING) {
        from += 1;
        continue;
      }
      let to = from + 1;
      while (to < count && this.#valueLength[to] !== MISSING) to += 1;
      runs.push(this.#run(from, to));
      from = to;
    }
    return runs;
  }

  #run(from: number, to: number): LoggedBatch {
    const { batch } = this;
    const values = this.#column(from, to, this.#valueAt, this.#valueLength);
    const keys = this.#column(from, to, this.#keyAt, this.#keyLength);
    return {
      topic: batch.topic,
      partition: LOG_PARTITION,
      baseOffset: batch.offset + from,
      count: to - from,
      valueSchemaId: batch.valueSchemaId,
      keySchemaId: batch.keySchemaId,
      values: values.bytes,
      valueEnds: values.ends,
      keys: keys.bytes,
      keyEnds: keys.ends,
      timestampMs: batch.timestampMs,
      firstSeq: batch.firstSeq,
      lastSeq: batch.lastSeq,
      next: formatCursor(this.#after(to)),
    };
  }

  #after(record: number): Position {
    const { commit, batch } = this.#at;
    return this.#hasMore(record)
      ? positionAt(commit, batch, record)
      : afterBatch(this.#at, this.#isLastOfCommit);
  }

  #hasMore(record: number): boolean {
    for (let number = record; number < this.batch.count; number++) {
      if (this.#valueLength[number] !== MISSING) return true;
    }
    return false;
  }

  #column(
    from: number,
    to: number,
    places: Uint32Array,
    lengths: Int32Array,
  ): { bytes: Uint8Array; ends: Uint32Array } {
    let size = 0;
    for (let number = from; number < to; number++) size += lengths[number]!;
    const bytes = Buffer.allocUnsafe(size);
    const ends = new Uint32Array(to - from);
    let at = 0;
    for (let number = from; number < to; number++) {
      const start = places[number]!;
      const length = lengths[number]!;
      if (length > 0) this.#sources[this.#sourceOf[number]!]!.copy(bytes, at, start, start + length);
      at += length;
      ends[number - from] = at;
    }
    return { bytes, ends };
  }
}

function numbersByPartition(lanes: string): Map<number, number[]> {
  const numbers = new Map<number, number[]>();
  for (const [number, partition] of Buffer.from(lanes, 'base64').entries()) {
    const list = numbers.get(partition);
    if (list) list.push(number);
    else numbers.set(partition, [number]);
  }
  return numbers;
}

const unexpected = (topic: string, offset: number): DolistreamError =>
  new DolistreamError('LOG_CORRUPT', `Offset ${offset} of ${topic} is not what the index says`, {
    fix: 'Nobody else may write to the topic; backfill into a new topic prefix.',
  });
