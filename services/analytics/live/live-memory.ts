/** What the live half has learnt: all that a verdict depends on. */
import type { InterventionRow } from '../intervention-changes.ts';
import { emptyHistory, forgetJob, type JobHistory } from '../job-history.ts';
import { keepNewest } from '../keep-newest.ts';
import { type AmountHistory, emptyAmounts } from './amount-history.ts';
import { type AlertAnswer, type AnswerMemory, emptyAnswers, noteAnswer } from './answers.ts';
import { UnusualWhole } from './unusual-whole.ts';

export interface LiveMemory {
  readonly history: JobHistory;
  readonly whole: UnusualWhole;
  readonly invoices: AmountHistory;
  readonly exits: AmountHistory;
  readonly answers: AnswerMemory;
  /** Interventions, customers and products by id; least recently changed first. */
  readonly rows: Map<number, InterventionRow>;
  readonly customers: Map<number, string>;
  readonly products: Map<number, string>;
}

export const emptyLiveMemory = (): LiveMemory => ({
  ...{ history: emptyHistory(), whole: new UnusualWhole(), answers: emptyAnswers() },
  ...{ invoices: emptyAmounts(), exits: emptyAmounts() },
  ...{ rows: new Map(), customers: new Map(), products: new Map() },
});

/** Names remembered of each kind. */
const MAX_NAMES = 2000;
/** Interventions whose reference is remembered. */
const MAX_REFERENCES = 5000;

function remember<Value>(entries: Map<number, Value>, id: number, value: Value, keep: number): void {
  entries.delete(id);
  entries.set(id, value);
  keepNewest(entries, keep);
}

export function rememberRow({ rows }: LiveMemory, row: InterventionRow): void {
  remember(rows, row.intervention, row, MAX_REFERENCES);
}

/** Of a customer or product. */
export function rememberName(names: Map<number, string>, id: number, name: string): void {
  remember(names, id, name, MAX_NAMES);
}

/** A job whose figures were a slip of the keyboard must not become what is usual; it is learnt again when corrected. */
export function takeAnswer({ answers, history }: LiveMemory, answer: AlertAnswer): void {
  const alert = answers.raised.get(answer.alert);
  noteAnswer(answers, answer);
  if (answer.answer === 'data_error' && alert?.rule.startsWith('intervention_'))
    forgetJob(history, alert.row);
}
