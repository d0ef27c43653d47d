/** What the figures say, as sentences with their numbers: technicians, sites, trends. The strongest first. */
import {
  type Analysis,
  type Cell,
  type QueryRow,
  readFigure,
  readText,
  type ResultTable,
} from '../analysis.ts';
import { dayNumber } from '../day-arithmetic.ts';
import type { Locale } from '../explanation.ts';
import { spreadOf } from '../robust-statistics.ts';
import { WORDS } from './wording.ts';

export interface Insight {
  readonly kind: 'technician' | 'site' | 'type' | 'trend';
  readonly subject: string;
  readonly sentence: string;
  /** Distance from what is usual, in standard errors: above 2 is more than chance. */
  readonly strength: number;
  readonly value: number;
  readonly usual: number;
  readonly sample: number;
}

/** Days looked back on, jobs a group needs, and how clear a difference must be to be said. */
const RECENT_DAYS = 365;
const MIN_JOBS = 10;
const MIN_STRENGTH = 2;
const MAX_INSIGHTS = 20;
/** Months before the last complete one that a trend is compared with. */
const TREND_MONTHS = 12;
const MIN_TREND_MONTHS = 4;
const MIN_SCALE = 0.12;
const MEDIAN_ERROR = 1.253;

interface Job {
  readonly technician: string;
  readonly city: string;
  readonly kind: string;
  readonly logRatio: number;
}

function readJobs(rows: readonly QueryRow[], today: number): Job[] {
  return rows.flatMap((row) => {
    const actual = readFigure(row, 'actual_hours') ?? 0;
    const estimated = readFigure(row, 'estimated_hours') ?? 0;
    const day = dayNumber(readText(row, 'done_on'));
    if (actual <= 0 || estimated <= 0 || day === null || day <= today - RECENT_DAYS) return [];
    return [
      {
        technician: readText(row, 'technician'),
        city: readText(row, 'city'),
        kind: readText(row, 'kind'),
        logRatio: Math.log(actual / estimated),
      },
    ];
  });
}

/** Groups whose hours against the estimate differ from the firm's by more than chance. */
function compareGroups(jobs: readonly Job[], by: 'technician' | 'city' | 'kind', locale: Locale): Insight[] {
  const firm = spreadOf(jobs.map(({ logRatio }) => logRatio));
  const groups = new Map<string, number[]>();
  for (const job of jobs) {
    if (job[by] !== '') groups.set(job[by], [...(groups.get(job[by]) ?? []), job.logRatio]);
  }
  if (groups.size < 2) return [];
  const kind = ({ technician: 'technician', city: 'site', kind: 'type' } as const)[by];
  return [...groups].flatMap(([subject, ratios]) => {
    if (ratios.length < MIN_JOBS) return [];
    const { centre } = spreadOf(ratios);
    const error = (MEDIAN_ERROR * Math.max(firm.scale, MIN_SCALE)) / Math.sqrt(ratios.length);
    const strength = Math.abs(centre - firm.centre) / error;
    const [value, usual] = [Math.exp(centre) - 1, Math.exp(firm.centre) - 1];
    const sentence = WORDS[locale].group({ kind, subject, value, usual, sample: ratios.length });
    return [{ kind, subject, sentence, strength, value, usual, sample: ratios.length }];
  });
}

/** The last complete month against the twelve before. */
function findTrend(rows: readonly QueryRow[], subject: 'revenue' | 'tickets', locale: Locale): Insight[] {
  const months = rows.map((row) => readFigure(row, subject) ?? 0);
  const last = months[months.length - 1];
  const before = months.slice(-TREND_MONTHS - 1, -1);
  if (last === undefined || before.length < MIN_TREND_MONTHS) return [];
  const { centre, scale } = spreadOf(before);
  const spread = Math.max(scale, 0.05 * Math.abs(centre), 1e-9);
  const strength = Math.abs(last - centre) / spread;
  const month = readText(rows[rows.length - 1]!, 'month').slice(0, 7);
  const sentence = WORDS[locale].trend({ subject, month, value: last, usual: centre, sample: before.length });
  return [{ kind: 'trend', subject, sentence, strength, value: last, usual: centre, sample: before.length }];
}

export function findInsights(
  rows: Readonly<Record<string, readonly QueryRow[]>>,
  today: string,
  locale: Locale,
): Insight[] {
  const jobs = readJobs(rows['interventions_done'] ?? [], dayNumber(today)!);
  const byMonth = rows['activity_by_month'] ?? [];
  const all = [
    ...compareGroups(jobs, 'technician', locale),
    ...compareGroups(jobs, 'city', locale),
    ...compareGroups(jobs, 'kind', locale),
    ...findTrend(byMonth, 'revenue', locale),
    ...findTrend(byMonth, 'tickets', locale),
  ];
  return all
    .filter(({ strength }) => strength >= MIN_STRENGTH)
    .sort((a, b) => b.strength - a.strength || (a.subject < b.subject ? -1 : 1))
    .slice(0, MAX_INSIGHTS);
}

const TABLE: Omit<ResultTable, 'rows'> = {
  name: 'insights',
  columns: [
    { name: 'kind', type: 'String', comment: 'technician, site, type or trend' },
    { name: 'subject', type: 'String' },
    { name: 'sentence', type: 'String' },
    { name: 'strength', type: 'Float64', comment: 'standard errors from what is usual' },
    { name: 'value', type: 'Float64' },
    { name: 'usual', type: 'Float64' },
    { name: 'sample', type: 'Int64', comment: 'jobs, or months, it rests on' },
  ],
};

export const insightAnalysis: Analysis = {
  name: 'insights',
  queries: ['interventions_done', 'activity_by_month'],
  compute: ({ rows, today, locale }) => {
    const insights = findInsights(rows, today, locale);
    const cells: Cell[][] = insights.map(({ kind, subject, sentence, strength, value, usual, sample }) => [
      ...[kind, subject, sentence, strength, value, usual, sample],
    ]);
    const notes = insights.length > 0 ? [] : [WORDS[locale].none];
    return { tables: [{ ...TABLE, rows: cells }], notes, model: null };
  },
};
