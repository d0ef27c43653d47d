/** Judges invoices when they are validated and exits of goods when they are booked, then learns from them. */
import { type AmountRule, type Finding, rounded, type Told } from '../build-alert.ts';
import type { Locale } from '../explanation.ts';
import type { RowChange } from '../row-changes.ts';
import { type AmountHistory, type AmountOddity, assessAmount, learnAmount } from './amount-history.ts';
import { strictnessOf } from './answers.ts';
import { explainAmount } from './context-wording.ts';
import type { ExitRow, InvoiceRow } from './document-changes.ts';
import type { LiveMemory } from './live-memory.ts';

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

interface AmountKind {
  readonly subjectType: Finding['subjectType'];
  /** EUR, or units, over the expected below which nothing is odd. */
  readonly minOver: number;
  readonly unit: Told['unit'];
  readonly historyOf: (memory: LiveMemory) => AmountHistory;
  /** Of the owners. */
  readonly namesOf: (memory: LiveMemory) => ReadonlyMap<number, string>;
}

const AMOUNT_KINDS: Readonly<Record<AmountRule, AmountKind>> = {
  invoice_amount: {
    ...{ subjectType: 'invoice', minOver: 200, unit: 'EUR' },
    historyOf: ({ invoices }) => invoices,
    namesOf: ({ customers }) => customers,
  },
  stock_exit: {
    ...{ subjectType: 'product', minOver: 3, unit: null },
    historyOf: ({ exits }) => exits,
    namesOf: ({ products }) => products,
  },
};

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
  const { subjectType, minOver, historyOf } = AMOUNT_KINDS[rule];
  const history = historyOf(memory);
  const oddity = change.op === 'r' ? null : assessAmount(history, owner, amount.amount);
  learnAmount(history, owner, amount.amount, oddity?.score ?? null);
  if (!oddity) return [];
  const limit = ODD_AMOUNT * strictnessOf(memory.answers, rule);
  if (oddity.score < limit || amount.amount <= oddity.high) return [];
  if (amount.amount - oddity.expected < minOver) return [];
  return [
    {
      ...{ rule, subjectType, subjectId, row, pattern: String(owner) },
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
  const { unit, namesOf } = AMOUNT_KINDS[rule];
  const name = namesOf(memory).get(owner) || `#${owner}`;
  const { expected, low, high, sample, sampleOf, score, last } = oddity;
  const facts = { ref, owner: name, amount: amount.amount, low, high, sample, sampleOf, score, limit, last };
  return {
    ...{ entity, subject_ref: rule === 'stock_exit' ? name : ref },
    ...explainAmount(locale, rule, facts),
    ...{ actual: rounded(amount.amount), expected: rounded(expected), unit },
    details: JSON.stringify({
      ...{ owner, owner_name: name, usual_low: rounded(low), usual_high: rounded(high) },
      ...{ score: rounded(score), score_limit: rounded(limit), sample, sample_of: sampleOf },
      last: last.map(rounded),
    }),
  };
}
