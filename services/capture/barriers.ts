/**
 * Work that needs a consistent snapshot of the source and the stream at exactly that place: comparing source and
 * warehouse, copying tables without a key, and telling the shape of tables after a DDL.
 *
 * A snapshot is opened between two transactions, with the stream held, at or ahead of the stream. The stream then goes on until it has read exactly what the snapshot saw; there the work is done, again with the stream held.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { DolistreamError } from '../../core/errors.ts';
import type { ChangeSource, Snapshot } from '../../core/ports/change-source.ts';
import { comparePlaces, type SourcePosition } from '../../core/position.ts';
import type { GapWork } from './stream-gaps.ts';

export interface BarrierTask {
  /** Tables to look at; all captured ones when not given. */
  readonly tables?: readonly string[];
  /** Runs where stream and snapshot meet; the stream is held until it settles. The snapshot stays open. */
  readonly atBarrier: (snapshot: Snapshot) => Promise<void>;
}

const BETWEEN_ATTEMPTS_MS = 10;
/** Places of different servers do not compare; after so many attempts the stream is waited for. */
const MAX_ATTEMPTS = 50;

interface PendingTask {
  readonly task: BarrierTask;
  readonly resolve: (snapshot: Snapshot) => void;
  readonly reject: (error: unknown) => void;
}

interface ActiveTask {
  readonly pending: PendingTask;
  readonly snapshot: Snapshot;
}

export class Barriers implements GapWork {
  readonly #source: ChangeSource;
  readonly #waiting: PendingTask[] = [];
  #active: ActiveTask | null = null;

  constructor(source: ChangeSource) {
    this.#source = source;
  }

  /** Queues a task; resolves with the open snapshot (the caller disposes of it) once `atBarrier` is done. */
  add(task: BarrierTask): Promise<Snapshot> {
    return new Promise((resolve, reject) => this.#waiting.push({ task, resolve, reject }));
  }

  /** To be called between two transactions, with the stream's place. A promise: hold the stream until it settles. */
  between(position: SourcePosition): Promise<void> | null {
    const reached = this.#active !== null && this.#source.samePlace(this.#active.snapshot.position, position);
    if (!reached && (this.#active !== null || this.#waiting.length === 0)) return null;
    return this.#step(position);
  }

  /** The stream ended: nothing that waits can be reached any more. */
  async abandon(): Promise<void> {
    const error = new DolistreamError(
      'SOURCE_DISCONNECTED',
      'The stream broke before it reached the snapshot',
      {
        fix: 'Try again once capture has reconnected',
        retryable: true,
      },
    );
    const active = this.#active;
    this.#active = null;
    if (active) {
      await active.snapshot[Symbol.asyncDispose]();
      active.pending.reject(error);
    }
    for (const pending of this.#waiting.splice(0)) pending.reject(error);
  }

  /** Opens the next snapshot, or does the work of the one that is reached; goes on while stream and snapshot meet. */
  async #step(position: SourcePosition): Promise<void> {
    for (;;) {
      this.#active ??= await this.#open(position);
      if (!this.#active || !this.#source.samePlace(this.#active.snapshot.position, position)) return;
      const { pending, snapshot } = this.#active;
      this.#active = null;
      try {
        await pending.task.atBarrier(snapshot);
        pending.resolve(snapshot);
      } catch (error) {
        await snapshot[Symbol.asyncDispose]();
        pending.reject(error);
      }
    }
  }

  async #open(position: SourcePosition): Promise<ActiveTask | null> {
    const pending = this.#waiting.shift();
    if (!pending) return null;
    try {
      return { pending, snapshot: await this.#openAtOrAhead(position, pending.task.tables) };
    } catch (error) {
      pending.reject(error);
      return null;
    }
  }

  /**
   * A server sends a transaction to its readers a moment before a new snapshot sees it (MariaDB: the dump thread is
   * woken before commit_ordered), so a snapshot can be behind the stream: then there is another, a moment later.
   */
  async #openAtOrAhead(position: SourcePosition, tables: readonly string[] | undefined): Promise<Snapshot> {
    for (let attempt = 1; ; attempt++) {
      const snapshot = await this.#source.snapshot(tables);
      const behind =
        !this.#source.samePlace(snapshot.position, position) &&
        comparePlaces(snapshot.position, position) < 0;
      if (!behind || attempt === MAX_ATTEMPTS) return snapshot;
      await snapshot[Symbol.asyncDispose]();
      await pause(BETWEEN_ATTEMPTS_MS);
    }
  }
}
