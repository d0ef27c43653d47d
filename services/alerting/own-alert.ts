import type { Alert } from '../../core/alert.ts';

/** What is wrong with ourselves, in the language of the firm. */
export interface OwnProblem {
  readonly title: string;
  readonly text: string;
}

const SEVERITY = 90;

interface OwnAlert extends OwnProblem {
  readonly kind: string;
  /** Of the pipeline or of a channel. */
  readonly name: string;
  /** Milliseconds since epoch. */
  readonly now: number;
}

/** An alert about ourselves, which no analysis raised and no log holds. */
export function ownAlert({ kind, name, title, text, now }: OwnAlert): Alert {
  return {
    ...{ id: `${kind}:${name}`, rule: kind, severity: SEVERITY, entity: 0 },
    ...{ subject_type: kind, subject_id: 0, subject_ref: name, title, explanation: text },
    ...{ actual: null, expected: null, unit: null, details: '{}' },
    ...{ source_seq: 0, committed_at: now, raised_at: now },
  };
}
