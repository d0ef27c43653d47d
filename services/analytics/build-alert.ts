/** What was found, and the alert that it becomes. */
import type { Alert } from '../../core/alert.ts';
import type { Locale } from './explanation.ts';
import type { Rule } from './model.ts';

export type AmountRule = 'invoice_amount' | 'stock_exit';
export type LiveRule = Rule | AmountRule;

/** The parts of an alert that need words or the names of things. */
export type Told = Pick<
  Alert,
  'entity' | 'subject_ref' | 'title' | 'explanation' | 'actual' | 'expected' | 'unit' | 'details'
>;

/** Something out of line. */
export interface Finding {
  readonly rule: LiveRule;
  readonly subjectType: 'intervention' | 'invoice' | 'product';
  readonly subjectId: number;
  /** Row in Dolibarr that shows it: the intervention, invoice or movement. */
  readonly row: number;
  /** What an answer to it speaks of: the kind of job, the customer or the product. */
  readonly pattern: string;
  /** How many times its limit it is; at least 1. */
  readonly strength: number;
  /** 0 to 100. */
  readonly severity: number;
  /** seq of the change that showed it. */
  readonly seq: number;
  /** Commit time, ms since epoch. */
  readonly committedAt: number;
  /** Called when it is raised: names may have come after the change. */
  readonly tell: (locale: Locale) => Told;
}

/** Depends on nothing but the rule and the row: a second reading of the log gives the same id. */
export function findingId(database: string, { rule, row }: Pick<Finding, 'rule' | 'row'>): string {
  return `${rule}:${encodeURIComponent(database)}:${row}`;
}

/** `raisedAt`: milliseconds since epoch. */
export function buildAlert(
  finding: Finding,
  { id, locale, raisedAt }: { readonly id: string; readonly locale: Locale; readonly raisedAt: number },
): Alert {
  const { rule, severity, subjectType, subjectId, seq, committedAt } = finding;
  return {
    ...{ id, rule, severity, subject_type: subjectType, subject_id: subjectId },
    ...finding.tell(locale),
    ...{ source_seq: seq, committed_at: committedAt, raised_at: raisedAt },
  };
}

/** Six significant digits: what a person or a page can use. */
export const rounded = (value: number): number => Number(value.toPrecision(6));
