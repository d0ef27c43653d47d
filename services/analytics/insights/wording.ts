/** The sentences of insights. */
import type { Locale } from '../explanation.ts';

export interface GroupFacts {
  readonly kind: 'technician' | 'site' | 'type';
  readonly subject: string;
  /** Hours over the estimate, as a share: 0.2 is 20 % more. */
  readonly value: number;
  readonly usual: number;
  readonly sample: number;
}

export interface TrendFacts {
  readonly subject: 'revenue' | 'tickets';
  /** `YYYY-MM`. */
  readonly month: string;
  readonly value: number;
  readonly usual: number;
  readonly sample: number;
}

interface Words {
  readonly group: (facts: GroupFacts) => string;
  readonly trend: (facts: TrendFacts) => string;
  readonly none: string;
}

const percent = (share: number): string => `${share < 0 ? '-' : '+'}${Math.abs(Math.round(100 * share))} %`;
const figure = (value: number, locale: string): string =>
  new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(value);

export const WORDS: Readonly<Record<Locale, Words>> = {
  fr: {
    group: ({ kind, subject, value, usual, sample }) => {
      const who = {
        technician: 'Les interventions de',
        site: 'Les interventions à',
        type: 'Les interventions de type',
      };
      return `${who[kind]} ${subject} prennent ${percent(value)} par rapport à l'estimation (entreprise : ${percent(usual)}, ${sample} interventions sur douze mois).`;
    },
    trend: ({ subject, month, value, usual, sample }) => {
      const what = subject === 'revenue' ? 'Chiffre d’affaires' : 'Tickets';
      const unit = subject === 'revenue' ? ' €' : '';
      return `${what} de ${month} : ${figure(value, 'fr-FR')}${unit}, d'habitude ${figure(usual, 'fr-FR')}${unit} (${percent(usual === 0 ? 0 : value / usual - 1)}, médiane des ${sample} mois d'avant).`;
    },
    none: "Rien ne s'écarte de l'habitude plus que le hasard, ou trop peu d'historique.",
  },
  en: {
    group: ({ kind, subject, value, usual, sample }) => {
      const who = { technician: 'Jobs of', site: 'Jobs in', type: 'Jobs of type' };
      return `${who[kind]} ${subject} take ${percent(value)} against the estimate (firm: ${percent(usual)}, ${sample} jobs in twelve months).`;
    },
    trend: ({ subject, month, value, usual, sample }) => {
      const what = subject === 'revenue' ? 'Turnover' : 'Tickets';
      const unit = subject === 'revenue' ? ' €' : '';
      return `${what} of ${month}: ${figure(value, 'en-GB')}${unit}, usually ${figure(usual, 'en-GB')}${unit} (${percent(usual === 0 ? 0 : value / usual - 1)}, median of the ${sample} months before).`;
    },
    none: 'Nothing differs from the usual by more than chance, or there is too little history.',
  },
};
