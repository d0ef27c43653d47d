/** What `dolistream top` shows: rates come of two looks at the same counters. */
import type { ReaderLag } from '../lag.ts';
import type { StageStatus, Status } from '../runtime.ts';
import { RateMeter } from './demo-view.ts';
import { makePrintable } from './printable.ts';
import { formatCount } from './progress.ts';

export interface TopPicture {
  /** Rows per second over the last seconds. */
  readonly rates: { readonly captured: number; readonly loaded: number; readonly laked: number };
  readonly stages: readonly StageStatus[];
  readonly readers: readonly Pick<ReaderLag, 'reader' | 'records' | 'bytes' | 'seconds'>[];
  /** Since the newest event in the log, seconds; null when there is none. */
  readonly quietSeconds: number | null;
  readonly alerts: number;
  readonly copy: Status['copy'];
}

export class TopMeter {
  readonly #captured = new RateMeter();
  readonly #loaded = new RateMeter();
  readonly #laked = new RateMeter();

  sample(status: Status, readers: readonly ReaderLag[], now: number): TopPicture {
    const { counts, lastEventAt, stages, copy } = status;
    return {
      rates: {
        captured: this.#captured.sample(now, counts.captured),
        loaded: this.#loaded.sample(now, counts.loaded),
        laked: this.#laked.sample(now, counts.laked),
      },
      ...{ stages, copy: copy ?? null, alerts: counts.alerted },
      readers: readers.map(({ reader, records, bytes, seconds }) => ({ reader, records, bytes, seconds })),
      quietSeconds: lastEventAt === null ? null : Math.max(0, (now - lastEventAt) / 1000),
    };
  }
}

const rate = (perSecond: number): string => `${formatCount(Math.round(perSecond))}/s`;
const lagOf = (records: number, seconds: number): string =>
  records === 0 ? 'at the end' : `${formatCount(records)} records, ${seconds.toFixed(1)} s`;

/** The screen as lines, each cut to `columns`. */
export function formatTop(picture: TopPicture, columns: number): readonly string[] {
  const { rates, stages, readers, quietSeconds, alerts, copy } = picture;
  const quiet = quietSeconds === null ? 'none yet' : `${quietSeconds.toFixed(0)} s ago`;
  const lines = [
    `captured ${rate(rates.captured)}   loaded ${rate(rates.loaded)}   lake ${rate(rates.laked)}   ` +
      `last event ${quiet}   alerts ${formatCount(alerts)}`,
    ...(copy ? [`copying  ${copy.tablesDone} of ${copy.tables} tables, ${rate(copy.rowsPerSecond)}`] : []),
    '',
    'STAGE          STATE      BEHIND',
    ...stages.map(({ name, state, lagRecords, lagSeconds, error }) => {
      const behind = lagRecords === null ? '' : lagOf(lagRecords, lagSeconds ?? 0);
      return `${name.padEnd(14)} ${state.padEnd(10)} ${behind}${error === null ? '' : `  ${makePrintable(error)}`}`;
    }),
    '',
    'READER         BEHIND',
    ...readers.map(({ reader, records, seconds }) => `${reader.padEnd(14)} ${lagOf(records, seconds)}`),
  ];
  return lines.map((line) => (line.length < columns ? line : `${line.slice(0, columns - 2)}…`));
}

export function formatTopLine({ rates, stages }: TopPicture): string {
  const behind = stages
    .filter(({ lagRecords }) => lagRecords !== null)
    .map(({ name, lagRecords, lagSeconds }) => `${name} ${lagRecords} (${(lagSeconds ?? 0).toFixed(1)} s)`);
  return `captured ${rate(rates.captured)} loaded ${rate(rates.loaded)} lake ${rate(rates.laked)}; behind: ${behind.join(', ')}`;
}
