/** The sentences of the anomalies that a run lists. */
import type { Locale } from '../explanation.ts';

interface HoursFacts {
  readonly subject: string;
  readonly kind: string;
  readonly actual: number;
  readonly planned: number;
  readonly low: number;
  readonly high: number;
  readonly sample: number;
}

interface CombinationFacts {
  readonly subject: string;
  readonly kind: string;
  readonly actual: number;
  readonly cost: number | null;
  readonly satisfaction: number | null;
}

interface AmountFacts {
  readonly subject: string;
  readonly owner: string;
  readonly actual: number;
  readonly expected: number;
  readonly sample: number;
}

interface SilenceFacts {
  readonly by: 'technician' | 'city';
  readonly subject: string;
  /** Days. */
  readonly silent: number;
  readonly usual: number;
}

interface AnomalyWords {
  readonly hours: (facts: HoursFacts) => string;
  readonly combination: (facts: CombinationFacts) => string;
  readonly invoice: (facts: AmountFacts) => string;
  readonly stock: (facts: AmountFacts) => string;
  readonly silence: (facts: SilenceFacts) => string;
  readonly none: (jobs: number) => string;
}

const number = (locale: string) => {
  const format = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  return (value: number): string => format.format(value);
};
const fr = number('fr-FR');
const en = number('en-GB');
const nameOf = (subject: string, kind: string): string => (kind === '' ? subject : `${subject} (${kind})`);

export const ANOMALY_WORDS: Readonly<Record<Locale, AnomalyWords>> = {
  fr: {
    hours: ({ subject, kind, actual, planned, low, high, sample }) =>
      `Intervention ${nameOf(subject, kind)} : ${fr(actual)} h pour ${fr(planned)} h prévues, d'habitude ${fr(low)} à ${fr(high)} h (environ ${Math.round(sample)} interventions semblables).`,
    combination: ({ subject, kind, actual, cost, satisfaction }) =>
      `Intervention ${nameOf(subject, kind)} : ensemble inhabituel de ${fr(actual)} h${cost === null ? '' : `, ${fr(cost)} €`}${satisfaction === null ? '' : `, satisfaction ${fr(satisfaction)}/5`}.`,
    invoice: ({ subject, owner, actual, expected, sample }) =>
      `Facture ${subject} (${owner}) : ${fr(actual)} €, d'habitude ${fr(expected)} € (${sample} factures avant).`,
    stock: ({ subject, owner, actual, expected, sample }) =>
      `Sortie de stock ${subject} (${owner}) : ${fr(actual)} unités, d'habitude ${fr(expected)} (${sample} sorties avant).`,
    silence: ({ by, subject, silent, usual }) =>
      `${by === 'technician' ? 'Technicien' : 'Ville'} ${subject} : aucune intervention terminée depuis ${silent} jours, d'habitude une tous les ${fr(usual)} jours.`,
    none: (jobs) => `Rien d'anormal ces quatre dernières semaines (${jobs} interventions terminées connues).`,
  },
  en: {
    hours: ({ subject, kind, actual, planned, low, high, sample }) =>
      `Intervention ${nameOf(subject, kind)}: ${en(actual)} h for ${en(planned)} h planned, usually ${en(low)} to ${en(high)} h (about ${Math.round(sample)} like jobs).`,
    combination: ({ subject, kind, actual, cost, satisfaction }) =>
      `Intervention ${nameOf(subject, kind)}: an unusual whole of ${en(actual)} h${cost === null ? '' : `, ${en(cost)} €`}${satisfaction === null ? '' : `, satisfaction ${en(satisfaction)}/5`}.`,
    invoice: ({ subject, owner, actual, expected, sample }) =>
      `Invoice ${subject} (${owner}): ${en(actual)} €, usually ${en(expected)} € (${sample} invoices before).`,
    stock: ({ subject, owner, actual, expected, sample }) =>
      `Stock exit ${subject} (${owner}): ${en(actual)} units, usually ${en(expected)} (${sample} exits before).`,
    silence: ({ by, subject, silent, usual }) =>
      `${by === 'technician' ? 'Technician' : 'City'} ${subject}: no finished job for ${silent} days, usually one every ${en(usual)} days.`,
    none: (jobs) => `Nothing out of line in the last four weeks (${jobs} finished jobs known).`,
  },
};
