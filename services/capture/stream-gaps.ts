/**
 * The moments between two transactions of the stream, where work is done that must see no transaction half read. While
 * such work goes on the stream is held, so it must be short.
 */
import { DolistreamError } from '../../core/errors.ts';
import type { ChangeSource } from '../../core/ports/change-source.ts';
import { comparePlaces, type SourcePosition } from '../../core/position.ts';

/** What a stream session tells of itself. */
export interface StreamPlace {
  /** The place between two transactions where the stream stands; null inside of one. */
  gap(): SourcePosition | null;
  /** True once a transaction was read in this session, so that file names are those of the server at hand. */
  hasMoved(): boolean;
}

/** Work that looks by itself whether its place is reached; null: nothing to do here. */
export interface GapWork {
  between(position: SourcePosition): Promise<void> | null;
}

interface GapTask {
  readonly after: SourcePosition | null;
  readonly run: (position: SourcePosition) => Promise<void> | null;
  readonly reject: (error: unknown) => void;
}

export class StreamGaps {
  readonly #source: Pick<ChangeSource, 'samePlace'>;
  readonly #more: GapWork;
  #tasks: GapTask[] = [];
  #place: StreamPlace | null = null;
  #gate: Promise<void> | null = null;
  #onError: (error: unknown) => void = () => undefined;

  /** `more` is asked at each gap, after the tasks. */
  constructor(source: Pick<ChangeSource, 'samePlace'>, more: GapWork) {
    this.#source = source;
    this.#more = more;
  }

  /** While work goes on, transactions must wait for this. */
  get gate(): Promise<void> | null {
    return this.#gate;
  }

  /** Begins with a new stream; `onError` hears of failures that the stream itself does not wait for. */
  follow(place: StreamPlace, onError: (error: unknown) => void): void {
    this.#place = place;
    this.#onError = onError;
  }

  /**
   * Runs `work` at the first gap at or after `after`, at the very next one for null; works run in the order in which
   * they were given, as their places are reached. Rejects when the stream ends before.
   */
  run<Result>(
    after: SourcePosition | null,
    work: (position: SourcePosition) => Result | Promise<Result>,
  ): Promise<Result> {
    if (!this.#place) return Promise.reject(brokenStream());
    return new Promise((resolve, reject) => {
      const run = (position: SourcePosition): Promise<void> | null => {
        try {
          const result = work(position);
          if (result instanceof Promise) return result.then(resolve, reject);
          resolve(result);
        } catch (error) {
          reject(error as Error);
        }
        return null;
      };
      this.#tasks.push({ after, run, reject });
      this.kick();
    });
  }

  /** To be called between two transactions. A promise: hold the stream until it settles. */
  enter(position: SourcePosition): Promise<void> | null {
    if (this.#gate) return this.#gate;
    const pending = this.#step(position);
    if (!pending) return null;
    this.#gate = pending.finally(() => {
      this.#gate = null;
      // What came meanwhile must not wait for the next transaction, which may be hours away.
      queueMicrotask(() => this.kick());
    });
    return this.#gate;
  }

  /** Something may have become possible: does it at once when the stream stands in a gap. */
  kick(): void {
    const position = this.#gate === null ? this.#place?.gap() : null;
    if (position) this.enter(position)?.catch((error: unknown) => this.#onError(error));
  }

  /** The stream ended: nothing that waits can be reached any more. */
  async abandon(): Promise<void> {
    this.#place = null;
    for (const task of this.#tasks.splice(0)) task.reject(brokenStream());
    await this.#gate?.catch(() => undefined);
  }

  #step(position: SourcePosition): Promise<void> | null {
    for (let task = this.#takeReady(position); task; task = this.#takeReady(position)) {
      const pending = task.run(position);
      if (pending) return pending.then(() => this.#step(position) ?? undefined);
    }
    return this.#more.between(position);
  }

  #takeReady(position: SourcePosition): GapTask | null {
    const index = this.#tasks.findIndex(({ after }) => after === null || this.#isReached(position, after));
    return index === -1 ? null : this.#tasks.splice(index, 1)[0]!;
  }

  #isReached(position: SourcePosition, target: SourcePosition): boolean {
    if (this.#source.samePlace(position, target)) return true;
    return this.#place?.hasMoved() === true && comparePlaces(position, target) >= 0;
  }
}

const brokenStream = (): DolistreamError =>
  new DolistreamError('SOURCE_DISCONNECTED', 'The stream broke before it came that far', {
    fix: 'Try again once capture has reconnected',
    retryable: true,
  });
