/** Judges invoices when they are validated and exits of goods when they are booked, then learns from them. */
import { type Finding, rounded, type Told } from '../build-alert.ts';
import type { Locale } from '../explanation.ts';
import type { RowChange } from '../row-changes.ts';
import { type AmountHistory, type AmountOddity, assessAmount, learnAmount } from './amount-history.ts';
import { strictnessOf } from './answers.ts';
import { explainAmount } from './context-wording.ts';
import type { ExitRow, InvoiceRow } from './document-changes.ts';
import type { LiveMemory } from './live-memory.ts';

type AmountRule = 'invoice_amount' | 'stock_exit';

interface Amount {
  readonly rule: AmountRule;
  readonly subjectId: number;
  readonly row: number;
  readonly ref: string;
  readonly entity: number;
  readonly owner: number;
  readonly amount: number;
}

/** Robust standard deviations; as in the scheduled list. */
const ODD_AMOUNT = 3;
const SUBJECTS = { invoice_amount: 'invoice', stock_exit: 'product' } as const;
const KINDS = { invoice_amount: 'invoice', stock_exit: 'exit' } as const;
/** EUR, or units, over the expected below which nothing is odd. */
const MIN_OVER = { invoice_amount: 200, stock_exit: 3 } as const;

function namesOf(memory: LiveMemory, rule: AmountRule): ReadonlyMap<number, string> {
  return rule === 'invoice_amount' ? memory.customers : memory.products;
}

function historyOf(memory: LiveMemory, rule: AmountRule): AmountHistory {
  return rule === 'invoice_amount' ? memory.invoices : memory.exits;
}

/** An invoice counts once: when it becomes valid. One of a first copy teaches and alerts nothing. */
export function judgeInvoice(memory: LiveMemory, change: RowChange<InvoiceRow>): Finding[] {
  const { after, before } = change;
  if (!after?.counts || before?.counts === true) return [];
  const { invoice, ref, entity, customer, amount } = after;
  const figures = { subjectId: invoice, row: invoice, ref, entity, owner: customer, amount };
  return judge(memory, { rule: 'invoice_amount', ...figures }, change);
}

/** A movement is never changed, so only its first sight counts. */
export function judgeExit(memory: LiveMemory, change: RowChange<ExitRow>): Finding[] {
  const { after, before } = change;
  if (!after || before || after.quantity === null) return [];
  const { movement, product, quantity } = after;
  const figures = { subjectId: product, row: movement, ref: `#${movement}`, entity: 1, owner: product };
  return judge(memory, { rule: 'stock_exit', ...figures, amount: quantity }, change);
}

function judge(
  memory: LiveMemory,
  amount: Amount,
  change: Pick<RowChange<unknown>, 'op' | 'seq' | 'committedAt'>,
): Finding[] {
  const { rule, owner, row, subjectId } = amount;
  const history = historyOf(memory, rule);
  const oddity = change.op === 'r' ? null : assessAmount(history, owner, amount.amount);
  learnAmount(history, owner, amount.amount, oddity?.score ?? null);
  const limit = ODD_AMOUNT * strictnessOf(memory.answers, rule);
  if (!oddity || oddity.score < limit || amount.amount <= oddity.high) return [];
  if (amount.amount - oddity.expected < MIN_OVER[rule]) return [];
  return [
    {
      ...{ rule, subjectType: SUBJECTS[rule], subjectId, row, pattern: String(owner) },
      ...{ strength: oddity.score / limit, severity: oddity.severity },
      ...{ seq: change.seq, committedAt: change.committedAt },
      tell: (locale) => tell(memory, { amount, oddity, limit, locale }),
    },
  ];
}

interface Words {
  readonly amount: Amount;
  readonly oddity: AmountOddity;
  readonly limit: number;
  readonly locale: Locale;
}

function tell(memory: LiveMemory, { amount, oddity, limit, locale }: Words): Told {
  const { rule, ref, entity, owner } = amount;
  const name = namesOf(memory, rule).get(owner) || `#${owner}`;
  const { expected, low, high, sample, sampleOf, score, last } = oddity;
  const facts = { ref, owner: name, amount: amount.amount, low, high, sample, sampleOf, score, limit, last };
  return {
    ...{ entity, subject_ref: rule === 'stock_exit' ? name : ref },
    ...explainAmount(locale, KINDS[rule], facts),
    ...{ actual: rounded(amount.amount), expected: rounded(expected) },
    unit: rule === 'invoice_amount' ? 'EUR' : null,
    details: JSON.stringify({
      ...{ owner, owner_name: name, usual_low: rounded(low), usual_high: rounded(high) },
      ...{ score: rounded(score), score_limit: rounded(limit), sample, sample_of: sampleOf },
      last: last.map(rounded),
    }),
  };
}
