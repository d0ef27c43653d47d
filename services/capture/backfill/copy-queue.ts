/** The tables that are to be copied, how far each is, and what a DDL in the stream means for it. */
import { deferred } from '../../../core/deferred.ts';
import type { KeyPlace, TableEstimate } from '../../../core/ports/change-source.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import { newCopy, type TableCopyState } from '../capture-state.ts';

/** One table's copy while the process runs. */
export class TableCopy {
  readonly table: string;
  begun: boolean;
  key: readonly string[];
  after: KeyPlace | null;
  rows: number;
  truncate: boolean;
  announced: boolean;
  where: string | null;
  /** Rises with each DDL of the table: what was read before it is out of date. */
  epoch = 0;
  /** No longer to be copied. */
  isOver = false;
  /** Somebody works on it. */
  isTaken = false;
  /** As last read from the catalog; null: to be read. */
  schema: TableSchema | null = null;
  estimate: TableEstimate | null = null;

  constructor(state: TableCopyState) {
    this.table = state.table;
    this.begun = state.begun;
    this.key = state.key;
    this.after = state.after;
    this.rows = state.rows;
    this.truncate = state.truncate;
    this.announced = state.announced;
    this.where = state.where;
  }

  toState(): TableCopyState {
    const { table, begun, key, after, rows, truncate, announced, where } = this;
    return { table, begun, key, after, rows, truncate, announced, where };
  }

  /** What was read so far counts no more: from the first row, after emptying the table when `truncate`. */
  startOver(truncate: boolean): void {
    this.outdate();
    this.begun = false;
    this.after = null;
    this.rows = 0;
    this.truncate ||= truncate;
  }

  /** A DDL came: whatever is being read is read again, in the table's new shape. */
  outdate(): void {
    this.epoch++;
    this.schema = null;
    this.announced = false;
    // Rows without a key cannot be told apart, so neither can those that are in the log already.
    if (this.begun && this.key.length === 0) {
      this.begun = false;
      this.truncate = true;
      this.rows = 0;
    }
  }
}

export class CopyQueue {
  readonly #copies = new Map<string, TableCopy>();
  #paused: boolean;
  #changed: (() => void)[] = [];
  #onChange: () => void = () => undefined;

  constructor(states: readonly TableCopyState[], paused: boolean) {
    for (const state of states) this.restore(state);
    this.#paused = paused;
  }

  get size(): number {
    return this.#copies.size;
  }

  get tables(): readonly string[] {
    return [...this.#copies.keys()];
  }

  get copies(): readonly TableCopy[] {
    return [...this.#copies.values()];
  }

  get paused(): boolean {
    return this.#paused;
  }

  set paused(paused: boolean) {
    this.#paused = paused;
    this.changed();
  }

  has(table: string): boolean {
    return this.#copies.has(table);
  }

  toState(): TableCopyState[] {
    return this.copies.map((copy) => copy.toState());
  }

  /** Takes up a copy as it was saved. */
  restore(state: TableCopyState): void {
    const copy = new TableCopy(state);
    // The snapshot of a table without a key is gone with the process that had it open.
    if (copy.begun && copy.key.length === 0) copy.startOver(true);
    this.#copies.set(state.table, copy);
  }

  /** Asks for a table from its first row on; one that is being copied begins again. */
  add(table: string, options: { readonly truncate: boolean; readonly where: string | null }): TableCopy {
    const known = this.#copies.get(table);
    const copy = known ?? new TableCopy(newCopy(table));
    copy.startOver(options.truncate);
    // A condition narrows a copy that stands alone, never one that must be complete.
    copy.where = known && known.where === null ? null : options.where;
    this.#copies.set(table, copy);
    this.changed();
    return copy;
  }

  /** The table's shape or rows changed as a whole; its copy, if there is one, goes on from where it is. */
  outdate(table: string): void {
    this.#copies.get(table)?.outdate();
  }

  /** Rows of a table without a key came in the stream: a snapshot of it that is copied later holds them, too. */
  emptyFirst(table: string): void {
    const copy = this.#copies.get(table);
    if (copy && !copy.begun) copy.truncate = true;
  }

  /** The copy is complete, or the table is gone. */
  remove(table: string): void {
    const copy = this.#copies.get(table);
    if (!copy) return;
    copy.isOver = true;
    copy.outdate();
    this.#copies.delete(table);
    this.changed();
  }

  /** The smallest table that nobody works on; null when there is none, or copying rests. */
  take(): TableCopy | null {
    if (this.#paused) return null;
    const free = this.copies.filter((copy) => !copy.isTaken);
    const size = ({ estimate }: TableCopy): number => estimate?.bytes ?? 0;
    const next = free.reduce<TableCopy | null>(
      (best, copy) => (best === null || size(copy) < size(best) ? copy : best),
      null,
    );
    if (next) next.isTaken = true;
    return next;
  }

  release(copy: TableCopy): void {
    copy.isTaken = false;
    this.changed();
  }

  /** Resolves at the next change of the queue, or with `signal`. */
  async untilChanged(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = deferred<undefined>();
    const onAbort = (): void => resolve(undefined);
    this.#changed.push(onAbort);
    signal.addEventListener('abort', onAbort, { once: true });
    await promise;
    signal.removeEventListener('abort', onAbort);
  }

  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  changed(): void {
    this.#onChange();
    for (const tell of this.#changed.splice(0)) tell();
  }
}
