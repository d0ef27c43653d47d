/** Judges interventions as their figures change, then learns from them. */
import { findingId, type Finding, rounded, type Told } from '../build-alert.ts';
import { explainFinding, type Locale } from '../explanation.ts';
import { findJob, forgetJob, type Job, type JobHistory, learnJob } from '../job-history.ts';
import {
  type Assessment,
  assess,
  type InterventionFacts,
  jobOf,
  type Measure,
  ODD_SCORE,
  type Rule,
  severityOfMark,
  typeKey,
  UNHAPPY,
} from '../model.ts';
import type { RowChange } from '../row-changes.ts';
import { strictnessOf } from './answers.ts';
import { likeCasesText, type NamedCase, partsText } from './context-wording.ts';
import { findLikeCases } from './like-cases.ts';
import type { LiveMemory } from './live-memory.ts';
import type { WholeJob, WholeView } from './unusual-whole.ts';

/** Robust standard deviations from which hours and cost together may be an unusual whole. */
const PART_SCORE = 2;
const RULE_FIGURE: Readonly<Record<Rule, 'logRatio' | 'logCostRate' | 'both'>> = {
  intervention_hours: 'logRatio',
  intervention_cost: 'logCostRate',
  intervention_satisfaction: 'both',
  intervention_whole: 'both',
};

type BareJob = Omit<Job, 'order'>;

/** Equal texts are the same job: same type, same hours, same cost, as exactly as the history keeps them. */
const describe = (type: string, job: BareJob): string =>
  [type, ...[job.logRatio, job.logCostRate, job.hours].map(Math.fround)].join(' ');

function describeFacts(facts: InterventionFacts): string | null {
  const job = jobOf(facts);
  return job && describe(typeKey(facts.type), job);
}

function learntJob(history: JobHistory, intervention: number): string | null {
  const known = findJob(history, intervention);
  return known && describe(known.type, known.job);
}

/** Everything that is known of one intervention when it is judged. */
interface Judged {
  readonly facts: InterventionFacts;
  readonly assessment: Assessment;
  readonly view: WholeView | null;
  readonly findings: readonly Rule[];
}

/** Both long and dear for its type, though maybe neither enough by itself. */
const isLongAndDear = ({ hours, cost }: Assessment): boolean =>
  Math.min(hours?.score ?? 0, cost?.score ?? 0) >= PART_SCORE;

function wholeJobOf(size: number, facts: InterventionFacts, { hours, cost }: Assessment): WholeJob {
  const known = (figure: number | null | undefined): number => figure ?? Number.NaN;
  return {
    ...{ size, hours: known(hours?.score), cost: known(cost?.score) },
    satisfaction: known(facts.satisfaction),
  };
}

function judgeFacts(memory: LiveMemory, facts: InterventionFacts): Judged {
  const { history, answers, whole } = memory;
  const assessment = assess(history, facts, (rule) => strictnessOf(answers, rule));
  const { actualHours } = facts;
  // The forest is asked only where its answer counts: most jobs are as usual.
  const isAsked = actualHours !== null && (assessment.findings.length > 0 || isLongAndDear(assessment));
  const view = isAsked ? whole.look(wholeJobOf(actualHours, facts, assessment)) : null;
  const isWhole = assessment.findings.length === 0 && view !== null && view.score > view.limit;
  const findings: readonly Rule[] = isWhole ? ['intervention_whole'] : assessment.findings;
  return { facts, assessment, view, findings };
}

/** The findings that this change brought. A row of a first copy is history: it teaches and alerts nothing. */
export function judgeIntervention(
  memory: LiveMemory,
  database: string,
  change: RowChange<InterventionFacts>,
): Finding[] {
  const facts = change.after;
  // A delete teaches nothing: Dolibarr rewrites extrafields as delete and insert.
  if (!facts) return [];
  const { history } = memory;
  const job = jobOf(facts);
  const known = change.before ? describeFacts(change.before) : learntJob(history, facts.intervention);
  const sameJob = known === describeFacts(facts);
  const sameMark = change.before !== null && change.before.satisfaction === facts.satisfaction;
  const findings: Finding[] = [];
  if (change.op !== 'r' && !(sameJob && sameMark)) {
    const judged = judgeFacts(memory, facts);
    for (const rule of judged.findings) {
      if (rule === 'intervention_satisfaction' ? sameMark : sameJob) continue;
      findings.push(findingOf(memory, database, { rule, judged, change }));
    }
  }
  if (!job) forgetJob(history, facts.intervention);
  else if (!(sameJob && sameMark)) {
    learnJob(history, typeKey(facts.type), job);
    memory.whole.noteLearnt(history);
  }
  return findings;
}

interface Source {
  readonly rule: Rule;
  readonly judged: Judged;
  readonly change: RowChange<InterventionFacts>;
}

