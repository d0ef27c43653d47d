/**
 * A case: what people act on. Alerts about the same record belong to one case while it is open, so that there is one
 * message to follow, not three. Cases are plain JSON values; each function here returns a changed copy.
 *
 * `revision` counts every visible change, `news` is the revision of the last one that people should be told of. A
 * channel has to send while what it sent last is older than what it wants: this is the outbox.
 */
import { createHash } from 'node:crypto';
import type { Alert } from '../../core/alert.ts';
import type { JsonValue } from '../../core/ports/change-log.ts';

export type CaseState = 'open' | 'acknowledged' | 'closed';

/** What people say about an alert: it helped, it is nothing unusual, or somebody typed a wrong figure. */
export type Answer = 'useful' | 'normal' | 'data_error';

export const ANSWERS: readonly Answer[] = ['useful', 'normal', 'data_error'];

/** A customer or a building site, by its rowid in Dolibarr; `name` is '' while unknown. */
export type Party = { readonly id: number; readonly name: string };

export type CaseFinding = {
  /** Id of the alert. */
  readonly alert: string;
  readonly rule: string;
  readonly severity: number;
  readonly title: string;
  readonly explanation: string;
  readonly actual: number | null;
  readonly expected: number | null;
  readonly unit: string | null;
  /** Milliseconds since epoch. */
  readonly committedAt: number;
};

/** Where one channel stands with a case. */
export type CaseDelivery = {
  /** Not before this, ms since epoch. */
  readonly due: number;
  /** Together with others, at `due`. */
  readonly digest: boolean;
  /** Revision that was delivered last; 0: none. */
  readonly sent: number;
  /** When; null: never. */
  readonly sentAt: number | null;
  readonly receipt: JsonValue;
  /** Why the receiver will never take it; null while it may. */
  readonly refused: string | null;
};

export type CaseNews = 'found' | 'worse' | 'back' | 'escalated' | 'resolved' | null;

export type AlertCase = {
  readonly id: string;
  readonly key: string;
  readonly state: CaseState;
  readonly entity: number;
  readonly subjectType: string;
  readonly subjectId: number;
  readonly subjectRef: string;
  readonly customer: Party | null;
  readonly site: Party | null;
  /** Oldest first; at least one. */
  readonly findings: readonly CaseFinding[];
  readonly openedAt: number;
  readonly changedAt: number;
  readonly acknowledged: { readonly by: string; readonly at: number } | null;
  readonly answer: { readonly answer: Answer; readonly by: string; readonly at: number } | null;
  readonly closedAt: number | null;
  readonly revision: number;
  readonly news: number;
  /** What the last news was. */
  readonly newsKind: CaseNews;
  /** Steps of escalation that were taken. */
  readonly escalations: number;
  readonly deliveries: { readonly [channel: string]: CaseDelivery };
};

/** Findings kept of a case. */
const MAX_FINDINGS = 20;
/** By how much a severity must rise to be news. */
const WORSE_BY = 10;

export const caseKey = (alert: Pick<Alert, 'entity' | 'subject_type' | 'subject_id'>): string =>
  `${alert.entity}:${alert.subject_type}:${alert.subject_id}`;

/** The same for a second reading of the log. */
export function caseId(key: string, alertId: string, offset: number): string {
  return createHash('sha256').update(`${key}\n${alertId}\n${offset}`).digest('hex').slice(0, 16);
}

function findingOf(alert: Alert): CaseFinding {
  const { id, rule, severity, title, explanation, actual, expected, unit, committed_at } = alert;
  return {
    ...{ alert: id, rule, severity, title, explanation, actual, expected, unit },
    committedAt: Number(committed_at),
  };
}

export interface CaseOpening {
  readonly id: string;
  readonly now: number;
  readonly customer: Party | null;
  readonly site: Party | null;
}

export function openCase(alert: Alert, { id, now, customer, site }: CaseOpening): AlertCase {
  return {
    ...{ id, key: caseKey(alert), state: 'open', entity: alert.entity, customer, site },
    ...{ subjectType: alert.subject_type, subjectId: alert.subject_id, subjectRef: alert.subject_ref },
    findings: [findingOf(alert)],
    ...{ openedAt: now, changedAt: now, acknowledged: null, answer: null, closedAt: null },
    ...{ revision: 1, news: 1, newsKind: 'found', escalations: 0, deliveries: {} },
  };
}

/** The finding that the case is shown by: the most severe, the newest of equals. */
export function leadFinding({ findings }: Pick<AlertCase, 'findings'>): CaseFinding {
  return findings.reduce((lead, each) => (each.severity >= lead.severity ? each : lead));
}

/** A change that people see when they look. */
export function changed(each: AlertCase, now: number, changes: Partial<AlertCase>): AlertCase {
  return { ...each, ...changes, changedAt: now, revision: each.revision + 1 };
}

/** A change that people are told of. */
export function withNews(
  each: AlertCase,
  now: number,
  newsKind: CaseNews,
  changes: Partial<AlertCase> = {},
): AlertCase {
  return changed(each, now, { ...changes, newsKind, news: each.revision + 1 });
}

/**
 * One more alert about the case's subject, or new figures of one it has. A closed case opens again, unless people said
 * that this is normal or a wrong figure: they are not told twice.
 */
export function withAlert(each: AlertCase, alert: Alert, now: number): AlertCase {
  const finding = findingOf(alert);
  const others = each.findings.filter((known) => known.alert !== finding.alert);
  const isNewRule = others.every((known) => known.rule !== finding.rule) && others.length > 0;
  const isWorse = finding.severity >= leadFinding(each).severity + WORSE_BY;
  const findings = [...others, finding].slice(-MAX_FINDINGS);
  if (each.state === 'closed') {
    const isSettled = each.answer !== null && each.answer.answer !== 'useful';
    if (isSettled && !isNewRule) return changed(each, now, { findings });
    return withNews(each, now, 'back', {
      ...{ findings, state: 'open', closedAt: null, answer: null, acknowledged: null, escalations: 0 },
    });
  }
  return isNewRule || isWorse ? withNews(each, now, 'worse', { findings }) : changed(each, now, { findings });
}

/** The revision that a channel must have sent to be done with the case. */
export function wantedRevision(each: AlertCase, delivery: CaseDelivery, wants: 'every' | 'news'): number {
  return wants === 'every' && !delivery.digest ? each.revision : each.news;
}
