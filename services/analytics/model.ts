/**
 * Is this finished intervention out of line? Pure: the same history and the same facts give the same answer.
 *
 * Hours are judged as ln(actual / estimate) and costs as ln(EUR per hour), against median and MAD of the type's last
 * jobs, pulled towards the whole firm while the type has few. Until the firm has some history at all, a plain rule
 * on the hours stands in. Only overruns count: a job that went better than planned is no warning.
 */
import { type Job, type JobHistory, jobsOfFirm, jobsOfType } from './job-history.ts';
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

export const RULES = ['intervention_hours', 'intervention_cost', 'intervention_satisfaction'] as const;
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

/** The form under which a type is compared: case, blanks and Unicode composition do not make another type. */
export function typeKey(type: string | null): string {
  return (type ?? '').normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase().slice(0, 100);
}

/** The job that the facts make, or null while the actual hours are not known. */
export function jobOf(facts: InterventionFacts): Omit<Job, 'order'> | null {
  const { actualHours: hours, estimatedHours: estimate, cost } = facts;
  if (hours === null) return null;
  return {
    intervention: facts.intervention,
    logRatio: estimate === null ? Number.NaN : Math.log(hours / estimate),
    logCostRate: cost === null ? Number.NaN : Math.log(cost / hours),
    hours,
  };
}

type LogFigure = 'logRatio' | 'logCostRate';

interface Reference {
  readonly spread: Spread;
  /** ln of the usual range, and what it rests on. */
  readonly low: number;
  readonly high: number;
  readonly sample: number;
  readonly sampleOf: 'type' | 'firm';
}

/** What is usual for a type, without the intervention that is to be judged; null while history is too short. */
function referenceOf(history: JobHistory, facts: InterventionFacts, figure: LogFigure): Reference | null {
  const figures = (jobs: readonly Job[]): number[] =>
    jobs
      .filter((job) => job.intervention !== facts.intervention && !Number.isNaN(job[figure]))
      .map((job) => job[figure]);
  const ofFirm = figures(jobsOfFirm(history));
  if (ofFirm.length < MIN_HISTORY) return null;
  const ofType = figures(jobsOfType(history, typeKey(facts.type)));
  const sampleOf = ofType.length >= MIN_TYPE_RANGE ? 'type' : 'firm';
  const sample = sampleOf === 'type' ? ofType : ofFirm;
  const [low, high] = quantiles(sample, [0.1, 0.9]) as [number, number];
  const spread = shrink(spreadOf(ofType), spreadOf(ofFirm), SHRINK_WEIGHT);
  return { spread, low, high, sample: sample.length, sampleOf };
}

/** 50 at the limit, 75 at twice the limit, towards 100. */
const severityOf = (value: number, limit: number): number =>
  Math.round(Math.max(0, Math.min(100, 100 - (50 * limit) / value)));

function measure(
  reference: Reference,
  logValue: number,
  factor: number,
  limits: { readonly minOver: number },
): Measure {
  const { spread } = reference;
  const score = (logValue - spread.centre) / Math.max(spread.scale, MIN_SCALE);
  const actual = Math.exp(logValue) * factor;
  const expected = Math.exp(spread.centre) * factor;
  const high = Math.exp(reference.high) * factor;
  const odd = score >= ODD_SCORE && actual - expected >= limits.minOver && actual > high;
  return {
    actual,
    expected,
    usual: { low: Math.exp(reference.low) * factor, high },
    sample: reference.sample,
    sampleOf: reference.sampleOf,
    score,
    odd,
    severity: odd ? severityOf(score, ODD_SCORE) : 0,
  };
}

function plainHours(actual: number, estimate: number): Measure {
  const odd = actual >= PLAIN_FACTOR * estimate && actual - estimate >= PLAIN_OVER_HOURS;
  return {
    actual,
    expected: estimate,
    usual: null,
    sample: 0,
    sampleOf: 'firm',
    score: null,
    odd,
    severity: odd ? severityOf(actual / estimate, PLAIN_FACTOR) : 0,
  };
}

function assessHours(history: JobHistory, facts: InterventionFacts): Measure | null {
  const { actualHours: actual, estimatedHours: estimate } = facts;
  if (actual === null || estimate === null) return null;
  const reference = referenceOf(history, facts, 'logRatio');
  if (!reference) return plainHours(actual, estimate);
  return measure(reference, Math.log(actual / estimate), estimate, { minOver: MIN_OVER_HOURS });
}

function assessCost(history: JobHistory, facts: InterventionFacts): Measure | null {
  const { actualHours: hours, cost } = facts;
  if (hours === null || cost === null) return null;
  const reference = referenceOf(history, facts, 'logCostRate');
  return reference && measure(reference, Math.log(cost / hours), hours, { minOver: MIN_OVER_EUR });
}

/** Judges an intervention against what was learnt before it. */
export function assess(history: JobHistory, facts: InterventionFacts): Assessment {
  const hours = assessHours(history, facts);
  const cost = assessCost(history, facts);
  const unhappy = facts.satisfaction !== null && facts.satisfaction <= UNHAPPY;
  const findings = RULES.filter(
    (rule) =>
      (rule === 'intervention_hours' && hours?.odd === true) ||
      (rule === 'intervention_cost' && cost?.odd === true) ||
      (rule === 'intervention_satisfaction' && unhappy),
  );
  return { hours, cost, unhappy, findings };
}
