/**
 * What the journal's writer remembers: its last entry, its totals and each topic's counters. There is one writer, so
 * memory is the truth between commits; it only changes after the commit that wrote the same to the disk.
 */
import type { TopicInfo } from '../../core/ports/change-log.ts';
import { type BatchHead, NO_TOTALS, type Totals } from './batch-codec.ts';
import type { LogTables, TableWriter } from './log-environment.ts';
import { sealRecord, unsealRecord } from './sealed-record.ts';

interface JournalRecord {
  readonly lastEntry: number;
  readonly totals: Totals;
}

/** The journal as it will be after an append. */
export class JournalPlan {
  lastEntry: number;
  totals: Totals;
  readonly touched = new Map<string, TopicInfo>();
  readonly #topics: ReadonlyMap<string, TopicInfo>;

  constructor(record: JournalRecord, topics: ReadonlyMap<string, TopicInfo>) {
    this.lastEntry = record.lastEntry;
    this.totals = record.totals;
    this.#topics = topics;
  }

  /** Offset that the topic's next record gets. */
  offsetOf(topic: string): number {
    return this.#topic(topic).nextOffset;
  }

  add(head: BatchHead): void {
    const topic = this.#topic(head.topic);
    this.lastEntry += 1;
    this.totals = head.totals;
    this.touched.set(head.topic, {
      ...topic,
      nextOffset: head.baseOffset + head.count,
      bytes: topic.bytes + head.valueBytes,
      lastTimestampMs: Math.max(topic.lastTimestampMs, head.timestampMs),
    });
  }

  drop(head: BatchHead): void {
    const topic = this.#topic(head.topic);
    this.touched.set(head.topic, {
      ...topic,
      firstOffset: head.baseOffset + head.count,
      bytes: topic.bytes - head.valueBytes,
    });
  }

  save(write: TableWriter, tables: LogTables): void {
    const record: JournalRecord = { lastEntry: this.lastEntry, totals: this.totals };
    write.put(tables.meta, 'journal', sealRecord(record));
    for (const topic of this.touched.values()) write.put(tables.topics, topic.topic, sealRecord(topic));
  }

  #topic(topic: string): TopicInfo {
    const known = this.touched.get(topic) ?? this.#topics.get(topic);
    return known ?? { topic, partition: 0, firstOffset: 0, nextOffset: 0, bytes: 0, lastTimestampMs: 0 };
  }
}

export class Journal {
  #record: JournalRecord;
  readonly #topics = new Map<string, TopicInfo>();

  private constructor(record: JournalRecord) {
    this.#record = record;
  }

  static load(tables: LogTables): Journal {
    const sealed = tables.meta.getBinary('journal');
    const record = sealed ? unsealRecord<JournalRecord>(sealed, 'the journal record') : EMPTY;
    const journal = new Journal(record);
    for (const { key, value } of tables.topics.getRange()) {
      journal.#topics.set(key, unsealRecord<TopicInfo>(value, `the record of topic ${key}`));
    }
    return journal;
  }

  get lastEntry(): number {
    return this.#record.lastEntry;
  }

  get totals(): Totals {
    return this.#record.totals;
  }

  topics(): TopicInfo[] {
    return [...this.#topics.values()];
  }

  plan(): JournalPlan {
    return new JournalPlan(this.#record, this.#topics);
  }

  /** Call when what `plan.save` wrote is committed. */
  accept(plan: JournalPlan): void {
    this.#record = { lastEntry: plan.lastEntry, totals: plan.totals };
    for (const [name, topic] of plan.touched) this.#topics.set(name, topic);
  }
}

const EMPTY: JournalRecord = { lastEntry: 0, totals: NO_TOTALS };
