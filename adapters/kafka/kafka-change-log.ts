/**
 * The change log on Kafka. An append is one Kafka transaction: records on their topics, one entry in the index topic,
 * states. The order of the index is the order of the log over all topics; a reader reads the index, then the records
 * that it names.
 */
import { DolistreamError } from '../../core/errors.ts';
import type {
  BatchSummary,
  ChangeLog,
  ConsumerLag,
  Cursor,
  JsonValue,
  ReadOptions,
  ReadResult,
  RecordBatch,
  RetentionPolicy,
  StateChange,
  TopicInfo,
} from '../../core/ports/change-log.ts';
import type { ClusterLink } from './cluster-link.ts';
import { comparePositions, formatCursor, parseCursor, type Position, positionAt } from './cursor.ts';
import type { IndexTail } from './index-tail.ts';
import { Ledger } from './ledger.ts';
import type { LogWriter } from './log-writer.ts';
import { ReadPlan } from './read-plan.ts';
import { RecordFetcher } from './record-fetcher.ts';
import { checkOwner, type StateTable } from './state-table.ts';
import { describeTopics } from './topic-report.ts';
import type { LogStart, Trimmer } from './trimmer.ts';
import { summariesOf } from './summaries.ts';
import { untilAborted } from './until-aborted.ts';

export interface KafkaLogParts {
  readonly link: ClusterLink;
  readonly index: IndexTail;
  readonly states: StateTable;
  /** null: the log was opened for reading only. */
  readonly writer: LogWriter | null;
  readonly trimmer: Trimmer;
}

interface ReadBounds {
  readonly options: ReadOptions;
  readonly until: Position | null;
  /** By the clock of `performance.now`. */
  readonly deadline: number;
}

export class KafkaChangeLog implements ChangeLog {
  readonly #link: ClusterLink;
  readonly #index: IndexTail;
  readonly #states: StateTable;
  readonly #writer: LogWriter | null;
  readonly #trimmer: Trimmer;
  readonly #fetcher: RecordFetcher;
  readonly #ledger: Ledger;
  #isClosed = false;

  constructor(parts: KafkaLogParts) {
    this.#link = parts.link;
    this.#index = parts.index;
    this.#states = parts.states;
    this.#writer = parts.writer;
    this.#trimmer = parts.trimmer;
    this.#fetcher = new RecordFetcher(parts.link);
    this.#ledger = new Ledger(parts.index);
  }

  async append(batches: readonly RecordBatch[], changes: readonly StateChange[]): Promise<void> {
    this.#checkOpen();
    for (const { owner } of changes) checkOwner(owner);
    if (batches.length + changes.length > 0) await this.#writable().append(batches, changes);
  }

  async setState(changes: readonly StateChange[]): Promise<void> {
    await this.append([], changes);
  }

  async getState(owner: string): Promise<JsonValue> {
    this.#checkOpen();
    checkOwner(owner);
    await this.#writer?.settle();
    await this.#states.refresh();
    return this.#states.get(owner);
  }

  async read(options: ReadOptions): Promise<ReadResult> {
    this.#checkOpen();
    const from = options.from === null ? null : parseCursor(options.from);
    const until = options.until === undefined ? null : parseCursor(options.until);
    const deadline = performance.now() + options.waitMs;
    const nothing: ReadResult = { batches: [], cursor: options.from };
    const work = (): Promise<ReadResult> =>
      this.#trimmer
        .withStart(from, until, (start) => this.#readFrom(start, { options, until, deadline }))
        .catch((error: unknown) => {
          // A reader that waits when the log is closed comes back empty.
          if (this.#isClosed) return nothing;
          throw error;
        });
    return (await untilAborted(work, options.signal)) ?? nothing;
  }

  async end(): Promise<Cursor | null> {
    this.#checkOpen();
    const end = await this.#index.end();
    return end === null ? null : formatCursor(positionAt(end));
  }

  async topics(): Promise<readonly TopicInfo[]> {
    this.#checkOpen();
    await this.#states.refresh();
    return describeTopics(this.#states);
  }

  async lag(cursor: Cursor | null): Promise<ConsumerLag> {
    this.#checkOpen();
    const from = cursor === null ? null : parseCursor(cursor);
    return this.#trimmer.withStart(from, null, ({ at, scan }) =>
      this.#ledger.lagAfter(at ?? positionAt(scan)),
    );
  }

  async *summaries(cursor: Cursor | null): AsyncGenerator<BatchSummary> {
    this.#checkOpen();
    const end = await this.#index.end();
    const from = cursor === null ? null : parseCursor(cursor);
    const start = await this.#trimmer.withStart(from, null, (found) => Promise.resolve(found));
    for (let { scan } = start; end !== null && scan < end;) {
      const { commits, next } = await this.#index.read(scan);
      if (next <= scan) return;
      for (const commit of commits) yield* summariesOf(commit, start.at);
      scan = next;
    }
  }

  async trim(policy: RetentionPolicy): Promise<number> {
    this.#checkOpen();
    return this.#trimmer.trim(this.#writable(), policy);
  }

  /** Waits for the append in hand, releases waiting readers, closes the connections. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#index.wake();
    await this.#writer?.idle();
    this.#link.close();
  }

  async #readFrom(start: LogStart, { options, until, deadline }: ReadBounds): Promise<ReadResult> {
    const { topics } = options;
    const filter = { maxBytes: options.maxBytes, until, ...(topics === undefined ? {} : { topics }) };
    const plan = new ReadPlan(start.at, filter);
    for (let { scan } = start; !this.#isClosed && !options.signal?.aborted;) {
      if (until !== null && plan.at !== null && comparePositions(plan.at, until) >= 0) break;
      const found = await this.#index.read(scan);
      const takesMore = plan.add(found.commits);
      if (!takesMore || (found.isEnd && plan.wanted.length > 0)) break;
      scan = found.next;
      if (!found.isEnd) continue;
      const waitMs = deadline - performance.now();
      if (waitMs <= 0) break;
      await this.#index.wait(scan, waitMs, options.signal);
    }
    const batches = await this.#fetcher.fetch(plan.wanted);
    if (batches.length === 0 && plan.wanted.length > 0) {
      // Compaction left none of their records.
      return this.#readFrom({ at: plan.at, scan: plan.at!.commit }, { options, until, deadline });
    }
    return { batches, cursor: plan.at === null ? null : formatCursor(plan.at) };
  }

  #writable(): LogWriter {
    if (this.#writer) return this.#writer;
    throw new DolistreamError(
      'INTERNAL',
      'The change log was opened without a transactional id: for reading only',
    );
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new DolistreamError('INTERNAL', 'The change log is closed');
  }
}
