/**
 * Ranges of demand that keep their promise. The negative binomial around a forecast knows how demand varies, not how far
 * forecasts are off, so its ranges are too narrow. The firm's own last months say by how much: each month's demand is
 * looked up in the distribution that would have been forecast for it, and the places where it lay, over all products of a
 * kind and for each month ahead, say which quantiles of the next distribution hold eight months in ten.
 */
import { type DemandClass, isRegular } from './demand-class.ts';
import type { Series } from './demand-methods.ts';
import { countQuantile, countShare } from './negative-binomial.ts';
import { createRandomSource } from './random.ts';
import { type ReorderLevel, reorderLevels } from './reorder-level.ts';

export interface DemandBand {
  /** Units; a month's demand lies between them, both included, with the probability. */
  readonly low: number;
  readonly high: number;
  /** At least the coverage asked for, as near as whole units come to it. */
  readonly probability: number;
}

/** Where demand lay in its forecast distribution, 0 to 1, ascending; by group and month ahead. */
export type BandCalibration = ReadonlyMap<string, Float64Array>;

/** Past months that are looked up, and months of history that the first needs. */
const LOOKED_UP = 12;
const MIN_HISTORY = 12;
/** Places that a group needs before it speaks for itself. */
const MIN_PLACES = 100;
/** Only `forecast` and `ratio` are used of a level, which do not depend on it. */
const ANY_SERVICE = 0.9;
const SEED = 11;

/** Narrowest first. */
const groupsOf = (kind: DemandClass, ahead: number): string[] => [
  `${kind} ${ahead}`,
  `${isRegular(kind) ? 'regular' : 'sparse'} ${ahead}`,
];

/** Whole units leave gaps in a distribution; a place within the gap is drawn, so that places are spread evenly. */
function placeOf(demand: number, mean: number, ratio: number, draw: number): number {
  const below = demand < 1 ? 0 : countShare(Math.ceil(demand) - 1, mean, ratio);
  const upTo = countShare(Math.floor(demand), mean, ratio);
  return below + draw * Math.max(0, upTo - below);
}

/** From the products' past, for forecasts of up to `horizon` months; series all have the same length. */
export function calibrateBands(products: readonly Series[], horizon: number): BandCalibration {
  const random = createRandomSource(SEED);
  const places = new Map<string, number[]>();
  const months = products[0]?.length ?? 0;
  const first = Math.max(MIN_HISTORY, months - LOOKED_UP - horizon + 1);
  for (let origin = first; origin < months; origin++) {
    const past = products.map((series) => series.slice(0, origin));
    const levels = reorderLevels(past, { protection: horizon, service: ANY_SERVICE });
    levels.forEach(({ forecast, ratio }, index) => {
      for (let ahead = 0; ahead < horizon && origin + ahead < months; ahead++) {
        if (origin + ahead < months - LOOKED_UP) continue;
        const place = placeOf(products[index]![origin + ahead]!, forecast.months[ahead]!, ratio, random());
        for (const group of groupsOf(forecast.kind, ahead)) {
          const known = places.get(group) ?? [];
          if (known.length === 0) places.set(group, known);
          known.push(place);
        }
      }
    });
  }
  return new Map([...places].map(([group, values]) => [group, Float64Array.from(values).sort()]));
}

/** The place that a share of the known ones lie at or under. */
function quantileOf(places: Float64Array, share: number): number {
  const at = Math.ceil((places.length + 1) * share) - 1;
  return places[Math.max(0, Math.min(places.length - 1, at))]!;
}

function shareUpTo(places: Float64Array, value: number): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low / places.length;
}

type Level = Pick<ReorderLevel, 'forecast' | 'ratio'>;

/** Null while no group has enough places. */
function placesFor({ forecast }: Level, ahead: number, calibration: BandCalibration): Float64Array | null {
  const known = groupsOf(forecast.kind, ahead).map((group) => calibration.get(group));
  return known.find((places) => places !== undefined && places.length >= MIN_PLACES) ?? null;
}

/** Probability that the demand of the month `ahead` (0: the first) is at or under so many units. */
export function chanceUpTo(level: Level, ahead: number, calibration: BandCalibration, units: number): number {
  const share = units < 0 ? 0 : countShare(Math.floor(units), level.forecast.months[ahead]!, level.ratio);
  const places = placesFor(level, ahead, calibration);
  return places ? shareUpTo(places, share) : share;
}

/** The range of the month `ahead` (0: the first) that holds with at least `coverage`. */
export function demandBand(
  level: Level,
  ahead: number,
  calibration: BandCalibration,
  coverage: number,
): DemandBand {
  const mean = level.forecast.months[ahead]!;
  const tail = (1 - coverage) / 2;
  const places = placesFor(level, ahead, calibration);
  const [from, to] = places ? [quantileOf(places, tail), quantileOf(places, 1 - tail)] : [tail, 1 - tail];
  const low = countQuantile(from, mean, level.ratio);
  const high = Math.max(low, countQuantile(Math.min(to, 1 - 1e-9), mean, level.ratio));
  const below = chanceUpTo(level, ahead, calibration, low - 1);
  return { low, high, probability: chanceUpTo(level, ahead, calibration, high) - below };
}
