/** Amounts that are out of line for whoever they concern: an invoice for its customer, an exit for its product. */
import { type QueryRow, readFigure, readText } from '../analysis.ts';
import { dayNumber } from '../day-arithmetic.ts';
import type { Locale } from '../explanation.ts';
import { shrink, type Spread, spreadOf } from '../robust-statistics.ts';
import { type Anomaly, ODD_DISTANCE, SeverityRank } from './anomaly.ts';
import { ANOMALY_WORDS } from './wording.ts';

/** Amounts before any is judged, and those of an owner that count as much as all the firm's together. */
const MIN_AMOUNTS = 30;
const SHRINK_WEIGHT = 20;
const MIN_SCALE = 0.2;
const WINDOW = 200;
const REFRESH = 50;
const MAX_OWNERS = 5000;

/** Rows with `owner`, `subject`, `day` and an `amount` above 0, in time order. */
export function findOddAmounts(
  rows: readonly QueryRow[],
  kind: 'invoice' | 'stock',
  locale: Locale,
): Anomaly[] {
  const owners = new Map<string, number[]>();
  const firm: number[] = [];
  let whole: Spread = { count: 0, centre: 0, scale: 0 };
  const ranks = new SeverityRank();
  const found: Anomaly[] = [];
  for (const row of rows) {
    const amount = readFigure(row, 'amount') ?? 0;
    const day = dayNumber(readText(row, 'day'));
    if (amount <= 0 || day === null) continue;
    const owner = readText(row, 'owner');
    const known = owners.get(owner) ?? [];
    const size = Math.log(amount);
    if (firm.length >= MIN_AMOUNTS) {
      if (firm.length % REFRESH === 0 || whole.count === 0) whole = spreadOf(firm.slice(-1000));
      const usual = shrink(spreadOf(known), whole, SHRINK_WEIGHT);
      const score = (size - usual.centre) / Math.max(usual.scale, MIN_SCALE);
      const severity = ranks.rank(Math.max(0, score));
      if (score >= ODD_DISTANCE) {
        const expected = Math.exp(usual.centre);
        const subject = readText(row, 'subject');
        const facts = {
          subject,
          owner: readText(row, 'owner_name'),
          actual: amount,
          expected,
          sample: known.length,
        };
        const sentence = ANOMALY_WORDS[locale][kind](facts);
        found.push({ kind, subject, day, sentence, score, severity, actual: amount, expected });
      }
    }
    firm.push(size);
    if (owners.size < MAX_OWNERS || owners.has(owner)) owners.set(owner, [...known, size].slice(-WINDOW));
  }
  return found;
}
