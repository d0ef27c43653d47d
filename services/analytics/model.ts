/**
 * Is this finished intervention out of line? Pure: the same history and the same facts give the same answer.
 *
 * Hours are judged as ln(actual / estimate), or by themselves where nobody estimated, and costs as ln(EUR per hour),
 * against median and MAD of the type's last jobs, pulled towards the whole firm while the type has few. Until the firm
 * has some history at all, a plain rule on the hours stands in. Only overruns count: a job that went better than planned
 * is no warning.
 */
import { type Job, type JobHistory, jobsOfFirm, jobsOfType } from './job-history.ts';
import { rankSeverity } from './live/severity.ts';
import { quantiles, shrink, type Spread, spreadOf } from './robust-statistics.ts';

/** What is known of one intervention. Hours above zero, cost in EUR above zero, satisfaction 1 to 5. */
export interface InterventionFacts {
  readonly intervention: number;
  readonly type: string | null;
  readonly city: string | null;
  readonly estimatedHours: number | null;
  readonly actualHours: number | null;
  readonly satisfaction: number | null;
  readonly cost: number | null;
}

const FIGURE_RULES = ['intervention_hours', 'intervention_cost', 'intervention_satisfaction'] as const;
export const RULES = [...FIGURE_RULES, 'intervention_whole'] as const;
export type Rule = (typeof RULES)[number];

/** One figure beside what is usual. */
export interface Measure {
  readonly actual: number;
  readonly expected: number;
  /** Nine in ten stay under `high`, nine in ten over `low`; null while there is too little history. */
  readonly usual: { readonly low: number; readonly high: number } | null;
  /** How many jobs `usual` and `score` rest on, and whether they are of this type or of the whole firm. */
  readonly sample: number;
  readonly sampleOf: 'type' | 'firm';
  /** Distance from the usual in robust standard deviations; null: judged by the plain rule. */
  readonly score: number | null;
  /** The score, or times the estimate, from which it is odd. */
  readonly limit: number;
  readonly odd: boolean;
  /** 0 to 100. */
  readonly severity: number;
}

export interface Assessment {
  /** Hours; null while actual or estimated hours are not known. */
  readonly hours: Measure | null;
  /** EUR; null while cost or hours are not known, or history is too short. */
  readonly cost: Measure | null;
  readonly unhappy: boolean;
  /** The rules that fire. */
  readonly findings: readonly Rule[];
}

/** Jobs of the firm before scores replace the plain rule. */
const MIN_HISTORY = 30;
/** Jobs of a type before its own range is shown instead of the firm's. */
const MIN_TYPE_RANGE = 10;
const SHRINK_WEIGHT = 20;
/** Spread below which differences are rounding (hours are entered by the quarter), in log units. */
const MIN_SCALE = 0.12;
/** Robust standard deviations. */
export const ODD_SCORE = 3.5;
const MIN_OVER_HOURS = 1;
const MIN_OVER_EUR = 50;
const PLAIN_FACTOR = 2;
const PLAIN_OVER_HOURS = 2;
export const UNHAPPY = 2;
const PLAIN_SATISFACTION: Readonly<Record<number, number>> = { 1: 70, 2: 50 };
/** Marks before their own share says how bad one is. */
const MIN_MARKS = 30;

/** By how much a rule's limit is multiplied; people's answers move it. */
export type Strictness = (rule: Rule) => number;
const AS_IT_IS: Strictness = () => 1;

/** The form under which a type is compared: case, blanks and Unicode composition do not make another type. */
export function typeKey(type: string | null): string {
  return (type ?? '').normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase().slice(0, 100);
}

/** The job that the facts make, or null while the actual hours are not known. */
export function jobOf(facts: InterventionFacts): Omit<Job, 'order'> | null {
  const { actualHours: hours, estimatedHours: estimate, cost, satisfaction } = facts;
  if (hours === null) return null;
  return {
    intervention: facts.intervention,
    logRatio: estimate === null ? Number.NaN : Math.log(hours / estimate),
    logCostRate: cost === null ? Number.NaN : Math.log(cost / hours),
    hours,
    satisfaction: satisfaction ?? Number.NaN,
  };
}

type LogFigure = 'logRatio' | 'logCostRate' | 'logHours';

const figureOf = (job: Job, figure: LogFigure): number =>
  figure === 'logHours' ? Math.log(job.hours) : job[figure];

interface Reference {
  readonly spread: Spread;
  /** ln of the usual range, and what it rests on. */
  readonly low: number;
  readonly high: number;
  readonly sample: number;
  readonly sampleOf: 'type' | 'firm';
}

function figuresOf(jobs: readonly Job[], figure: LogFigure, except: number | null): number[] {
  return jobs
    .filter((job) => job.intervention !== except)
    .map((job) => figureOf(job, figure))
    .filter((value) => !Number.isNaN(value));
}

/** What is usual for a type, without the intervention that is to be judged; null while history is too short. */
function referenceOf(history: JobHistory, facts: InterventionFacts, figure: LogFigure): Reference | null {
  const ofFirm = figuresOf(jobsOfFirm(history), figure, facts.intervention);
  if (ofFirm.length < MIN_HISTORY) return null;
  const ofType = figuresOf(jobsOfType(history, typeKey(facts.type)), figure, facts.intervention);
  const sampleOf = ofType.length >= MIN_TYPE_RANGE ? 'type' : 'firm';
  const sample = sampleOf === 'type' ? ofType : ofFirm;
  const [low, high] = quantiles(sample, [0.1, 0.9]) as [number, number];
  const spread = shrink(spreadOf(ofType), spreadOf(ofFirm), SHRINK_WEIGHT);
  return { spread, low, high, sample: sample.length, sampleOf };
}

