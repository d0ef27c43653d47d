/** How far copying is, for people: counted over all tables since the queue was last empty. */
import type { Clock } from '../../../core/clock.ts';
import type { CopyQueue, TableCopy } from './copy-queue.ts';

export interface TableCopyProgress {
  readonly table: string;
  readonly rows: number;
  /** As the source guesses, at least `rows`; null when it does not tell. */
  readonly rowsTotal: number | null;
  /** The table is complete. */
  readonly done: boolean;
}

export interface CopyStatus {
  readonly tables: number;
  readonly tablesDone: number;
  readonly rows: number;
  readonly rowsTotal: number;
  /** Over the last seconds; 0 while copying rests. */
  readonly rowsPerSecond: number;
  /** null when it cannot be told. */
  readonly secondsLeft: number | null;
  readonly paused: boolean;
  readonly running: readonly TableCopyProgress[];
}

const WINDOW_MS = 10_000;

export class CopyProgress {
  readonly #clock: Clock;
  /** Rows of the tables that are complete. */
  #rowsDone = 0;
  #tablesDone = 0;
  #recent: { readonly at: number; readonly rows: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Rows have gone into the log. */
  add(rows: number): void {
    const now = this.#clock.now();
    this.#recent.push({ at: now, rows });
    while (this.#recent[0]!.at < now - WINDOW_MS) this.#recent.shift();
  }

  tableDone(rows: number): void {
    this.#rowsDone += rows;
    this.#tablesDone++;
  }

  /** What was copied since the last reset. */
  get totals(): { readonly tables: number; readonly rows: number } {
    return { tables: this.#tablesDone, rows: this.#rowsDone };
  }

  /** Everything is copied: what comes next is counted from zero. */
  reset(): void {
    this.#rowsDone = 0;
    this.#tablesDone = 0;
    this.#recent = [];
  }

  /** null when nothing is being copied. */
  status(queue: CopyQueue): CopyStatus | null {
    if (queue.size === 0) return null;
    const { copies } = queue;
    const rows = this.#rowsDone + copies.reduce((sum, copy) => sum + copy.rows, 0);
    const rowsTotal = this.#rowsDone + copies.reduce((sum, copy) => sum + (totalOf(copy) ?? copy.rows), 0);
    const rowsPerSecond = this.#rate();
    return {
      tables: this.#tablesDone + copies.length,
      tablesDone: this.#tablesDone,
      rows,
      rowsTotal,
      rowsPerSecond,
      secondsLeft: rowsPerSecond > 0 ? Math.ceil((rowsTotal - rows) / rowsPerSecond) : null,
      paused: queue.paused,
      running: copies.filter((copy) => copy.isTaken).map((copy) => progressOf(copy, false)),
    };
  }

  #rate(): number {
    const now = this.#clock.now();
    const recent = this.#recent.filter(({ at }) => at >= now - WINDOW_MS);
    const first = recent[0];
    if (!first) return 0;
    const rows = recent.reduce((sum, part) => sum + part.rows, 0);
    return Math.round(rows / Math.max(1, (now - first.at) / 1000));
  }
}

/** The guess, corrected by what is known better. */
const totalOf = ({ estimate, rows, where }: TableCopy): number | null =>
  estimate === null || where !== null ? null : Math.max(estimate.rows, rows);

export const progressOf = (copy: TableCopy, done: boolean): TableCopyProgress => ({
  table: copy.table,
  rows: copy.rows,
  rowsTotal: done ? copy.rows : totalOf(copy),
  done,
});
