/** What the firm's interventions are like: how long, how dear, how well liked, per type of work. */
import type { Random } from '../random.ts';

export interface InterventionType {
  /** Value of the extrafield type_intervention. */
  readonly code: string;
  readonly weight: number;
  /** Median of the hours estimated, and the spread of its logarithm. */
  readonly hours: number;
  readonly spread: number;
  /** Actual over estimated hours, in the median: some work is always underestimated. */
  readonly ratio: number;
  /** EUR per hour of the crew, and the median EUR of materials. */
  readonly hourlyCost: number;
  readonly materials: number;
  readonly descriptions: readonly string[];
}

export const INTERVENTION_TYPES: readonly InterventionType[] = [
  {
    code: 'plomberie',
    weight: 20,
    hours: 3,
    spread: 0.45,
    ratio: 1.05,
    hourlyCost: 48,
    materials: 90,
    descriptions: [
      'Fuite sous évier',
      'Remplacement chauffe-eau',
      'Débouchage colonne',
      'Pose de sanitaires',
    ],
  },
  {
    code: 'electricite',
    weight: 18,
    hours: 4,
    spread: 0.5,
    ratio: 1,
    hourlyCost: 52,
    materials: 120,
    descriptions: [
      'Mise aux normes tableau',
      'Panne éclairage parties communes',
      'Tirage de lignes',
      'Pose de prises',
    ],
  },
  {
    code: 'chauffage',
    weight: 12,
    hours: 5,
    spread: 0.4,
    ratio: 1.1,
    hourlyCost: 55,
    materials: 210,
    descriptions: ['Entretien chaudière', 'Remplacement circulateur', 'Désembouage', 'Réglage régulation'],
  },
  {
    code: 'maconnerie',
    weight: 14,
    hours: 14,
    spread: 0.5,
    ratio: 1.15,
    hourlyCost: 62,
    materials: 380,
    descriptions: [
      "Reprise d'enduit façade",
      'Ouverture mur porteur',
      'Dalle béton garage',
      'Reprise de fissures',
    ],
  },
  {
    code: 'peinture',
    weight: 12,
    hours: 10,
    spread: 0.45,
    ratio: 1,
    hourlyCost: 42,
    materials: 140,
    descriptions: ['Peinture cage escalier', 'Rénovation appartement', 'Reprise après sinistre'],
  },
  {
    code: 'toiture',
    weight: 8,
    hours: 9,
    spread: 0.55,
    ratio: 1.2,
    hourlyCost: 66,
    materials: 320,
    descriptions: [
      'Recherche de fuite toiture',
      'Remplacement de tuiles',
      'Étanchéité terrasse',
      'Nettoyage gouttières',
    ],
  },
  {
    code: 'menuiserie',
    weight: 9,
    hours: 6,
    spread: 0.4,
    ratio: 1,
    hourlyCost: 50,
    materials: 260,
    descriptions: ['Pose de fenêtres PVC', 'Réglage porte palière', 'Remplacement serrure', 'Pose de volets'],
  },
  {
    code: 'depannage',
    weight: 15,
    hours: 1.5,
    spread: 0.35,
    ratio: 1.1,
    hourlyCost: 58,
    materials: 35,
    descriptions: ['Dépannage urgent', 'Mise en sécurité', 'Intervention de nuit', 'Ouverture de porte'],
  },
];

export const findInterventionType = (code: string): InterventionType | undefined =>
  INTERVENTION_TYPES.find((type) => type.code === code);

export type AnomalyKind = 'overrun' | 'cost' | 'satisfaction';

export const ANOMALY_KINDS: readonly AnomalyKind[] = ['overrun', 'cost', 'satisfaction'];

export interface Outcome {
  readonly actualHours: number;
  readonly costEur: number;
  /** 1 to 5; null when the customer did not answer. */
  readonly satisfaction: number | null;
}

const toQuarter = (hours: number): number => Math.max(0.25, Math.round(hours * 4) / 4);
const toCents = (amount: number): number => Math.round(amount * 100) / 100;

/** Hours a planner writes down: halves for small jobs, whole hours for large ones. */
export function estimateHours(random: Random, type: InterventionType): number {
  const hours = random.logNormal(type.hours, type.spread);
  return hours < 4 ? Math.max(0.5, Math.round(hours * 2) / 2) : Math.round(hours);
}

function askCustomer(random: Random, overrun: number): number | null {
  if (random.chance(0.2)) return null;
  const mood = 4.5 - Math.max(0, overrun - 1.15) * 2 + random.normal(0, 0.55);
  return Math.min(5, Math.max(1, Math.round(mood)));
}

/** How an intervention turns out. `crewSpeed` is 1 for an ordinary crew, below for a faster one. */
export function carryOut(
  random: Random,
  type: InterventionType,
  estimated: number,
  crewSpeed: number,
): Outcome {
  const actualHours = toQuarter(estimated * type.ratio * crewSpeed * random.logNormal(1, 0.16));
  const materials = random.logNormal(type.materials, 0.3) * Math.sqrt(estimated / type.hours);
  const costEur = toCents(actualHours * type.hourlyCost + materials);
  return { actualHours, costEur, satisfaction: askCustomer(random, actualHours / estimated) };
}

/** The same intervention gone wrong in one way, far outside what its type does by itself. */
export function spoilOutcome(
  random: Random,
  kind: AnomalyKind,
  normal: Outcome,
  type: InterventionType,
): Outcome {
  if (kind === 'satisfaction') return { ...normal, satisfaction: 1 };
  if (kind === 'cost') return { ...normal, costEur: toCents(normal.costEur * (3 + 3 * random.next())) };
  const actualHours = toQuarter(normal.actualHours * (3 + 2.5 * random.next()) + 1);
  const moreWork = (actualHours - normal.actualHours) * type.hourlyCost;
  return { ...normal, actualHours, costEur: toCents(normal.costEur + moreWork) };
}
