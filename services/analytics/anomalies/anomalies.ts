/**
 * What was out of line lately, over the whole firm: interventions (alone and as a combination of figures), invoices,
 * stock movements, and silence. Each figure is judged with what came before it only. Severity is a rank among the
 * last thousand of its kind, so that kinds compare; a weekly budget keeps the most severe.
 */
import {
  type Analysis,
  type Cell,
  type QueryRow,
  readFigure,
  readText,
  type ResultTable,
} from '../analysis.ts';
import { dayNumber, dayText } from '../day-arithmetic.ts';
import type { Locale } from '../explanation.ts';
import { UnusualRowStream } from '../models/stream-unusual-rows.ts';
import { UnusualJobs } from '../models/unusual-jobs.ts';
import { type Anomaly, ODD_DISTANCE, SeverityRank } from './anomaly.ts';
import { findOddAmounts } from './odd-amounts.ts';
import { findSilence } from './silence.ts';
import { ANOMALY_WORDS } from './wording.ts';

/** Alerts at most in a week, and the days looked at. */
export const WEEKLY_BUDGET = 5;
const RECENT_DAYS = 28;
/** Severity from which a combination of figures is out of line, and figures seen before it is asked. */
const ODD_RANK = 99;
const MIN_COMBINATIONS = 100;

interface Job {
  readonly ref: string;
  readonly kind: string;
  readonly city: string;
  readonly day: number;
  readonly estimated: number;
  readonly actual: number;
  readonly cost: number | null;
  readonly satisfaction: number | null;
}

function readJob(row: QueryRow): Job | null {
  const estimated = readFigure(row, 'estimated_hours') ?? 0;
  const actual = readFigure(row, 'actual_hours') ?? 0;
  const day = dayNumber(readText(row, 'done_on'));
  if (estimated <= 0 || actual <= 0 || day === null) return null;
  return {
    ...{ ref: readText(row, 'ref'), kind: readText(row, 'kind'), city: readText(row, 'city') },
    ...{
      day,
      estimated,
      actual,
      cost: readFigure(row, 'cost'),
      satisfaction: readFigure(row, 'satisfaction'),
    },
  };
}

/** Figures that are looked at together. What is not known is NaN. */
const combination = (job: Job): number[] => [
  Math.log(job.actual),
  Math.log(job.actual / job.estimated),
  job.cost !== null && job.cost > 0 ? Math.log(job.cost / job.actual) : Number.NaN,
  job.satisfaction ?? Number.NaN,
];

function findOddJobs(
  rows: readonly QueryRow[],
  { seed, locale }: { seed: number; locale: Locale },
): Anomaly[] {
  const known = new UnusualJobs();
  const stream = new UnusualRowStream({ seed, trees: 100 });
  const [hoursRank, combinedRank] = [new SeverityRank(), new SeverityRank()];
  const found: Anomaly[] = [];
  const words = ANOMALY_WORDS[locale];
  for (const job of rows.map(readJob).filter((each) => each !== null)) {
    const timed = { kind: [job.kind, job.city], estimated: job.estimated, actual: job.actual };
    const oddity = known.assess(timed);
    known.learn(timed);
    const combined = stream.scoreThenLearn(combination(job));
    const combinedSeverity = combinedRank.rank(combined);
    const { ref: subject, day, actual } = job;
    if (oddity) {
      const severity = hoursRank.rank(oddity.score);
      if (oddity.score >= ODD_DISTANCE && actual > oddity.high) {
        const sentence = words.hours({ subject, kind: job.kind, actual, planned: job.estimated, ...oddity });
        found.push({
          kind: 'hours',
          subject,
          day,
          sentence,
          score: oddity.score,
          severity,
          actual,
          expected: oddity.expected,
        });
        continue;
      }
    }
    if (combinedRank.size > MIN_COMBINATIONS && combinedSeverity >= ODD_RANK) {
      const sentence = words.combination({
        subject,
        kind: job.kind,
        actual,
        cost: job.cost,
        satisfaction: job.satisfaction,
      });
      const expected = oddity?.expected ?? job.estimated;
      found.push({
        kind: 'combination',
        subject,
        day,
        sentence,
        score: combined,
        severity: combinedSeverity,
        actual,
        expected,
      });
    }
  }
  return found;
}

/** The most severe of the last weeks, at most the budget for each week. */
export function withinBudget(anomalies: readonly Anomaly[], today: number): Anomaly[] {
  const recent = anomalies.filter(({ day }) => day > today - RECENT_DAYS && day <= today);
  const byWeek = new Map<number, Anomaly[]>();
  for (const anomaly of recent) {
    const week = Math.floor((today - anomaly.day) / 7);
    byWeek.set(week, [...(byWeek.get(week) ?? []), anomaly]);
  }
  const kept = [...byWeek.values()].flatMap((week) =>
    week
      .sort((a, b) => b.severity - a.severity || b.score - a.score || (a.subject < b.subject ? -1 : 1))
      .slice(0, WEEKLY_BUDGET),
  );
  return kept.sort((a, b) => b.day - a.day || b.severity - a.severity || (a.subject < b.subject ? -1 : 1));
}

const TABLE: Omit<ResultTable, 'rows'> = {
  name: 'anomalies',
  columns: [
    { name: 'kind', type: 'String', comment: 'hours, combination, invoice, stock or silence' },
    { name: 'subject', type: 'String' },
    { name: 'day', type: 'Date32' },
    { name: 'severity', type: 'Float64', comment: 'rank among the last thousand of its kind, 0 to 100' },
    { name: 'sentence', type: 'String' },
    { name: 'score', type: 'Float64' },
    { name: 'actual', type: 'Float64' },
    { name: 'expected', type: 'Float64' },
  ],
};

const cellsOf = ({ kind, subject, day, severity, sentence, score, actual, expected }: Anomaly): Cell[] => [
  ...[kind, subject, dayText(day), Math.round(severity), sentence, score, actual, expected],
];

export const anomalyAnalysis: Analysis = {
  name: 'anomalies',
  queries: ['interventions_done', 'invoice_amounts', 'stock_exits'],
  compute: ({ rows, today, seed, locale }) => {
    const now = dayNumber(today)!;
    const jobs = rows['interventions_done'] ?? [];
    const found = [
      ...findOddJobs(jobs, { seed, locale }),
      ...findOddAmounts(rows['invoice_amounts'] ?? [], 'invoice', locale),
      ...findOddAmounts(rows['stock_exits'] ?? [], 'stock', locale),
      ...findSilence(jobs, now, locale),
    ];
    const kept = withinBudget(found, now);
    const notes = kept.length > 0 ? [] : [ANOMALY_WORDS[locale].none(jobs.length)];
    return { tables: [{ ...TABLE, rows: kept.map(cellsOf) }], notes, model: null };
  },
};
