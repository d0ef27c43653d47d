/**
 * What people said of alerts moves what alerts come next:
 * - `normal`: for ninety days nothing like it alerts again, that is of the same rule and the same kind of job, customer
 *   or product, unless it is clearly further out of line than what was called normal;
 * - `useful`: such a silence ends;
 * - both together: the share of useful answers moves the rule's limit, from 0.85 to 1.3 times what it is at first;
 * - `data_error`: the job is forgotten, so that a slip of the keyboard does not become what is usual.
 * A later answer to the same alert replaces the earlier one. Times are those of the answers and the commits, so that
 * reading the log a second time decides the same.
 */
import { WEEK_MS } from '../alert-budget.ts';
import { keepNewest } from '../keep-newest.ts';

export const JUDGEMENTS = ['useful', 'normal', 'data_error'] as const;
export type Judgement = (typeof JUDGEMENTS)[number];

export interface AlertAnswer {
  /** Id of the alert. */
  readonly alert: string;
  readonly answer: Judgement;
  /** Milliseconds since epoch. */
  readonly at: number;
}

/** What must be known of an alert when its answer comes. */
export interface RaisedAlert {
  readonly rule: string;
  /** Row in Dolibarr that showed it. */
  readonly row: number;
  /** The kind of job, customer or product that it was about. */
  readonly pattern: string;
  /** How many times the limit it was. */
  readonly strength: number;
  readonly answer: Judgement | null;
}

export interface Dismissal {
  readonly strength: number;
  /** Until when, ms since epoch. */
  readonly until: number;
}

export interface AnswerMemory {
  /** By alert id, oldest first. */
  readonly raised: Map<string, RaisedAlert>;
  /** By rule and pattern, oldest first. */
  readonly dismissed: Map<string, Dismissal>;
}

const MAX_RAISED = 1000;
const MAX_DISMISSED = 500;
const DISMISSED_MS = 13 * WEEK_MS;
/** What is this much further out of line than what was called normal alerts all the same. */
const CLEARLY = 1.25;
/** Answers looked back on for a rule's limit, and those that stand for knowing nothing yet. */
const LOOKED_BACK = 50;
const PRIOR_ANSWERS = 6;
const [LOWEST, HIGHEST] = [0.85, 1.3] as const;

export const emptyAnswers = (): AnswerMemory => ({ raised: new Map(), dismissed: new Map() });

const patternKey = (rule: string, pattern: string): string => `${rule} ${pattern}`;

/** What is noted already stays, with its answer. */
export function noteRaised(memory: AnswerMemory, id: string, alert: Omit<RaisedAlert, 'answer'>): void {
  if (memory.raised.has(id)) return;
  memory.raised.set(id, { ...alert, answer: null });
  keepNewest(memory.raised, MAX_RAISED);
}

export function noteAnswer(memory: AnswerMemory, { alert: id, answer, at }: AlertAnswer): void {
  const alert = memory.raised.get(id);
  if (!alert) return;
  memory.raised.set(id, { ...alert, answer });
  const key = patternKey(alert.rule, alert.pattern);
  const before = memory.dismissed.get(key);
  memory.dismissed.delete(key);
  if (answer === 'normal') {
    const strength = Math.max(alert.strength, before?.strength ?? 0);
    memory.dismissed.set(key, { strength, until: at + DISMISSED_MS });
    keepNewest(memory.dismissed, MAX_DISMISSED);
  } else if (answer === 'data_error' && before) memory.dismissed.set(key, before);
}

/** By how much the rule's limit is to be multiplied: below 1 where its alerts were useful, above where they were not. */
export function strictnessOf(memory: AnswerMemory, rule: string): number {
  const answers = [...memory.raised.values()]
    .filter((alert) => alert.rule === rule && (alert.answer === 'useful' || alert.answer === 'normal'))
    .slice(-LOOKED_BACK);
  const useful = answers.filter(({ answer }) => answer === 'useful').length;
  const share = (useful + PRIOR_ANSWERS / 2) / (answers.length + PRIOR_ANSWERS);
  return share >= 0.5 ? 1 - (1 - LOWEST) * (2 * share - 1) : 1 + (HIGHEST - 1) * (1 - 2 * share);
}

/** Whether people said that this is normal. */
export function isDismissed(
  memory: AnswerMemory,
  finding: {
    readonly rule: string;
    readonly pattern: string;
    readonly strength: number;
    readonly at: number;
  },
): boolean {
  const dismissal = memory.dismissed.get(patternKey(finding.rule, finding.pattern));
  return (
    dismissal !== undefined && finding.at < dismissal.until && finding.strength < dismissal.strength * CLEARLY
  );
}

export interface SavedAnswers {
  readonly raised: readonly (readonly [string, RaisedAlert])[];
  readonly dismissed: readonly (readonly [string, Dismissal])[];
}

export const saveAnswers = ({ raised, dismissed }: AnswerMemory): SavedAnswers => ({
  raised: [...raised],
  dismissed: [...dismissed],
});

export const loadAnswers = (saved: SavedAnswers): AnswerMemory => ({
  raised: new Map(saved.raised),
  dismissed: new Map(saved.dismissed),
});