const scoreIn = (spread: Spread, value: number): number =>
  (value - spread.centre) / Math.max(spread.scale, MIN_SCALE);

/** One of the firm's last jobs, with what it would score now beside its own type; NaN: not known. */
export interface ScoredJob {
  readonly job: Job;
  readonly score: number;
}

/** The firm's last jobs, in order of learning; `except` is left out of them and of what is usual. */
export function scoreFirm(history: JobHistory, figure: LogFigure, except: number | null): ScoredJob[] {
  const newest = jobsOfFirm(history).sort((a, b) => a.order - b.order);
  const whole = spreadOf(figuresOf(newest, figure, except));
  const spreads = new Map(
    [...history.types].map(([type, jobs]) => {
      const own = spreadOf(figuresOf(jobs, figure, except));
      return [type, shrink(own, whole, SHRINK_WEIGHT)] as const;
    }),
  );
  return newest
    .filter((job) => job.intervention !== except)
    .map((job) => {
      const spread = spreads.get(history.typeOf.get(job.intervention)!)!;
      return { job, score: scoreIn(spread, figureOf(job, figure)) };
    });
}

interface Question {
  readonly history: JobHistory;
  readonly facts: InterventionFacts;
  readonly figure: LogFigure;
  /** What turns exp(figure) into hours or euros. */
  readonly factor: number;
  /** Hours or euros over the expected below which nothing is odd. */
  readonly minOver: number;
  readonly limit: number;
}

function severityAmong({ history, figure, facts }: Question, score: number): number {
  const scores = scoreFirm(history, figure, facts.intervention).map((scored) => scored.score);
  return rankSeverity(
    score,
    scores.filter((each) => !Number.isNaN(each)),
  );
}

/** Null while history is too short. */
function measure(question: Question, logValue: number): Measure | null {
  const { history, facts, figure, factor, minOver, limit } = question;
  const reference = referenceOf(history, facts, figure);
  if (!reference) return null;
  const score = scoreIn(reference.spread, logValue);
  const actual = Math.exp(logValue) * factor;
  const expected = Math.exp(reference.spread.centre) * factor;
  const high = Math.exp(reference.high) * factor;
  const odd = score >= limit && actual - expected >= minOver && actual > high;
  return {
    ...{ actual, expected, score, limit, odd, sample: reference.sample, sampleOf: reference.sampleOf },
    usual: { low: Math.exp(reference.low) * factor, high },
    severity: odd ? severityAmong(question, score) : 0,
  };
}

/** 50 at the limit, 75 at twice the limit, towards 100: while there is nothing to rank among. */
const plainSeverity = (value: number, limit: number): number =>
  Math.round(Math.max(0, Math.min(100, 100 - (50 * limit) / value)));

function plainHours(actual: number, estimate: number, limit: number): Measure {
  const odd = actual >= limit * estimate && actual - estimate >= PLAIN_OVER_HOURS;
  return {
    ...{ actual, expected: estimate, usual: null, sample: 0, sampleOf: 'firm', score: null, limit, odd },
    severity: odd ? plainSeverity(actual / estimate, limit) : 0,
  };
}

function assessHours(history: JobHistory, facts: InterventionFacts, factor: number): Measure | null {
  const { actualHours: actual, estimatedHours: estimate } = facts;
  if (actual === null) return null;
  const limits = { minOver: MIN_OVER_HOURS, limit: ODD_SCORE * factor };
  if (estimate === null) {
    return measure({ history, facts, figure: 'logHours', factor: 1, ...limits }, Math.log(actual));
  }
  const question = { history, facts, figure: 'logRatio', factor: estimate, ...limits } as const;
  return (
    measure(question, Math.log(actual / estimate)) ?? plainHours(actual, estimate, PLAIN_FACTOR * factor)
  );
}

function assessCost(history: JobHistory, facts: InterventionFacts, factor: number): Measure | null {
  const { actualHours: hours, cost } = facts;
  if (hours === null || cost === null) return null;
  const limits = { minOver: MIN_OVER_EUR, limit: ODD_SCORE * factor };
  return measure({ history, facts, figure: 'logCostRate', factor: hours, ...limits }, Math.log(cost / hours));
}

/** How bad a mark is among the firm's last ones; by itself while there are few. */
export function severityOfMark(history: JobHistory, mark: number): number {
  const marks = jobsOfFirm(history)
    .map(({ satisfaction }) => satisfaction)
    .filter((each) => !Number.isNaN(each));
  if (marks.length < MIN_MARKS) return PLAIN_SATISFACTION[mark] ?? 50;
  return rankSeverity(
    6 - mark,
    marks.map((each) => 6 - each),
  );
}

/** Judges an intervention against what was learnt before it. */
export function assess(
  history: JobHistory,
  facts: InterventionFacts,
  strictness: Strictness = AS_IT_IS,
): Assessment {
  const hours = assessHours(history, facts, strictness('intervention_hours'));
  const cost = assessCost(history, facts, strictness('intervention_cost'));
  const unhappy = facts.satisfaction !== null && facts.satisfaction <= UNHAPPY;
  const findings = FIGURE_RULES.filter(
    (rule) =>
      (rule === 'intervention_hours' && hours?.odd === true) ||
      (rule === 'intervention_cost' && cost?.odd === true) ||
      (rule === 'intervention_satisfaction' && unhappy),
  );
  return { hours, cost, unhappy, findings };
}