function findingOf(memory: LiveMemory, database: string, source: Source): Finding {
  const { rule, judged, change } = source;
  const { facts } = judged;
  // What past cases were like is asked now: once the job is learnt, it would be its own like case.
  const cases = casesOf(memory, database, rule, facts);
  return {
    ...{ rule, subjectType: 'intervention', subjectId: facts.intervention, row: facts.intervention },
    ...{ pattern: typeKey(facts.type), seq: change.seq, committedAt: change.committedAt },
    strength: strengthOf(rule, judged),
    severity: severityOf(memory, rule, judged),
    tell: (locale) => tell(memory, { rule, judged, cases, locale }),
  };
}

function measureOf(rule: Rule, { hours, cost }: Assessment): Measure | null {
  return rule === 'intervention_hours' ? hours : rule === 'intervention_cost' ? cost : null;
}

function strengthOf(rule: Rule, { facts, assessment, view }: Judged): number {
  if (rule === 'intervention_satisfaction') return UNHAPPY + 1 - (facts.satisfaction ?? UNHAPPY);
  if (rule === 'intervention_whole') return view!.score / view!.limit;
  const measure = measureOf(rule, assessment)!;
  return (measure.score ?? measure.actual / measure.expected) / measure.limit;
}

function severityOf({ history }: LiveMemory, rule: Rule, { facts, assessment, view }: Judged): number {
  if (rule === 'intervention_satisfaction') return severityOfMark(history, facts.satisfaction ?? UNHAPPY);
  if (rule === 'intervention_whole') return view!.severity;
  return measureOf(rule, assessment)!.severity;
}

function refOf({ rows }: LiveMemory, intervention: number): string {
  return rows.get(intervention)?.ref ?? `#${intervention}`;
}

function casesOf(memory: LiveMemory, database: string, rule: Rule, facts: InterventionFacts): NamedCase[] {
  const job = jobOf(facts);
  if (!job || rule === 'intervention_satisfaction') return [];
  return findLikeCases(memory.history, typeKey(facts.type), job, RULE_FIGURE[rule]).map((like) => {
    const id = findingId(database, { rule, row: like.intervention });
    const answer = memory.answers.raised.get(id)?.answer ?? null;
    return { ...like, ref: refOf(memory, like.intervention), answer };
  });
}

interface Words {
  readonly rule: Rule;
  readonly judged: Judged;
  readonly cases: readonly NamedCase[];
  readonly locale: Locale;
}

function tell(memory: LiveMemory, { rule, judged, cases, locale }: Words): Told {
  const { facts, assessment, view } = judged;
  const ref = refOf(memory, facts.intervention);
  const { title, explanation } = explainFinding(locale, rule, ref, { facts, assessment });
  const told = [explanation];
  if (rule !== 'intervention_satisfaction') {
    if (view) told.push(partsText(locale, view.parts));
    told.push(likeCasesText(locale, cases, rule !== 'intervention_hours'));
  }
  return {
    ...{ entity: memory.rows.get(facts.intervention)?.entity ?? 1, subject_ref: ref, title },
    explanation: told.filter((part) => part !== '').join(' '),
    ...figuresOf(rule, judged),
    details: JSON.stringify(detailsOf(judged, cases)),
  };
}

function figuresOf(rule: Rule, { facts, assessment }: Judged): Pick<Told, 'actual' | 'expected' | 'unit'> {
  if (rule === 'intervention_satisfaction') {
    return { actual: facts.satisfaction, expected: null, unit: null };
  }
  const byCost = rule === 'intervention_cost' || !assessment.hours;
  const measure = byCost ? assessment.cost : assessment.hours;
  return {
    actual: measure && rounded(measure.actual),
    expected: measure && rounded(measure.expected),
    unit: byCost ? 'EUR' : 'h',
  };
}

function measureDetails(measure: Measure | null): object | null {
  if (!measure) return null;
  return {
    actual: rounded(measure.actual),
    expected: rounded(measure.expected),
    usual_low: measure.usual && rounded(measure.usual.low),
    usual_high: measure.usual && rounded(measure.usual.high),
    score: measure.score && rounded(measure.score),
    score_limit: rounded(measure.limit),
    sample: measure.sample,
    sample_of: measure.sampleOf,
  };
}

function detailsOf({ facts, assessment, view }: Judged, cases: readonly NamedCase[]): object {
  return {
    type: facts.type,
    city: facts.city,
    estimated_hours: facts.estimatedHours,
    satisfaction: facts.satisfaction,
    score_limit: ODD_SCORE,
    hours: measureDetails(assessment.hours),
    cost_eur: measureDetails(assessment.cost),
    whole: view && {
      ...{ score: rounded(view.score), limit: rounded(view.limit), severity: view.severity },
      parts: Object.fromEntries(view.parts.map(({ figure, share }) => [figure, rounded(share)])),
    },
    like_cases: cases.map(({ intervention, ref, hours, planned, cost, answer }) => ({
      ...{ intervention, ref, hours: rounded(hours), planned: planned && rounded(planned) },
      ...{ cost_eur: cost && rounded(cost), answer },
    })),
  };
}
