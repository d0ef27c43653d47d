/** Technicians and cities from which nothing comes any more, though work used to come often. */
import { type QueryRow, readText } from '../analysis.ts';
import { dayNumber } from '../day-arithmetic.ts';
import type { Locale } from '../explanation.ts';
import type { Anomaly } from './anomaly.ts';
import { ANOMALY_WORDS } from './wording.ts';

/** Days with work before a silence can be told, and the shortest silence. */
const MIN_DAYS = 10;
const MIN_SILENCE = 10;
/** A silence longer than this many usual gaps (and longer than any before) is out of line; longer is history. */
const ODD_GAPS = 4;
const HISTORY_DAYS = 120;

interface Rhythm {
  readonly last: number;
  readonly usual: number;
  readonly longest: number;
}

function rhythmOf(days: readonly number[]): Rhythm | null {
  const ordered = [...new Set(days)].sort((a, b) => a - b);
  if (ordered.length < MIN_DAYS) return null;
  const gaps = ordered.slice(1).map((day, index) => day - ordered[index]!);
  const usual = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  return { last: ordered[ordered.length - 1]!, usual, longest: Math.max(...gaps) };
}

/** While the whole firm is silent (a holiday, no connection), nobody's silence is told. */
export function findSilence(rows: readonly QueryRow[], today: number, locale: Locale): Anomaly[] {
  const days = rows.map((row) => dayNumber(readText(row, 'done_on')) ?? 0).filter((day) => day <= today);
  const firm = rhythmOf(days);
  if (!firm || today - firm.last > Math.max(MIN_SILENCE, ODD_GAPS * firm.usual)) return [];
  const found: Anomaly[] = [];
  for (const by of ['technician', 'city'] as const) {
    const byName = new Map<string, number[]>();
    for (const row of rows) {
      const name = readText(row, by);
      const day = dayNumber(readText(row, 'done_on'));
      if (name !== '' && day !== null && day <= today) byName.set(name, [...(byName.get(name) ?? []), day]);
    }
    if (byName.size < 2) continue;
    for (const [subject, own] of byName) {
      const rhythm = rhythmOf(own);
      if (!rhythm) continue;
      const silent = today - rhythm.last;
      if (silent > HISTORY_DAYS || silent <= Math.max(MIN_SILENCE, ODD_GAPS * rhythm.usual, rhythm.longest))
        continue;
      const score = silent / rhythm.usual;
      const severity = Math.min(100, 100 * (1 - ODD_GAPS / (2 * score)));
      const sentence = ANOMALY_WORDS[locale].silence({ by, subject, silent, usual: rhythm.usual });
      found.push({
        kind: 'silence',
        subject,
        day: today,
        sentence,
        score,
        severity,
        actual: silent,
        expected: rhythm.usual,
      });
    }
  }
  return found;
}
