/**
 * The keys that the stream touches while chunks are read: what the stream tells of a key is newer than the chunk's row
 * of it, which is left out then. A window opens between two transactions, before its chunk is read, and closes when the
 * chunk's rows go into the log.
 */
import type { TableChunk } from '../../../core/ports/change-source.ts';
import type { SourcePosition } from '../../../core/position.ts';

/** More keys than this in the time of one read: the chunk is read again rather than they be remembered. */
const MAX_MARKS = 200_000;

/** The keys of what was read. */
export type ReadKeys = Pick<TableChunk, 'count' | 'keyText'>;

export class ChunkWindows {
  readonly #open = new Map<string, Set<ChunkWindow>>();

  /** Windows of the table; null when there are none. */
  of(table: string): Iterable<ChunkWindow> | null {
    return this.#open.get(table) ?? null;
  }

  open(table: string, position: SourcePosition): ChunkWindow {
    const windows = this.#open.get(table) ?? new Set();
    const window = new ChunkWindow(position, () => {
      windows.delete(window);
      if (windows.size === 0 && this.#open.get(table) === windows) this.#open.delete(table);
    });
    this.#open.set(table, windows.add(window));
    return window;
  }
}

export class ChunkWindow {
  /** Where the stream stood when the window opened. */
  readonly position: SourcePosition;
  /** Closes the window. Idempotent. */
  readonly close: () => void;
  /** Too many keys came: the rows of the chunk cannot be trusted. */
  isOverflowed = false;
  #chunk: ReadKeys | null = null;
  readonly #marks = new Set<string>();
  readonly #dropped = new Set<number>();
  /** Index of each row by its key, made when the first key comes. */
  #indexes: Map<string, number> | null = null;

  constructor(position: SourcePosition, close: () => void) {
    this.position = position;
    this.close = close;
  }

  get droppedRows(): number {
    return this.#dropped.size;
  }

  /** The stream has an event of this key, which is written as `TableChunk.keyText` writes it. */
  touch(key: string): void {
    if (this.isOverflowed) return;
    if (this.#chunk) {
      const index = this.#indexOf(this.#chunk, key);
      if (index !== undefined) this.#dropped.add(index);
    } else if (this.#marks.size < MAX_MARKS) this.#marks.add(key);
    else this.isOverflowed = true;
  }

  /** The chunk has been read. */
  fill(chunk: ReadKeys): void {
    this.#chunk = chunk;
    if (this.#marks.size === 0) return;
    for (let index = 0; index < chunk.count; index++)
      if (this.#marks.has(chunk.keyText(index))) this.#dropped.add(index);
    this.#marks.clear();
  }

  drops(index: number): boolean {
    return this.#dropped.has(index);
  }

  #indexOf(chunk: ReadKeys, key: string): number | undefined {
    if (!this.#indexes) {
      this.#indexes = new Map();
      for (let index = 0; index < chunk.count; index++) this.#indexes.set(chunk.keyText(index), index);
    }
    return this.#indexes.get(key);
  }
}
