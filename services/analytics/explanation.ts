/** The words of an alert, in French or English: actual figure, what is usual, and the reasons with their numbers. */
import type { Assessment, InterventionFacts, Measure, Rule } from './model.ts';

export type Locale = 'fr' | 'en';

export interface Wording {
  /** One line. */
  readonly title: string;
  readonly explanation: string;
}

interface Phrases {
  readonly decimals: Intl.NumberFormat;
  readonly euros: Intl.NumberFormat;
  readonly colon: string;
  readonly intervention: string;
  /** `hours` decides between singular and plural. */
  readonly planned: (actual: string, planned: string, hours: number) => string;
  /** Nobody estimated. */
  readonly took: (actual: string) => string;
  readonly whole: (parts: string) => string;
  readonly usually: (range: string, sample: string) => string;
  readonly range: (low: string, high: string, unit: string) => string;
  readonly sample: (count: number, ofType: boolean) => string;
  readonly timesPlan: (factor: string, over: string) => string;
  readonly timesUsual: (factor: string) => string;
  readonly distance: (score: string, limit: string) => string;
  readonly cost: (total: string, rate: string) => string;
  readonly perHour: string;
  readonly alsoLate: string;
  readonly alsoCostly: string;
  readonly satisfaction: (mark: number) => string;
  readonly plainRule: string;
}

const FRENCH: Phrases = {
  decimals: new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 1 }),
  euros: new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 0 }),
  colon: ' : ',
  intervention: 'Intervention',
  planned: (actual, planned, hours) => `${actual} pour ${planned} ${hours < 2 ? 'prévue' : 'prévues'}`,
  took: (actual) => `${actual}, sans estimation`,
  whole: (parts) => `ensemble inhabituel : ${parts}`,
  usually: (range, sample) => `d'habitude ${range} (${sample})`,
  range: (low, high, unit) => `${low} à ${high} ${unit}`,
  sample: (count, ofType) => `${count} interventions ${ofType ? 'de ce type' : "de l'entreprise"}`,
  timesPlan: (factor, over) => `${factor} fois la durée prévue, ${over} de plus`,
  timesUsual: (factor) => `${factor} fois l'habitude`,
  distance: (score, limit) => `écart de ${score} fois la dispersion habituelle (seuil ${limit})`,
  cost: (total, rate) => `coût de ${total}, soit ${rate}`,
  perHour: '€/h',
  alsoLate: 'durée anormale aussi',
  alsoCostly: 'coût anormal aussi',
  satisfaction: (mark) => `satisfaction du client ${mark}/5`,
  plainRule: "trop peu d'historique pour une fourchette habituelle",
};

const ENGLISH: Phrases = {
  decimals: new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 }),
  euros: new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 }),
  colon: ': ',
  intervention: 'Intervention',
  planned: (actual, planned) => `${actual} for ${planned} planned`,
  took: (actual) => `${actual}, nobody had estimated`,
  whole: (parts) => `an unusual whole: ${parts}`,
  usually: (range, sample) => `usually ${range} (${sample})`,
  range: (low, high, unit) => `${low} to ${high} ${unit}`,
  sample: (count, ofType) => `${count} interventions of ${ofType ? 'this type' : 'the firm'}`,
  timesPlan: (factor, over) => `${factor} times the planned hours, ${over} more`,
  timesUsual: (factor) => `${factor} times what is usual`,
  distance: (score, limit) => `${score} times the usual spread away (limit ${limit})`,
  cost: (total, rate) => `cost ${total}, that is ${rate}`,
  perHour: '€/h',
  alsoLate: 'hours out of line too',
  alsoCostly: 'cost out of line too',
  satisfaction: (mark) => `customer satisfaction ${mark}/5`,
  plainRule: 'too little history for a usual range yet',
};

const PHRASES: Readonly<Record<Locale, Phrases>> = { fr: FRENCH, en: ENGLISH };

const hoursText = (phrases: Phrases, hours: number): string => `${phrases.decimals.format(hours)} h`;
const eurosText = (phrases: Phrases, euros: number): string => `${phrases.euros.format(euros)} €`;

function distanceText(phrases: Phrases, measure: Measure): string {
  if (measure.score === null) return phrases.plainRule;
  return phrases.distance(phrases.decimals.format(measure.score), phrases.decimals.format(measure.limit));
}

