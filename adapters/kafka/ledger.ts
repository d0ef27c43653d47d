/**
 * How many records and bytes lie behind a cursor. Commits do not carry running totals, because writers that do not
 * know of each other share the index; the ledger adds up the index once, from the earliest cursor asked for, and keeps
 * a mark every so often.
 */
import type { ConsumerLag } from '../../core/ports/change-log.ts';
import type { Commit } from './commit-record.ts';
import { comparePositions, type Position, positionAt } from './cursor.ts';
import type { IndexTail } from './index-tail.ts';

interface Sums {
  readonly records: number;
  readonly bytes: number;
  /** Newest time so far; -Infinity before the first batch. */
  readonly newestMs: number;
}

interface Mark extends Sums {
  readonly commit: number;
}

const COMMITS_PER_MARK = 64;
const NOTHING: Sums = { records: 0, bytes: 0, newestMs: -Infinity };

export class Ledger {
  readonly #index: IndexTail;
  /** Sums up to commits, in order; the first is the origin. */
  #marks: Mark[] = [];
  #sinceMark = 0;
  #end: Mark | null = null;
  #working: Promise<void> = Promise.resolve();

  constructor(index: IndexTail) {
    this.#index = index;
  }

  /** What follows `from`, which is not before the oldest batch that is there. */
  async lagAfter(from: Position): Promise<ConsumerLag> {
    const read = this.#working.then(() => this.#lagAfter(from));
    this.#working = read.then(
      () => undefined,
      () => undefined,
    );
    return read;
  }

  async #lagAfter(from: Position): Promise<ConsumerLag> {
    // The commit before the cursor tells the time that it has passed.
    const origin = from.commit - 1;
    const oldest = await this.#index.start();
    const first = this.#marks[0]?.commit ?? Infinity;
    if (first < oldest || first > Math.max(origin, oldest)) this.#restart(Math.max(origin, oldest));
    await this.#index.end(); // what is known of it may be a moment old
    await this.#follow();
    const end = this.#end!;
    const at = await this.#sumsAt(from);
    if (end.records === at.records) return { records: 0, bytes: 0, behindMs: 0 };
    const passedMs = at.newestMs === -Infinity ? await this.#firstTime(from) : at.newestMs;
    return {
      records: end.records - at.records,
      bytes: end.bytes - at.bytes,
      behindMs: Math.max(0, end.newestMs - passedMs),
    };
  }

  #restart(commit: number): void {
    this.#end = { ...NOTHING, commit };
    this.#marks = [this.#end];
    this.#sinceMark = 0;
  }

  async #follow(): Promise<void> {
    for (;;) {
      const { commits, next, isEnd } = await this.#index.read(this.#end!.commit);
      for (const commit of commits) {
        this.#end = { ...addCommit(this.#end!, commit), commit: commit.offset + 1 };
        this.#sinceMark += 1;
        if (this.#sinceMark < COMMITS_PER_MARK) continue;
        this.#marks.push(this.#end);
        this.#sinceMark = 0;
      }
      if (isEnd) return;
      if (next > this.#end!.commit) this.#end = { ...this.#end!, commit: next };
    }
  }

  async #sumsAt(position: Position): Promise<Sums> {
    const { commit: end } = this.#end!;
    if (comparePositions(position, positionAt(end)) >= 0) return this.#end!;
    const mark = this.#marks.findLast(({ commit }) => commit <= position.commit) ?? this.#marks[0]!;
    let sums: Sums = mark;
    for (let from = mark.commit; from <= position.commit;) {
      const { commits, next, isEnd } = await this.#index.read(from);
      for (const commit of commits) {
        if (commit.offset > position.commit) return sums;
        sums = commit.offset < position.commit ? addCommit(sums, commit) : addBefore(sums, commit, position);
      }
      if (isEnd) return sums;
      from = next;
    }
    return sums;
  }

  /** Time of the first batch after the position. */
  async #firstTime(from: Position): Promise<number> {
    for (let scan = from.commit; ;) {
      const { commits, next, isEnd } = await this.#index.read(scan);
      for (const commit of commits) {
        const skipped = commit.offset === from.commit ? from.batch : 0;
        const batch = commit.batches[skipped];
        if (batch) return batch.timestampMs;
      }
      if (isEnd) return this.#end!.newestMs;
      scan = next;
    }
  }
}

const addCommit = (sums: Sums, { batches }: Commit): Sums => batches.reduce(addBatch, sums);

function addBatch(
  sums: Sums,
  batch: { readonly count: number; readonly bytes: number; readonly timestampMs: number },
): Sums {
  return {
    records: sums.records + batch.count,
    bytes: sums.bytes + batch.bytes,
    newestMs: Math.max(sums.newestMs, batch.timestampMs),
  };
}

/** Adds what the position has passed of its commit. */
function addBefore(sums: Sums, { batches }: Commit, { batch: number, record }: Position): Sums {
  const whole = batches.slice(0, number).reduce(addBatch, sums);
  const torn = batches[number];
  if (record === 0 || torn === undefined) return whole;
  const bytes = Math.round((torn.bytes * record) / torn.count);
  return addBatch(whole, { count: record, bytes, timestampMs: torn.timestampMs });
}
