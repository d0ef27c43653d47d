/** Says how far a long piece of work is: on a terminal one line that is rewritten, silent anywhere else. */
import type { Clock } from '../../core/clock.ts';
import type { ReportProgress, TableProgress } from '../runtime.ts';
import type { OutputStream } from './cli-io.ts';

/** Work that is done before this needs no progress line. */
const QUIET_MS = 2_000;
const REDRAW_MS = 100;
const CLEAR_LINE = '\r\u001b[2K';

export interface Progress extends Disposable {
  readonly report: ReportProgress;
}

/** Draws on `stream` until disposed, which leaves the line empty. */
export function showProgress(stream: OutputStream, title: string, clock: Clock): Progress {
  if (stream.isTTY !== true) return { report: () => undefined, [Symbol.dispose]: () => undefined };
  const started = clock.now();
  const tables = new Map<string, TableProgress>();
  let drawn = 0;
  return {
    report: (progress) => {
      tables.set(progress.table, progress);
      const now = clock.now();
      if (now - started < QUIET_MS || now - drawn < REDRAW_MS) return;
      drawn = now;
      const line = formatProgress([...tables.values()], now - started);
      stream.write(`${CLEAR_LINE}${`${title}: ${line}`.slice(0, (stream.columns ?? 80) - 1)}`);
    },
    [Symbol.dispose]: () => {
      if (drawn > 0) stream.write(CLEAR_LINE);
    },
  };
}

/** The share is told only when every total is known: a wrong one is worse than none. */
export function formatProgress(tables: readonly TableProgress[], elapsedMs: number): string {
  const rows = tables.reduce((sum, table) => sum + table.rowsDone, 0);
  const done = tables.filter((table) => table.done).length;
  const rate = Math.round(rows / Math.max(elapsedMs / 1_000, 0.001));
  const totals = tables.map((table) => (table.done ? table.rowsDone : table.rowsTotal));
  const total = totals.includes(null) ? null : totals.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  const share =
    total === null || total === 0 ? '' : ` of ${formatCount(total)} (${Math.floor((rows / total) * 100)} %)`;
  const left = total === null || rate === 0 ? '' : `, ${Math.ceil((total - rows) / rate)} s left`;
  return `${done}/${tables.length} tables, ${formatCount(rows)}${share} rows, ${formatCount(rate)} rows/s${left}`;
}

export const formatCount = (count: number): string => count.toLocaleString('en-US');
export const formatMib = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`;