function usualText(phrases: Phrases, measure: Measure, unit: 'h' | '€/h', per: number): string | null {
  if (!measure.usual) return null;
  const format = unit === 'h' ? phrases.decimals : phrases.euros;
  const range = phrases.range(
    format.format(measure.usual.low / per),
    format.format(measure.usual.high / per),
    unit === 'h' ? 'h' : phrases.perHour,
  );
  return phrases.usually(range, phrases.sample(measure.sample, measure.sampleOf === 'type'));
}

function plannedText(phrases: Phrases, hours: Measure, estimate: number | null): string {
  const actual = hoursText(phrases, hours.actual);
  return estimate === null
    ? phrases.took(actual)
    : phrases.planned(actual, hoursText(phrases, estimate), estimate);
}

function costText(phrases: Phrases, cost: Measure, worked: number): string {
  const rate = `${phrases.euros.format(cost.actual / worked)} ${phrases.perHour}`;
  return phrases.cost(eurosText(phrases, cost.actual), rate);
}

/** What happened, and what is usual. */
function headline(phrases: Phrases, rule: Rule, facts: InterventionFacts, assessment: Assessment): string[] {
  const { hours, cost } = assessment;
  const worked = facts.actualHours ?? 1;
  const hoursParts = hours
    ? [plannedText(phrases, hours, facts.estimatedHours), usualText(phrases, hours, 'h', 1)]
    : [];
  const costParts = cost ? [costText(phrases, cost, worked), usualText(phrases, cost, '€/h', worked)] : [];
  if (rule === 'intervention_satisfaction') return [phrases.satisfaction(facts.satisfaction ?? 0)];
  const isPart = (part: string | null | undefined): part is string => typeof part === 'string';
  if (rule === 'intervention_hours') return hoursParts.filter(isPart);
  if (rule === 'intervention_cost') return costParts.filter(isPart);
  const whole = [hoursParts[0], costParts[0]].filter(isPart).join(', ');
  return [phrases.whole(whole), hoursParts[1], costParts[1]].filter(isPart);
}

function reasons(phrases: Phrases, rule: Rule, facts: InterventionFacts, assessment: Assessment): string[] {
  const { hours, cost } = assessment;
  const parts: string[] = [];
  const estimate = facts.estimatedHours;
  if (rule === 'intervention_hours' && hours) {
    const over = hoursText(phrases, hours.actual - (estimate ?? hours.expected));
    const factor = phrases.decimals.format(hours.actual / (estimate ?? hours.expected));
    parts.push(estimate === null ? phrases.timesUsual(factor) : phrases.timesPlan(factor, over));
    parts.push(distanceText(phrases, hours));
  }
  if (rule === 'intervention_cost' && cost) {
    parts.push(phrases.timesUsual(phrases.decimals.format(cost.actual / cost.expected)));
    parts.push(distanceText(phrases, cost));
  }
  if (rule !== 'intervention_hours' && hours?.odd) {
    parts.push(`${phrases.alsoLate} (${plannedText(phrases, hours, estimate)})`);
  }
  if (rule !== 'intervention_cost' && cost?.odd) {
    parts.push(`${phrases.alsoCostly} (${eurosText(phrases, cost.actual)})`);
  }
  if (rule !== 'intervention_satisfaction' && assessment.unhappy && facts.satisfaction !== null) {
    parts.push(phrases.satisfaction(facts.satisfaction));
  }
  return parts;
}

const capitalised = (text: string): string => text.charAt(0).toLocaleUpperCase() + text.slice(1);

/** Words for one finding. `ref` is the intervention's reference, as people know it. */
export function explainFinding(
  locale: Locale,
  rule: Rule,
  ref: string,
  subject: { readonly facts: InterventionFacts; readonly assessment: Assessment },
): Wording {
  const phrases = PHRASES[locale];
  const { facts, assessment } = subject;
  const place = [facts.type, facts.city].filter((part) => part !== null && part !== '').join(', ');
  const [first, ...usual] = headline(phrases, rule, facts, assessment);
  const why = reasons(phrases, rule, facts, assessment).join(locale === 'fr' ? ' ; ' : '; ');
  const head = [first, ...usual].join(locale === 'fr' ? ' ; ' : '; ');
  return {
    title: `${phrases.intervention} ${ref}${phrases.colon}${first}`,
    explanation: `${ref}${place ? ` (${place})` : ''}${phrases.colon}${head}.${why ? ` ${capitalised(why)}.` : ''}`,
  };
}
