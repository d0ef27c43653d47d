/**
 * Drops the oldest batches. First a note says from where on the log is kept, then the brokers delete: whoever meets
 * records that are gone looks into the note, and knows whether they were trimmed or lost.
 */
import type { Clock } from '../../core/clock.ts';
import { DolistreamError } from '../../core/errors.ts';
import type { RetentionPolicy } from '../../core/ports/change-log.ts';
import type { ClusterLink } from './cluster-link.ts';
import type { CommittedBatch } from './commit-record.ts';
import { comparePositions, formatCursor, parseCursor, type Position, positionAt } from './cursor.ts';
import { checkCode, ErrorCode } from './failures.ts';
import type { IndexTail } from './index-tail.ts';
import type { LogWriter } from './log-writer.ts';
import { afterBatch } from './read-plan.ts';
import { deleteRecordsRequest, type Partition } from './protocol/requests.ts';
import { type StateTable, TRIM_KEY, type TrimNote } from './state-table.ts';
import { partitionName } from './transactional-producer.ts';

const DELETE_TIMEOUT_MS = 30_000;

/** Where a reader begins. */
export interface LogStart {
  /** The reader's place, moved past what was trimmed; null: nothing was ever trimmed or read. */
  readonly at: Position | null;
  /** Offset in the index to look from. */
  readonly scan: number;
}

/** What goes: sums by topic, and up to where in each partition. */
class Droppings {
  before: Position | null = null;
  bytes = 0;
  readonly topics = new Map<string, { records: number; bytes: number }>();
  readonly partitions = new Map<string, Partition & { before: number }>();

  add(batch: CommittedBatch, after: Position): void {
    this.before = after;
    this.bytes += batch.bytes;
    const sums = this.topics.get(batch.topic) ?? { records: 0, bytes: 0 };
    this.topics.set(batch.topic, {
      records: sums.records + batch.count,
      bytes: sums.bytes + batch.bytes,
    });
    for (const { partition, base, count } of batch.parts) {
      const place = { topic: batch.topic, partition, before: base + count };
      this.partitions.set(partitionName(place), place);
    }
  }
}

export class Trimmer {
  readonly #link: ClusterLink;
  readonly #index: IndexTail;
  readonly #states: StateTable;
  readonly #options: { readonly indexTopic: string; readonly clock: Clock };

  constructor(
    deps: { readonly link: ClusterLink; readonly index: IndexTail; readonly states: StateTable },
    options: { readonly indexTopic: string; readonly clock: Clock },
  ) {
    this.#link = deps.link;
    this.#index = deps.index;
    this.#states = deps.states;
    this.#options = options;
  }

  /**
   * Runs `work` from where a reader at `from` begins; once more when it finds that the log was trimmed meanwhile, by
   * this process or another. A reader that is behind what was trimmed goes on after it, but not beyond `until`.
   */
  async withStart<Result>(
    from: Position | null,
    until: Position | null,
    work: (start: LogStart) => Promise<Result>,
  ): Promise<Result> {
    if (from === null) await this.#states.refresh();
    const start = await this.#startOf(from, until);
    try {
      return await work(start);
    } catch (error) {
      if (!(error instanceof DolistreamError) || error.code !== 'LOG_TRIMMED') throw error;
      await this.#states.refresh();
      const trimmedTo = this.#trimmedTo();
      const isTrimmed =
        trimmedTo !== null && comparePositions(trimmedTo, start.at ?? positionAt(start.scan)) > 0;
      if (!isTrimmed) throw error;
      return work(await this.#startOf(from, until));
    }
  }

  /** Returns how many bytes of values were dropped. */
  async trim(writer: LogWriter, policy: RetentionPolicy): Promise<number> {
    await this.#states.refresh();
    const dropped = await this.#choose(policy);
    if (dropped.before === null) return 0;
    await writer.setNotes([[TRIM_KEY, JSON.stringify(this.#noteAfter(dropped))]]);
    await this.#states.refresh();
    await this.#link.retrying('deleting old records', () => this.#deleteRecords(dropped));
    return dropped.bytes;
  }

  #trimmedTo(): Position | null {
    const note = this.#states.trimNote();
    return note === null ? null : parseCursor(note.before);
  }

  async #startOf(from: Position | null, until: Position | null): Promise<LogStart> {
    const trimmedTo = this.#trimmedTo();
    if (trimmedTo === null || (from !== null && comparePositions(from, trimmedTo) >= 0)) {
      return { at: from, scan: from?.commit ?? (await this.#index.start()) };
    }
    const at = until !== null && comparePositions(trimmedTo, until) > 0 ? until : trimmedTo;
    return { at, scan: at.commit };
  }

  async #choose(policy: RetentionPolicy): Promise<Droppings> {
    const keepFrom = policy.keepAfter.map(parseCursor).sort(comparePositions)[0] ?? null;
    const oldestMs = policy.maxAgeMs === null ? -Infinity : this.#options.clock.now() - policy.maxAgeMs;
    const dropped = new Droppings();
    const total = this.#keptBytes();
    const { at, scan } = await this.#startOf(null, null);
    for (let from = scan; ;) {
      const { commits, next, isEnd } = await this.#index.read(from);
      for (const { offset, batches } of commits) {
        for (const [number, batch] of batches.entries()) {
          const after = afterBatch(positionAt(offset, number), number + 1 === batches.length);
          if (at !== null && comparePositions(after, at) <= 0) continue;
          const isTooMuch = policy.maxBytes !== null && total - dropped.bytes > policy.maxBytes;
          const isNeeded = keepFrom !== null && comparePositions(after, keepFrom) > 0;
          if (isNeeded || !(isTooMuch || batch.timestampMs < oldestMs)) return dropped;
          dropped.add(batch, after);
        }
      }
      if (isEnd) return dropped;
      from = next;
    }
  }

  #keptBytes(): number {
    const appended = this.#states.topicNotes().reduce((sum, [, { bytes }]) => sum + bytes, 0);
    const trimmed = Object.values(this.#states.trimNote()?.topics ?? {});
    return trimmed.reduce((sum, { bytes }) => sum - bytes, appended);
  }

  #noteAfter(dropped: Droppings): TrimNote {
    const topics = { ...this.#states.trimNote()?.topics };
    for (const [topic, { records, bytes }] of dropped.topics) {
      const before = topics[topic] ?? { records: 0, bytes: 0 };
      topics[topic] = { records: before.records + records, bytes: before.bytes + bytes };
    }
    return { before: formatCursor(dropped.before!), topics };
  }

  async #deleteRecords(dropped: Droppings): Promise<void> {
    const end = await this.#index.end();
    // The newest entry stays: it tells where the log ends.
    const before = Math.min(dropped.before!.commit, (end ?? 1) - 1);
    const index = { topic: this.#options.indexTopic, partition: 0, before };
    for (const place of [...dropped.partitions.values(), index]) {
      const request = deleteRecordsRequest([place], DELETE_TIMEOUT_MS);
      const [result] = await this.#link.toLeader(place, request, 'write');
      // A topic that is only compacted keeps its records; what the index no longer names is not read.
      if (result!.errorCode === ErrorCode.policyViolation) continue;
      checkCode(result!.errorCode, `topic ${place.topic}`);
    }
  }
}
