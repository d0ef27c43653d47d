/**
 * The change log: topics of Avro records, appended by capture (and by analytics for alerts), read by everybody
 * else. It also keeps each owner's state, because "what I have produced" and "how far I have read" must move in
 * one step.
 *
 * Order promise: batches come back in the order in which they were appended, over all topics. A schema-change
 * record is therefore a barrier: what was appended before it is read before it.
 *
 * A delete is one record here. An implementation whose topics are compacted by key (Kafka) writes the tombstone
 * that follows it and hides tombstones from `read`.
 */

export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** Records of one topic and one schema. Values and keys are bare Avro datums, without Confluent's five-byte prefix. */
export interface RecordBatch {
  readonly topic: string;
  readonly valueSchemaId: number;
  /** null: the records have no key. */
  readonly keySchemaId: number | null;
  readonly count: number;
  /** The value datums back to back, in order. */
  readonly values: Uint8Array;
  /** For each record, where its value ends in `values`. Length `count`. */
  readonly valueEnds: Uint32Array;
  readonly keys: Uint8Array;
  /** For each record, where its key ends in `keys`. Length `count`; all zero when there are no keys. */
  readonly keyEnds: Uint32Array;
  /** Commit time of the newest record, ms since epoch: what retention by age and lag in seconds look at. */
  readonly timestampMs: number;
  /** Lowest and highest `source.seq` in the batch; both 0 for records that have none. */
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/** An opaque position between two batches. Text that the same log can read back; not comparable as text. */
export type Cursor = string;

export interface LoggedBatch extends RecordBatch {
  readonly partition: number;
  /** Offset of the first record in its topic-partition; the batch holds [baseOffset, baseOffset + count). */
  readonly baseOffset: number;
  /** The cursor right after this batch. */
  readonly next: Cursor;
}

export interface StateChange {
  /** Who the state belongs to: `capture`, `warehouse`, `lake`, `analytics`, … */
  readonly owner: string;
  readonly state: JsonValue;
}

export interface ReadOptions {
  /** Start after this cursor; null: from the oldest batch that is still there. */
  readonly from: Cursor | null;
  /** Stop adding batches once this many bytes of values are collected; at least one batch comes back when there is one. */
  readonly maxBytes: number;
  /** Read no batch beyond this cursor. */
  readonly until?: Cursor;
  /**
   * Only batches for which this is true; skipped batches still advance the returned cursor. Asked for one batch after
   * the other, with the batch's highest seq, and for the same one again by the next read when this one had no room.
   */
  readonly topics?: (topic: string, lastSeq: number) => boolean;
  /** When there is nothing to read, wait this long for an append before coming back empty. 0: do not wait. */
  readonly waitMs: number;
  readonly signal?: AbortSignal;
}

export interface ReadResult {
  readonly batches: readonly LoggedBatch[];
  /** Where the next read continues: after the last batch looked at, also one that `topics` skipped. */
  readonly cursor: Cursor | null;
}

export interface TopicInfo {
  readonly topic: string;
  readonly partition: number;
  readonly firstOffset: number;
  /** Offset that the next record will get. */
  readonly nextOffset: number;
  readonly bytes: number;
  readonly lastTimestampMs: number;
}

export interface ConsumerLag {
  readonly records: number;
  readonly bytes: number;
  /** Age difference between the newest record in the log and the newest one this cursor has passed, ms. */
  readonly behindMs: number;
}

/** What is told of a batch without its records. */
export interface BatchSummary {
  readonly topic: string;
  /** Offset of the first record in its topic. */
  readonly baseOffset: number;
  readonly count: number;
  /** Of the values. */
  readonly bytes: number;
  readonly timestampMs: number;
  /** Highest `source.seq`; 0 when its records have none. */
  readonly lastSeq: number;
  /** How many records each of the store's partitions holds of it. */
  readonly partitions: readonly { readonly partition: number; readonly count: number }[];
  /** The cursor right after this batch. */
  readonly next: Cursor;
}

export interface RetentionPolicy {
  /** Keep at most this many bytes of values; null: no bound. */
  readonly maxBytes: number | null;
  /** Drop batches whose newest record is older than this; null: no bound. */
  readonly maxAgeMs: number | null;
  /** Never drop what one of these owners' cursors has not passed. */
  readonly keepAfter: readonly Cursor[];
}

export interface ChangeLog {
  /**
   * Appends all batches and applies the state changes, in one durable step: after a crash either all of it is there
   * or none. Batches keep their order. One append is in flight per owner at a time.
   * Rejects with LOG_WRITE_FAILED (disk full, …); then nothing was appended.
   */
  append(batches: readonly RecordBatch[], changes: readonly StateChange[]): Promise<void>;
  /** Sets states without appending. Durable when it resolves. */
  setState(changes: readonly StateChange[]): Promise<void>;
  /** The owner's last state, or null when it never set one. */
  getState(owner: string): Promise<JsonValue>;
  read(options: ReadOptions): Promise<ReadResult>;
  /** The cursor after the newest batch; null when the log never held one. */
  end(): Promise<Cursor | null>;
  topics(): Promise<readonly TopicInfo[]>;
  lag(cursor: Cursor | null): Promise<ConsumerLag>;
  /** The batches after the cursor up to the end at the call, in order: for counting, and for finding a place. */
  summaries(from: Cursor | null): AsyncIterable<BatchSummary>;
  /** Drops the oldest batches that the policy does not keep. Returns how many bytes were freed. */
  trim(policy: RetentionPolicy): Promise<number>;
  close(): Promise<void>;
}
