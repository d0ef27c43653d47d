/** The words of the report, in both languages. */
import type { Dimension } from './quality-rule.ts';

export type Locale = 'fr' | 'en';

export interface QualityWords {
  readonly locale: Locale;
  /** For figures. */
  readonly language: string;
  readonly title: string;
  readonly outOf: string;
  readonly allRows: string;
  readonly lastDays: (days: number) => string;
  readonly trend: string;
  readonly noTrend: string;
  readonly found: string;
  readonly nothing: string;
  readonly fault: string;
  readonly faulty: string;
  readonly checked: string;
  readonly records: string;
  readonly part: string;
  readonly score: string;
  readonly byKind: string;
  readonly byTable: string;
  readonly byColumn: string;
  readonly method: string;
  readonly dimensions: Readonly<Record<Dimension, string>>;
}

export const QUALITY_WORDS: Readonly<Record<Locale, QualityWords>> = {
  fr: {
    locale: 'fr',
    language: 'fr-FR',
    title: 'Qualité des données',
    outOf: 'Note sur 100',
    allRows: 'Toutes les lignes',
    lastDays: (days) => `Lignes modifiées depuis ${days} jours`,
    trend: 'Évolution',
    noTrend: 'Une seule mesure pour l’instant.',
    found: 'À corriger dans Dolibarr',
    nothing: 'Rien à corriger.',
    fault: 'Défaut',
    faulty: 'En défaut',
    checked: 'Contrôlées',
    records: 'Numéros (rowid)',
    part: 'Partie',
    score: 'Note',
    byKind: 'Par nature',
    byTable: 'Par table',
    byColumn: 'Par colonne',
    method: 'Note : 100 moins la part moyenne de lignes en défaut, chaque règle comptant selon son poids.',
    dimensions: {
      missing: 'Valeurs manquantes',
      duplicates: 'Doublons',
      consistency: 'Cohérence',
      freshness: 'Fraîcheur',
      validity: 'Validité',
    },
  },
  en: {
    locale: 'en',
    language: 'en-GB',
    title: 'Quality of the data',
    outOf: 'Score out of 100',
    allRows: 'All rows',
    lastDays: (days) => `Rows changed in the last ${days} days`,
    trend: 'Trend',
    noTrend: 'Measured once so far.',
    found: 'To be corrected in Dolibarr',
    nothing: 'Nothing to correct.',
    fault: 'Fault',
    faulty: 'Faulty',
    checked: 'Checked',
    records: 'Numbers (rowid)',
    part: 'Part',
    score: 'Score',
    byKind: 'By kind',
    byTable: 'By table',
    byColumn: 'By column',
    method: 'Score: 100 less the average share of faulty rows, each rule by its weight.',
    dimensions: {
      missing: 'Missing values',
      duplicates: 'Duplicates',
      consistency: 'Consistency',
      freshness: 'Freshness',
      validity: 'Validity',
    },
  },
};
