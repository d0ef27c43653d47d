/**
 * Amounts as they come, each owned by somebody: invoices by their customer, exits of goods by their product. An amount
 * is judged by its logarithm against the owner's last ones, pulled towards all of the firm's while the owner has few. Two
 * spreads are known of the firm: that of all amounts, which a new owner is judged by, and that of amounts around their
 * own owner's, which is much narrower where owners differ.
 * Numbers are kept as 32-bit floats, so that a history that was saved and loaded scores as one that never left memory.
 */
import { keepNewest } from '../keep-newest.ts';
import { quantiles, shrink, type Spread, spreadOf } from '../robust-statistics.ts';
import { packFloats as pack, unpackFloats as unpack } from './packed-floats.ts';
import { rankSeverity } from './severity.ts';

export interface AmountHistory {
  /** ln of each owner's last amounts, oldest first; owners in the order of their last amount. */
  readonly owners: Map<number, number[]>;
  /** ln of the firm's last amounts, oldest first. */
  readonly firm: number[];
  /** Scores of the last amounts that were judged, oldest first. */
  readonly scores: number[];
  /** How far the last amounts were from their owner's median, in ln units, oldest first. */
  readonly around: number[];
  learnt: number;
  /** Of `firm` and of `around`, made anew now and then. */
  whole: Spread;
  within: Spread;
}

export interface AmountOddity {
  /** Distance from the usual in robust standard deviations. */
  readonly score: number;
  readonly severity: number;
  readonly expected: number;
  /** The range of eight in ten: of the owner, or of the firm while the owner has few. */
  readonly low: number;
  readonly high: number;
  readonly sample: number;
  readonly sampleOf: 'owner' | 'firm';
  /** The owner's last amounts, newest first. */
  readonly last: readonly number[];
}

const WINDOW = 1000;
const OWN_WINDOW = 24;
const MAX_OWNERS = 1500;
/** Amounts before any is judged. */
export const MIN_AMOUNTS = 60;
/** Amounts of an owner that count as much as all the firm's, for the middle and for the spread around it. */
const CENTRE_WEIGHT = 2;
const SPREAD_WEIGHT = 10;
/** Amounts of an owner before distances from its median say anything. */
const MIN_OWN = 3;
const MIN_OWN_RANGE = 10;
/** Spread below which differences are nothing, in ln units. */
const MIN_SCALE = 0.25;
const REFRESH = 50;
const SHOWN = 3;

const NOTHING: Spread = { count: 0, centre: 0, scale: 0 };

export const emptyAmounts = (): AmountHistory => ({
  ...{ owners: new Map(), firm: [], scores: [], around: [], learnt: 0 },
  ...{ whole: NOTHING, within: NOTHING },
});

/** Middle and spread for the next amount of an owner. */
function usualOf({ whole, within }: AmountHistory, own: readonly number[]): Pick<Spread, 'centre' | 'scale'> {
  const ofOwner = spreadOf(own);
  const { scale } = shrink(ofOwner, within, SPREAD_WEIGHT);
  const share = own.length / (own.length + CENTRE_WEIGHT);
  return {
    centre: share * ofOwner.centre + (1 - share) * whole.centre,
    scale: Math.max(MIN_SCALE, Math.sqrt(share * scale ** 2 + (1 - share) * whole.scale ** 2)),
  };
}

/** Null while the firm has too few amounts. */
export function assessAmount(history: AmountHistory, owner: number, amount: number): AmountOddity | null {
  if (history.learnt < MIN_AMOUNTS) return null;
  const own = history.owners.get(owner) ?? [];
  const usual = usualOf(history, own);
  const score = (Math.log(amount) - usual.centre) / usual.scale;
  const sampleOf = own.length >= MIN_OWN_RANGE ? 'owner' : 'firm';
  const sample = sampleOf === 'owner' ? own : history.firm;
  const [low, high] = quantiles(sample, [0.1, 0.9]) as [number, number];
  return {
    ...{ score, severity: rankSeverity(score, history.scores), expected: Math.exp(usual.centre) },
    ...{ low: Math.exp(low), high: Math.exp(high), sample: sample.length, sampleOf },
    last: own.slice(-SHOWN).reverse().map(Math.exp),
  };
}

function push(values: number[], value: number, keep: number): void {
  values.push(Math.fround(value));
  if (values.length > keep) values.shift();
}

/** `score`: what it was judged with; null: it was not judged. */
export function learnAmount(
  history: AmountHistory,
  owner: number,
  amount: number,
  score: number | null,
): void {
  const own = history.owners.get(owner) ?? [];
  history.owners.delete(owner);
  history.owners.set(owner, own);
  if (own.length >= MIN_OWN) push(history.around, Math.log(amount) - spreadOf(own).centre, WINDOW);
  push(own, Math.log(amount), OWN_WINDOW);
  push(history.firm, Math.log(amount), WINDOW);
  if (score !== null) push(history.scores, score, WINDOW);
  history.learnt++;
  if (history.learnt === MIN_AMOUNTS || history.learnt % REFRESH === 0) {
    history.whole = spreadOf(history.firm);
    history.within = history.around.length >= MIN_OWN_RANGE ? spreadOf(history.around) : history.whole;
  }
  keepNewest(history.owners, MAX_OWNERS);
}

export interface SavedAmounts {
  readonly learnt: number;
  readonly whole: Spread;
  readonly within: Spread;
  readonly firm: string;
  readonly around: string;
  readonly scores: string;
  readonly owners: readonly (readonly [number, string])[];
}

export function saveAmounts(history: AmountHistory): SavedAmounts {
  const { owners, firm, scores, around, learnt, whole, within } = history;
  return {
    ...{ learnt, whole, within, firm: pack(firm), scores: pack(scores), around: pack(around) },
    owners: [...owners].map(([owner, amounts]) => [owner, pack(amounts)] as const),
  };
}

export function loadAmounts(saved: SavedAmounts): AmountHistory {
  const { learnt, whole, within, firm, scores, around, owners } = saved;
  return {
    ...{ learnt, whole, within, firm: unpack(firm), scores: unpack(scores), around: unpack(around) },
    owners: new Map(owners.map(([owner, amounts]) => [owner, unpack(amounts)])),
  };
}
