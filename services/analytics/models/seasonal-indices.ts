/** The year's shape in a demand series: what each calendar month usually is against the average month. */
import { SEASON, type Series } from './demand-methods.ts';

export interface SeasonalShape {
  /** Factor of each of the 12 months, by position in the series modulo 12; their mean is 1. */
  readonly factors: readonly number[];
  /** Share of the detrended series' variance that the months explain, adjusted for chance; 0 to 1. */
  readonly strength: number;
}

const FLAT: SeasonalShape = { factors: Array.from({ length: SEASON }, () => 1), strength: 0 };
const MIN_FACTOR = 0.05;

/** Moving average over one year around each month; null where the year is not complete. */
function yearlyTrend(series: Series): (number | null)[] {
  const half = SEASON / 2;
  return series.map((_, month) => {
    if (month < half || month + half >= series.length) return null;
    let total = 0.5 * (series[month - half]! + series[month + half]!);
    for (let near = month - half + 1; near < month + half; near++) total += series[near]!;
    return total / SEASON;
  });
}

/** Flat while there are fewer than three years or the months tell nothing. */
export function seasonalShape(series: Series): SeasonalShape {
  if (series.length < 3 * SEASON) return FLAT;
  const ratios: number[][] = Array.from({ length: SEASON }, () => []);
  yearlyTrend(series).forEach((trend, month) => {
    if (trend !== null && trend > 0) ratios[month % SEASON]!.push(series[month]! / trend);
  });
  const all = ratios.flat();
  if (ratios.some((ofMonth) => ofMonth.length < 2)) return FLAT;
  const mean = all.reduce((sum, ratio) => sum + ratio, 0) / all.length;
  const means = ratios.map((ofMonth) => ofMonth.reduce((sum, ratio) => sum + ratio, 0) / ofMonth.length);
  const within = ratios.flatMap((ofMonth, month) => ofMonth.map((ratio) => (ratio - means[month]!) ** 2));
  const noise = within.reduce((sum, square) => sum + square, 0) / (all.length - SEASON);
  const between = ratios.reduce(
    (sum, ofMonth, month) => sum + ofMonth.length * (means[month]! - mean) ** 2,
    0,
  );
  // James and Stein: months differ by noise alone by (SEASON - 1) * noise / count; what is over that is season.
  const share = between > 0 ? Math.max(0, 1 - ((SEASON - 3) * noise) / between) : 0;
  const raw = means.map((ofMonth) => Math.max(MIN_FACTOR, 1 + share * (ofMonth / mean - 1)));
  const scale = raw.reduce((sum, factor) => sum + factor, 0) / SEASON;
  return { factors: raw.map((factor) => factor / scale), strength: share };
}
