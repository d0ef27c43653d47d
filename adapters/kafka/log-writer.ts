/**
 * Appends: records, their entry in the index, the log's notes and the owners' states in one Kafka transaction. The
 * newest process with the transactional id writes; one that was overtaken is told so and stops.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { DolistreamError } from '../../core/errors.ts';
import type { RecordBatch, StateChange } from '../../core/ports/change-log.ts';
import { AppendWriter } from './append-writer.ts';
import { checkShape, MAX_PARTITIONS, type TopicShape } from './batch-plan.ts';
import type { ClusterLink } from './cluster-link.ts';
import { encodeCommit, type CommittedBatch } from './commit-record.ts';
import { checkCode, ErrorCode, isFenced, isTransient } from './failures.ts';
import { type Compression, encodePlainBatch } from './protocol/record-batch-writer.ts';
import type { Partition } from './protocol/requests.ts';
import { type StateTable, topicKey, type TopicNote, writerKey } from './state-table.ts';
import { createTopics, dataTopic, type DataTopicOptions } from './topic-setup.ts';
import { partitionName, TransactionalProducer } from './transactional-producer.ts';

export interface LogWriterOptions {
  readonly transactionalId: string;
  readonly transactionTimeoutMs: number;
  readonly indexTopic: string;
  readonly stateTopic: string;
  readonly compression: Compression;
  readonly topics: DataTopicOptions;
  readonly clock: Clock;
  /** Called with the offset after the entry in the index. */
  readonly onCommitted: (indexEnd: number) => void;
}

type KeyedJson = readonly [key: string, json: string];

const jsonOf = (value: unknown): string => JSON.stringify(value);

export class LogWriter {
  readonly #link: ClusterLink;
  readonly #options: LogWriterOptions;
  readonly #states: StateTable;
  readonly #producer: TransactionalProducer;
  /** Marks this process among those that use the transactional id. */
  readonly #instance = randomUUID();
  #hasClaimed = false;
  /** False: what the last transaction came to is not known here, and the broker must be asked to end it. */
  #isSettled = false;
  readonly #notes = new Map<string, TopicNote>();
  readonly #shapes = new Map<string, TopicShape>();
  #queue: Promise<void> = Promise.resolve();

  constructor(link: ClusterLink, states: StateTable, options: LogWriterOptions) {
    this.#link = link;
    this.#states = states;
    this.#options = options;
    this.#producer = new TransactionalProducer(link, options);
  }

  /**
   * Takes over the transactional id, and again after an append that failed: then it came through or it did not, and
   * the states in Kafka tell which.
   */
  settle(): Promise<void> {
    return this.#inTurn(() => this.#guarded('opening the log for writing', () => this.#settle()));
  }

