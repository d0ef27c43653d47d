/** Words around an alert that are not its own figures: what plays which part, and which past cases were like it. */
import type { AmountRule } from '../build-alert.ts';
import type { Locale } from '../explanation.ts';
import type { Judgement } from './answers.ts';
import type { LikeCase } from './like-cases.ts';
import type { WholeFigure, WholeView } from './unusual-whole.ts';

/** A like case with the name that people know it by, and what was said when it alerted. */
export interface NamedCase extends LikeCase {
  readonly ref: string;
  readonly answer: Judgement | null;
}

interface ContextWords {
  readonly number: Intl.NumberFormat;
  readonly figures: Readonly<Record<WholeFigure, string>>;
  readonly answers: Readonly<Record<Judgement, string>>;
  readonly parts: (list: string) => string;
  readonly like: (list: string) => string;
  readonly unlike: string;
  readonly hours: (actual: string, planned: string | null) => string;
  readonly euros: (amount: string) => string;
  readonly distance: (score: string, limit: string) => string;
  /** Between what happened and what is usual. */
  readonly between: string;
}

const WORDS: Readonly<Record<Locale, ContextWords>> = {
  fr: {
    number: new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 1 }),
    figures: {
      ...{ size: 'taille du chantier', hours: 'écart au prévu', cost: 'coût horaire' },
      satisfaction: 'satisfaction',
    },
    answers: { useful: 'jugé utile', normal: 'jugé normal', data_error: 'erreur de saisie' },
    parts: (list) => `Part de chaque chiffre dans l'écart : ${list}.`,
    like: (list) => `Cas semblables : ${list}.`,
    unlike: "Aucun cas semblable dans l'historique.",
    hours: (actual, planned) => (planned === null ? `${actual} h` : `${actual} h pour ${planned} h`),
    euros: (amount) => `${amount} €`,
    distance: (score, limit) => `Écart de ${score} fois la dispersion habituelle (seuil ${limit}).`,
    between: ' ; ',
  },
  en: {
    number: new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 }),
    figures: {
      ...{ size: 'size of the job', hours: 'gap to the plan', cost: 'cost per hour' },
      satisfaction: 'satisfaction',
    },
    answers: { useful: 'said to be useful', normal: 'said to be normal', data_error: 'a typing error' },
    parts: (list) => `Part played by each figure: ${list}.`,
    like: (list) => `Like cases: ${list}.`,
    unlike: 'No like case in history.',
    hours: (actual, planned) => (planned === null ? `${actual} h` : `${actual} h for ${planned} h`),
    euros: (amount) => `${amount} €`,
    distance: (score, limit) => `${score} times the usual spread away (limit ${limit}).`,
    between: '; ',
  },
};

/** Parts under this share are not worth a word. */
const MIN_SHARE = 0.1;

export function partsText(locale: Locale, parts: WholeView['parts']): string {
  const { figures, parts: say } = WORDS[locale];
  const named = parts.filter(({ share }) => share >= MIN_SHARE).slice(0, 3);
  if (named.length === 0) return '';
  return say(named.map(({ figure, share }) => `${figures[figure]} ${Math.round(100 * share)} %`).join(', '));
}

/** `withCost`: the figure that is out of line is the cost. */
export function likeCasesText(locale: Locale, cases: readonly NamedCase[], withCost: boolean): string {
  const words = WORDS[locale];
  const figure = (value: number): string => words.number.format(value);
  if (cases.length === 0) return words.unlike;
  const list = cases.map(({ ref, hours, planned, cost, answer }) => {
    const told = [words.hours(figure(hours), planned === null ? null : figure(planned))];
    if (withCost && cost !== null) told.push(words.euros(figure(Math.round(cost))));
    if (answer !== null) told.push(words.answers[answer]);
    return `${ref} (${told.join(', ')})`;
  });
  return words.like(list.join(', '));
}

interface AmountFacts {
  readonly ref: string;
  readonly owner: string;
  readonly amount: number;
  readonly low: number;
  readonly high: number;
  readonly sample: number;
  readonly sampleOf: 'owner' | 'firm';
  readonly score: number;
  readonly limit: number;
  readonly last: readonly number[];
}

interface AmountWords {
  readonly title: (facts: AmountFacts, figure: (value: number) => string) => string;
  readonly usual: (facts: AmountFacts, figure: (value: number) => string) => string;
  readonly last: (list: string) => string;
}

const AMOUNT_WORDS: Readonly<Record<Locale, Readonly<Record<AmountRule, AmountWords>>>> = {
  fr: {
    invoice_amount: {
      title: ({ ref, owner, amount }, figure) => `Facture ${ref} : ${figure(amount)} € pour ${owner}`,
      usual: ({ low, high, sample, sampleOf }, figure) =>
        `d'habitude ${figure(low)} à ${figure(high)} € (${sample} factures ${sampleOf === 'owner' ? 'de ce client' : "de l'entreprise"})`,
      last: (list) => `Dernières factures : ${list} €.`,
    },
    stock_exit: {
      title: ({ ref, owner, amount }, figure) =>
        `Sortie de stock ${ref} : ${figure(amount)} unités de ${owner}`,
      usual: ({ low, high, sample, sampleOf }, figure) =>
        `d'habitude ${figure(low)} à ${figure(high)} (${sample} sorties ${sampleOf === 'owner' ? 'de cet article' : "de l'entreprise"})`,
      last: (list) => `Dernières sorties : ${list}.`,
    },
  },
  en: {
    invoice_amount: {
      title: ({ ref, owner, amount }, figure) => `Invoice ${ref}: ${figure(amount)} € for ${owner}`,
      usual: ({ low, high, sample, sampleOf }, figure) =>
        `usually ${figure(low)} to ${figure(high)} € (${sample} invoices of ${sampleOf === 'owner' ? 'this customer' : 'the firm'})`,
      last: (list) => `Last invoices: ${list} €.`,
    },
    stock_exit: {
      title: ({ ref, owner, amount }, figure) => `Stock exit ${ref}: ${figure(amount)} units of ${owner}`,
      usual: ({ low, high, sample, sampleOf }, figure) =>
        `usually ${figure(low)} to ${figure(high)} (${sample} exits of ${sampleOf === 'owner' ? 'this product' : 'the firm'})`,
      last: (list) => `Last exits: ${list}.`,
    },
  },
};

/** Words for an amount that is out of line. */
export function explainAmount(
  locale: Locale,
  rule: AmountRule,
  facts: AmountFacts,
): { readonly title: string; readonly explanation: string } {
  const words = AMOUNT_WORDS[locale][rule];
  const { number, distance, between } = WORDS[locale];
  const figure = (value: number): string => number.format(value >= 100 ? Math.round(value) : value);
  const title = words.title(facts, figure);
  const last = facts.last.length === 0 ? '' : ` ${words.last(facts.last.map(figure).join(', '))}`;
  return {
    title,
    explanation: `${title}${between}${words.usual(facts, figure)}. ${distance(figure(facts.score), figure(facts.limit))}${last}`,
  };
}
