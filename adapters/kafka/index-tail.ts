/**
 * The index topic as readers need it: commits from any place, the newest from memory, and one request that waits for
 * the next commit on behalf of all readers.
 */
import { DolistreamError } from '../../core/errors.ts';
import { type Commit, decodeCommit } from './commit-record.ts';
import { type CommittedChunk, fetchCommitted, offsetBounds } from './committed-reader.ts';
import type { ClusterLink } from './cluster-link.ts';

const CHUNK_BYTES = 1024 * 1024;
/** Kept for readers that follow closely. */
const RECENT_COMMITS = 512;
/** How long one request waits for the next commit; a reader that is aborted does not wait for it. */
const POLL_MS = 2_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** How far before the end the newest commit is looked for first. */
const FIRST_LOOK_BACK = 64;

export interface Commits {
  readonly commits: readonly Commit[];
  /** Offset to go on from; beyond the last commit when the brokers' marks follow it. */
  readonly next: number;
  /** False when there may be more already. */
  readonly isEnd: boolean;
}

export class IndexTail {
  readonly #link: ClusterLink;
  readonly #topic: string;
  /** What follows offset `#recentFrom`, without a gap up to `#end`. */
  #recent: Commit[] = [];
  #recentFrom = 0;
  #end: number | null = null;
  #last: number | null = null;
  #ownEnd = 0;
  #polling: Promise<void> | null = null;
  readonly #waiting = new Set<() => void>();

  constructor(link: ClusterLink, topic: string) {
    this.#link = link;
    this.#topic = topic;
  }

  /** This process committed before this offset: readers here must see it, and the brokers show it a moment later. */
  committed(end: number): void {
    this.#ownEnd = Math.max(this.#ownEnd, end);
  }

  /** Commits at or after `from`, some or, up to the end, all. Rejects with LOG_TRIMMED or LOG_CORRUPT. */
  async read(from: number): Promise<Commits> {
    const recent = this.#recentSince(from);
    const knowsOwn = this.#end !== null && this.#end >= this.#ownEnd;
    if (recent.commits.length > 0 && knowsOwn) return recent;
    await this.#advance(0);
    if (from > this.#end!) throw this.#lost(from);
    const newer = this.#recentSince(from);
    if (newer.commits.length > 0 || this.#isInTail(from)) return newer;
    return this.#readOlder(from);
  }

  /** Offset after the newest commit; null when there never was one. */
  async end(): Promise<number | null> {
    await this.#advance(0);
    return this.#last === null ? null : this.#last + 1;
  }

  /** Oldest offset that may hold a commit. */
  async start(): Promise<number> {
    return (await this.#bounds()).start;
  }

  /** Resolves when there is a commit at or after `from`, after `waitMs`, or when `signal` aborts. Rejects when the brokers cannot be reached. */
  async wait(from: number, waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted || (this.#last !== null && this.#last >= from)) return;
    let failure: unknown;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(waitMs, LONGEST_TIMER_MS));
      this.#waiting.add(wake);
      signal?.addEventListener('abort', wake, { once: true });
      this.#poll().catch((error: unknown) => {
        failure = error;
        wake();
      });
    });
    if (failure !== undefined) throw failure;
  }

  /** Releases everybody who waits. */
  wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** One waiting request at a time, as long as somebody waits. */
  async #poll(): Promise<void> {
    this.#polling ??= (async () => {
      try {
        while (this.#waiting.size > 0 && !this.#link.isClosed) await this.#advance(POLL_MS);
      } finally {
        this.#polling = null;
      }
    })();
    await this.#polling;
  }

  /** Takes in what was committed since the last time, at least what this process committed. */
  async #advance(waitMs: number): Promise<void> {
    if (this.#end === null) await this.#findEnd();
    for (;;) {
      const from = this.#end!;
      const chunk = await this.#fetch(from, from < this.#ownEnd ? POLL_MS : waitMs);
      if (chunk.isOutOfRange && from >= chunk.logStart) throw this.#lost(from);
      this.#take(from, chunk);
      if (this.#end! >= chunk.stableEnd && this.#end! >= this.#ownEnd) return;
    }
  }

  #take(from: number, chunk: CommittedChunk): void {
    // Two requests may have been under way from the same place.
    if (this.#end !== from) return;
    const commits = this.#decode(chunk);
    this.#end = chunk.isOutOfRange ? chunk.logStart : chunk.next;
    if (commits.length === 0) return;
    this.#last = commits.at(-1)!.offset;
    this.#recent.push(...commits);
    if (this.#recent.length > 2 * RECENT_COMMITS) {
      this.#recent = this.#recent.slice(-RECENT_COMMITS);
      this.#recentFrom = this.#recent[0]!.offset;
    }
    this.wake();
  }

  /** Goes back from the end until there is a commit: between the last one and the end are marks and aborted ones. */
  async #findEnd(): Promise<void> {
    const { start, end: stableEnd } = await this.#bounds();
    for (let back = FIRST_LOOK_BACK; ; back *= 4) {
      const from = Math.max(start, stableEnd - back);
      let next = from;
      const newest: Commit[] = [];
      while (next < stableEnd) {
        const chunk = await this.#fetch(next, 0);
        newest.push(...this.#decode(chunk));
        next = chunk.next;
      }
      const last = newest.at(-1);
      if (last === undefined && from > start) continue;
      if (this.#end !== null) return;
      this.#last = last?.offset ?? null;
      this.#recent = newest;
      this.#recentFrom = from;
      this.#end = next;
      return;
    }
  }

  #isInTail(from: number): boolean {
    return from >= this.#recentFrom;
  }

  #recentSince(from: number): Commits {
    const next = this.#end ?? from;
    if (!this.#isInTail(from)) return { commits: [], next: from, isEnd: false };
    const at = this.#recent.findIndex((commit) => commit.offset >= from);
    return { commits: at < 0 ? [] : this.#recent.slice(at), next: Math.max(next, from), isEnd: true };
  }

  async #readOlder(from: number): Promise<Commits> {
    const chunk = await this.#fetch(from, 0);
    if (chunk.isOutOfRange) throw from < chunk.logStart ? this.#trimmed(from) : this.#lost(from);
    return { commits: this.#decode(chunk), next: chunk.next, isEnd: false };
  }

  #fetch(offset: number, waitMs: number): Promise<CommittedChunk> {
    const lane = waitMs === 0 ? 'read' : 'wait';
    return this.#link.retrying('reading the index of the log', () =>
      fetchCommitted(
        this.#link,
        { topic: this.#topic, partition: 0, offset },
        { waitMs, maxBytes: CHUNK_BYTES, lane },
      ),
    );
  }

  #bounds(): Promise<{ start: number; end: number }> {
    return this.#link.retrying('reading the index of the log', () =>
      offsetBounds(this.#link, { topic: this.#topic, partition: 0 }),
    );
  }

  #trimmed(from: number): DolistreamError {
    return new DolistreamError('LOG_TRIMMED', `${this.#topic} no longer holds offset ${from}`, {
      fix: `Keep records longer (retention of ${this.#topic}), and backfill what was lost.`,
    });
  }

  #lost(from: number): DolistreamError {
    return new DolistreamError(
      'LOG_CORRUPT',
      `"${from}" is not a place in this change log, which ends at ${this.#end ?? 0}`,
      {
        fix: 'The state is of another log, or the topic lost its newest records: start with a new topic prefix.',
      },
    );
  }

  #decode(chunk: CommittedChunk): Commit[] {
    return chunk.records.flatMap(({ offset, value }) =>
      value === null ? [] : [decodeCommit(this.#topic, offset, value)],
    );
  }
}