  append(batches: readonly RecordBatch[], changes: readonly StateChange[]): Promise<void> {
    for (const batch of batches) checkShape(batch);
    const states = changes.map(({ owner, state }): KeyedJson => [owner, jsonOf(state)]);
    return this.#inTurn(() =>
      this.#guarded('appending to the log', async () => {
        await this.#settle();
        await this.#prepareTopics(batches);
        await this.#transact(batches, states);
      }),
    );
  }

  /** Sets notes of the log itself. */
  setNotes(notes: readonly KeyedJson[]): Promise<void> {
    return this.#inTurn(() =>
      this.#guarded('writing to the log', async () => {
        await this.#settle();
        await this.#transact([], notes);
      }),
    );
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#queue;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /** Tries again while that may help; a fenced producer finds out who fenced it first. */
  #guarded(doing: string, attempt: () => Promise<void>): Promise<void> {
    return this.#link.retrying(doing, async () => {
      try {
        await attempt();
      } catch (error) {
        if (!isFenced(error)) throw error;
        this.#isSettled = false;
        await this.#checkClaim();
        // Nobody took over: the broker ended a transaction that took too long, and a new epoch goes on.
        checkCode(ErrorCode.invalidTransactionState);
      }
    });
  }

  async #settle(): Promise<void> {
    if (this.#isSettled) return;
    // A first start must not wait for the states: what a dead predecessor left open, which it ends, hides them.
    if (this.#hasClaimed) await this.#checkClaim();
    await this.#producer.start();
    await this.#checkClaim();
    this.#notes.clear();
    if (!this.#hasClaimed) await this.#transact([], [[this.#claimKey, jsonOf({ instance: this.#instance })]]);
    this.#hasClaimed = true;
    this.#isSettled = true;
  }

  get #claimKey(): string {
    return writerKey(this.#options.transactionalId);
  }

  async #checkClaim(): Promise<void> {
    await this.#states.refresh();
    if (!this.#hasClaimed) return;
    const claim = this.#states.get(this.#claimKey) as { readonly instance?: string } | null;
    if (claim?.instance === this.#instance) return;
    throw new DolistreamError(
      'LOG_FENCED',
      `Another process writes the log as "${this.#options.transactionalId}" now, so this one may not`,
      { fix: 'Stop one of the two; each writer needs a transactional id of its own.' },
    );
  }

  async #prepareTopics(batches: readonly RecordBatch[]): Promise<void> {
    const unknown = batches.filter(({ topic }) => !this.#shapes.has(topic));
    if (unknown.length === 0) return;
    await this.#states.refresh();
    for (const { topic } of unknown) this.#noteOf(topic);
    const keyed = new Map(unknown.map(({ topic, keySchemaId }) => [topic, keySchemaId !== null]));
    const wanted = [...keyed].map(([topic, isKeyed]) => dataTopic(topic, isKeyed, this.#options.topics));
    await createTopics(this.#link, wanted);
    const leaders = await this.#link.leadersOf([...keyed.keys()]);
    for (const { topic, configs } of wanted) {
      const partitions = Math.min(leaders.get(topic)?.length ?? 1, MAX_PARTITIONS);
      this.#shapes.set(topic, { partitions, needsKey: configs['cleanup.policy'] === 'compact' });
    }
  }

  async #transact(batches: readonly RecordBatch[], states: readonly KeyedJson[]): Promise<void> {
    const { indexTopic, stateTopic, compression } = this.#options;
    const writer = new AppendWriter(batches, {
      shapeOf: (topic) => this.#shapes.get(topic)!,
      compression,
    });
    const index = { topic: indexTopic, partition: 0 };
    const state = { topic: stateTopic, partition: 0 };
    this.#isSettled = false;
    try {
      const hasBatches = batches.length > 0;
      await this.#producer.begin([...writer.partitions, ...(hasBatches ? [index] : []), state]);
      await writer.send(this.#producer);
      const numbered = this.#number(batches, writer);
      const offsets = await this.#producer.produce([
        ...(hasBatches ? [this.#indexEntry(index, numbered.committed)] : []),
        ...this.#stateRecords(state, [...numbered.notes, ...states]),
      ]);
      await this.#commit();
      for (const [topic, note] of numbered.byTopic) this.#notes.set(topic, note);
      this.#isSettled = true;
      if (hasBatches) this.#options.onCommitted(offsets.get(partitionName(index))! + 1);
    } catch (error) {
      if (!isTransient(error) && !isFenced(error)) await this.#abort();
      throw error;
    }
  }

  /** Gives the batches their offsets in the log, and each topic its new end. */
  #number(
    batches: readonly RecordBatch[],
    writer: AppendWriter,
  ): { committed: CommittedBatch[]; notes: KeyedJson[]; byTopic: Map<string, TopicNote> } {
    const byTopic = new Map<string, TopicNote>();
    const committed = batches.map((batch, number): CommittedBatch => {
      const { topic, count, valueSchemaId, keySchemaId, timestampMs, firstSeq, lastSeq } = batch;
      const before = byTopic.get(topic) ?? this.#noteOf(topic);
      const bytes = batch.values.length;
      byTopic.set(topic, {
        writer: this.#options.transactionalId,
        next: before.next + count,
        bytes: before.bytes + bytes,
        newestMs: Math.max(before.newestMs, timestampMs),
      });
      const lanes = writer.plans[number]!.lanes;
      const schemas = { valueSchemaId, keySchemaId };
      const place = { parts: writer.parts[number]!, lanes: lanes && Buffer.from(lanes).toString('base64') };
      return {
        topic,
        offset: before.next,
        count,
        bytes,
        ...schemas,
        timestampMs,
        firstSeq,
        lastSeq,
        ...place,
      };
    });
    const notes = [...byTopic].map(([topic, note]): KeyedJson => [topicKey(topic), jsonOf(note)]);
    return { committed, notes, byTopic };
  }

  #noteOf(topic: string): TopicNote {
    const writer = this.#options.transactionalId;
    const note = this.#notes.get(topic) ?? this.#states.topicNote(topic);
    if (note === null || note.writer === writer) return note ?? { writer, next: 0, bytes: 0, newestMs: 0 };
    throw new DolistreamError(
      'CONFIG_INVALID',
      `Topic ${topic} is written by "${note.writer}", so "${writer}" cannot write it too`,
      { fix: 'Give each writer its own topics.' },
    );
  }

  #indexEntry(index: Partition, committed: readonly CommittedBatch[]) {
    const records = [{ key: null, value: encodeCommit(committed) }];
    const newestMs = Math.max(...committed.map(({ timestampMs }) => timestampMs));
    return { ...index, bytes: encodePlainBatch(records, newestMs, this.#producer.stamp(index, 1)) };
  }

  #stateRecords(state: Partition, entries: readonly KeyedJson[]) {
    if (entries.length === 0) return [];
    const records = entries.map(([key, json]) => ({ key, value: Buffer.from(json) }));
    const stamp = this.#producer.stamp(state, records.length);
    return [{ ...state, bytes: encodePlainBatch(records, this.#options.clock.now(), stamp) }];
  }

  /** A commit that is not answered is sent again; when no answer ever comes, nobody knows its outcome. */
  async #commit(): Promise<void> {
    let attempts = 0;
    try {
      await this.#link.repeat(() => {
        attempts += 1;
        return this.#producer.end(true);
      });
    } catch (error) {
      // Refused at once: nothing was committed.
      if (attempts === 1 && !isTransient(error)) throw error;
      throw new DolistreamError(
        'LOG_WRITE_FAILED',
        `Kafka did not answer whether an append was committed: ${(error as Error).message}`,
        { fix: 'Read the state again before going on: it tells.', retryable: true, cause: error },
      );
    }
  }

  /** Readers wait for open transactions. One that cannot be ended now is when the next begins, or by the broker. */
  async #abort(): Promise<void> {
    await this.#producer.end(false).catch(() => undefined);
  }
}
