/** Median-based statistics: one absurd value in a hundred must not move what counts as usual. */

/** Centre and spread of a sample, the spread scaled so that it equals the standard deviation of normal data. */
export interface Spread {
  readonly count: number;
  readonly centre: number;
  readonly scale: number;
}

const MAD_TO_SIGMA = 1.4826;

function sorted(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}

/** Linear interpolation between order statistics; `ordered` ascending and not empty. */
function quantileOf(ordered: Float64Array, probability: number): number {
  const place = (ordered.length - 1) * probability;
  const below = Math.floor(place);
  const low = ordered[below]!;
  const high = ordered[Math.min(below + 1, ordered.length - 1)]!;
  return low + (high - low) * (place - below);
}

/** Quantiles at the given probabilities; null for an empty sample. */
export function quantiles(values: readonly number[], probabilities: readonly number[]): number[] | null {
  if (values.length === 0) return null;
  const ordered = sorted(values);
  return probabilities.map((probability) => quantileOf(ordered, probability));
}

/** Median and median absolute deviation; zeros for an empty sample. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) return { count: 0, centre: 0, scale: 0 };
  const centre = quantileOf(sorted(values), 0.5);
  const deviations = values.map((value) => Math.abs(value - centre));
  return { count: values.length, centre, scale: MAD_TO_SIGMA * quantileOf(sorted(deviations), 0.5) };
}

/**
 * The group's spread, pulled towards the whole's as if `weight` members of the whole had been seen in the group:
 * a group of `weight` counts half, a new group is the whole.
 */
export function shrink(group: Spread, whole: Spread, weight: number): Spread {
  const share = group.count / (group.count + weight);
  return {
    count: group.count,
    centre: share * group.centre + (1 - share) * whole.centre,
    scale: share * group.scale + (1 - share) * whole.scale,
  };
}
