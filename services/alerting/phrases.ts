/** The words around an alert, in French and English; the alert's own sentences come in the language of the firm. */
import type { Answer } from './alert-case.ts';

export type Locale = 'fr' | 'en';

export interface Phrases {
  readonly severity: (severity: number) => string;
  readonly labels: {
    readonly severity: string;
    readonly customer: string;
    readonly site: string;
    readonly actual: string;
    readonly expected: string;
    readonly committed: string;
    readonly state: string;
  };
  readonly open: string;
  readonly acknowledged: (by: string, at: string) => string;
  readonly closed: string;
  readonly answered: (answer: string, by: string, at: string) => string;
  readonly answers: Readonly<Record<Answer, string>>;
  readonly somebody: string;
  readonly links: { readonly dolibarr: string; readonly take: string; readonly answer: string };
  readonly also: string;
  readonly news: {
    readonly worse: (text: string) => string;
    readonly back: string;
    readonly backAfterMute: (by: string) => string;
    readonly escalated: (at: string) => string;
    readonly resolved: string;
  };
  readonly closedTitle: (title: string) => string;
  readonly digest: (count: number) => string;
  readonly pipeLate: { readonly title: string; readonly text: (minutes: string) => string };
  readonly channelDown: {
    readonly title: (name: string) => string;
    readonly text: (name: string, reason: string) => string;
  };
  readonly proof: {
    readonly title: string;
    readonly text: (opened: number, open: number) => string;
    readonly mutes: (count: number) => string;
    readonly late: string;
    readonly inTime: string;
  };
  readonly test: { readonly title: string; readonly text: (name: string) => string };
}

const FRENCH: Phrases = {
  severity: (severity) => (severity >= 80 ? 'urgent' : severity >= 60 ? 'à traiter' : 'à regarder'),
  labels: {
    ...{
      severity: 'Gravité',
      customer: 'Client',
      site: 'Chantier',
      actual: 'Constaté',
      expected: 'Habituel',
    },
    ...{ committed: 'Saisi dans Dolibarr', state: 'État' },
  },
  open: "personne ne s'en occupe encore",
  acknowledged: (by, at) => `pris en charge par ${by}, ${at}`,
  closed: 'clos',
  answered: (answer, by, at) => `clos : ${answer} (${by}, ${at})`,
  answers: { useful: 'utile', normal: 'normal', data_error: 'erreur de saisie' },
  somebody: "quelqu'un",
  links: { dolibarr: 'Ouvrir dans Dolibarr', take: "Je m'en occupe", answer: 'Utile, normal ou erreur ?' },
  also: 'Aussi : ',
  news: {
    worse: (text) => `Nouveau : ${text}`,
    back: "C'est revenu après la clôture.",
    backAfterMute: (by) => `De nouveau après la pause demandée par ${by}.`,
    escalated: (at) => `Sans réponse depuis le ${at} : d'autres personnes sont prévenues.`,
    resolved: 'Rentré dans l’ordre.',
  },
  closedTitle: (title) => `Clos : ${title}`,
  digest: (count) => (count === 1 ? 'Une alerte' : `${count} alertes`),
  pipeLate: {
    title: 'Les données de Dolibarr arrivent en retard',
    text: (minutes) =>
      `Retard : ${minutes} min. Les alertes métier attendent que les données soient à jour ; rien n'est perdu.`,
  },
  channelDown: {
    title: (name) => `Le canal d'alerte ${name} ne répond plus`,
    text: (name, reason) =>
      `Les alertes pour ${name} sont gardées et réessayées. Dernière réponse : ${reason}`,
  },
  proof: {
    title: 'Dolistream veille',
    text: (opened, open) =>
      `${opened} alerte${opened > 1 ? 's' : ''} ces sept derniers jours, ${open} encore ouverte${open > 1 ? 's' : ''}. Ce message hebdomadaire prouve que ce canal fonctionne.`,
    mutes: (count) => `${count} mise${count > 1 ? 's' : ''} en silence en cours.`,
    late: 'Attention : les données de Dolibarr sont en retard.',
    inTime: 'Les données de Dolibarr sont à jour.',
  },
  test: {
    title: "Message d'essai de Dolistream",
    text: (name) => `Le canal ${name} fonctionne. Aucune action n'est attendue.`,
  },
};

const ENGLISH: Phrases = {
  severity: (severity) => (severity >= 80 ? 'urgent' : severity >= 60 ? 'act' : 'look'),
  labels: {
    ...{ severity: 'Severity', customer: 'Customer', site: 'Site', actual: 'Actual', expected: 'Usual' },
    ...{ committed: 'Entered in Dolibarr', state: 'State' },
  },
  open: 'nobody has taken it yet',
  acknowledged: (by, at) => `taken by ${by}, ${at}`,
  closed: 'closed',
  answered: (answer, by, at) => `closed: ${answer} (${by}, ${at})`,
  answers: { useful: 'useful', normal: 'normal', data_error: 'data error' },
  somebody: 'somebody',
  links: { dolibarr: 'Open in Dolibarr', take: 'I take it', answer: 'Useful, normal or an error?' },
  also: 'Also: ',
  news: {
    worse: (text) => `New: ${text}`,
    back: 'It came back after it was closed.',
    backAfterMute: (by) => `Again after the silence that ${by} asked for.`,
    escalated: (at) => `No answer since ${at}: more people are told.`,
    resolved: 'Back to normal.',
  },
  closedTitle: (title) => `Closed: ${title}`,
  digest: (count) => (count === 1 ? 'One alert' : `${count} alerts`),
  pipeLate: {
    title: 'Data from Dolibarr arrives late',
    text: (minutes) =>
      `${minutes} min behind. Business alerts wait until the data is up to date; nothing is lost.`,
  },
  channelDown: {
    title: (name) => `The alert channel ${name} does not answer`,
    text: (name, reason) => `Alerts for ${name} are kept and tried again. Last answer: ${reason}`,
  },
  proof: {
    title: 'Dolistream is watching',
    text: (opened, open) =>
      `${opened} alert${opened === 1 ? '' : 's'} in the last seven days, ${open} still open. This weekly message proves that this channel works.`,
    mutes: (count) => `${count} silence${count === 1 ? '' : 's'} in force.`,
    late: 'Mind: data from Dolibarr is late.',
    inTime: 'Data from Dolibarr is up to date.',
  },
  test: {
    title: 'Test message of Dolistream',
    text: (name) => `The channel ${name} works. Nothing needs to be done.`,
  },
};

export const PHRASES: Readonly<Record<Locale, Phrases>> = { fr: FRENCH, en: ENGLISH };
