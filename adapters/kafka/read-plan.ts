import type { Commit, CommittedBatch } from './commit-record.ts';
import { comparePositions, type Position, positionAt } from './cursor.ts';
import type { WantedBatch } from './record-fetcher.ts';

export interface ReadFilter {
  readonly maxBytes: number;
  readonly until: Position | null;
  readonly topics?: (topic: string, lastSeq: number) => boolean;
}

/** Gathers what one read takes of the commits that it is shown in their order. */
export class ReadPlan {
  readonly wanted: WantedBatch[] = [];
  /** After the last batch that was looked at, wanted or not; as given while there was none. */
  at: Position | null;
  readonly #filter: ReadFilter;
  #bytes = 0;

  constructor(from: Position | null, filter: ReadFilter) {
    this.at = from;
    this.#filter = filter;
  }

  /** Returns false when the read is to take no more: its bytes are enough, or `until` is reached. */
  add(commits: readonly Commit[]): boolean {
    return commits.every(({ offset, batches }) =>
      batches.every((batch, number) =>
        this.#addBatch(batch, positionAt(offset, number), number + 1 === batches.length),
      ),
    );
  }

  #addBatch(batch: CommittedBatch, place: Position, isLastOfCommit: boolean): boolean {
    const { maxBytes, until, topics } = this.#filter;
    const { at } = this;
    const after = afterBatch(place, isLastOfCommit);
    if (at !== null && comparePositions(after, at) <= 0) return true;
    const isTorn = at !== null && at.commit === place.commit && at.batch === place.batch;
    const start = isTorn ? at : place;
    if (until !== null && comparePositions(start, until) >= 0) return false;
    if (topics?.(batch.topic, batch.lastSeq) ?? true) {
      if (this.wanted.length > 0 && this.#bytes + batch.bytes > maxBytes) return false;
      this.wanted.push({ batch, at: start, isLastOfCommit });
      this.#bytes += batch.bytes;
    }
    this.at = after;
    return this.wanted.length === 0 || this.#bytes < maxBytes;
  }
}

/** The place after a batch: the next one of its commit, or what comes after the commit. */
export function afterBatch({ commit, batch }: Position, isLastOfCommit: boolean): Position {
  return isLastOfCommit ? positionAt(commit + 1) : positionAt(commit, batch + 1);
}
