import type { Alert } from '../../core/alert.ts';
import { explainFinding, type Locale } from './explanation.ts';
import type { InterventionRow } from './intervention-changes.ts';
import { type Assessment, type InterventionFacts, type Measure, ODD_SCORE, type Rule } from './model.ts';

/** A rule that fired for an intervention. */
export interface Finding {
  readonly rule: Rule;
  readonly facts: InterventionFacts;
  readonly assessment: Assessment;
  /** seq of the change that showed it. */
  readonly seq: number;
  /** Commit time, ms since epoch. */
  readonly committedAt: number;
}

/** Depends on nothing but the rule and the intervention: a second reading of the log gives the same id. */
export function findingId(database: string, finding: Finding): string {
  return `${finding.rule}:${encodeURIComponent(database)}:${finding.facts.intervention}`;
}

const rounded = (value: number): number => Number(value.toPrecision(6));

function measureDetails(measure: Measure | null): object | null {
  if (!measure) return null;
  return {
    actual: rounded(measure.actual),
    expected: rounded(measure.expected),
    usual_low: measure.usual && rounded(measure.usual.low),
    usual_high: measure.usual && rounded(measure.usual.high),
    score: measure.score && rounded(measure.score),
    sample: measure.sample,
    sample_of: measure.sampleOf,
  };
}

const UNHAPPY_SEVERITY: Readonly<Record<number, number>> = { 1: 70, 2: 50 };

interface Figures {
  readonly severity: number;
  readonly actual: number | null;
  readonly expected: number | null;
  readonly unit: string | null;
}

function figuresOf({ rule, facts, assessment }: Finding): Figures {
  if (rule === 'intervention_satisfaction') {
    const mark = facts.satisfaction ?? 1;
    return { severity: UNHAPPY_SEVERITY[mark] ?? 50, actual: mark, expected: null, unit: null };
  }
  const measure = rule === 'intervention_hours' ? assessment.hours : assessment.cost;
  return {
    severity: measure?.severity ?? 0,
    actual: measure && rounded(measure.actual),
    expected: measure && rounded(measure.expected),
    unit: rule === 'intervention_hours' ? 'h' : 'EUR',
  };
}

interface AlertContext {
  readonly id: string;
  /** Unknown when the intervention was not changed for a long time. */
  readonly row: InterventionRow | undefined;
  readonly locale: Locale;
  /** Milliseconds since epoch. */
  readonly raisedAt: number;
}

export function buildAlert(finding: Finding, context: AlertContext): Alert {
  const { facts, assessment, rule } = finding;
  const ref = context.row?.ref ?? `#${facts.intervention}`;
  return {
    id: context.id,
    rule,
    ...figuresOf(finding),
    entity: context.row?.entity ?? 1,
    subject_type: 'intervention',
    subject_id: facts.intervention,
    subject_ref: ref,
    ...explainFinding(context.locale, rule, ref, { facts, assessment }),
    details: JSON.stringify({
      type: facts.type,
      city: facts.city,
      estimated_hours: facts.estimatedHours,
      satisfaction: facts.satisfaction,
      score_limit: ODD_SCORE,
      hours: measureDetails(assessment.hours),
      cost_eur: measureDetails(assessment.cost),
    }),
    source_seq: finding.seq,
    committed_at: finding.committedAt,
    raised_at: context.raisedAt,
  };
}
