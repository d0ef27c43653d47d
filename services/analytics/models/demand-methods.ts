/**
 * The classic forecasts of a demand series, each as published. Series are demands per month, oldest first, finite
 * and not negative; a forecast is the mean expected in each coming month.
 */

export type Series = readonly number[];

/** Months in a year: the only season. */
export const SEASON = 12;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Mean of the last `months` (or of all there are); 0 for an empty series. */
export function recentMean(series: Series, months: number): number {
  const recent = series.slice(-months);
  return recent.length === 0 ? 0 : sum(recent) / recent.length;
}

/** Exponential smoothing's level after the last month, begun at the first. */
export function smoothLevel(series: Series, alpha: number): number {
  let level = series[0] ?? 0;
  for (let month = 1; month < series.length; month++) level += alpha * (series[month]! - level);
  return level;
}

const ALPHAS = [0.01, 0.03, 0.05, 0.08, 0.12, 0.16, 0.2, 0.25, 0.3] as const;

/** The level with the smoothing that would have forecast this series' past best, one month ahead. */
export function bestSmoothLevel(series: Series, alphas: readonly number[] = ALPHAS): number {
  let best = series[0] ?? 0;
  let least = Infinity;
  for (const alpha of alphas) {
    let level = series[0] ?? 0;
    let squares = 0;
    for (let month = 1; month < series.length; month++) {
      const error = series[month]! - level;
      squares += error * error;
      level += alpha * error;
    }
    if (squares < least) [least, best] = [squares, level];
  }
  return best;
}

/** Months with demand, and the months between them (the first counted from the series' start). */
function occasions(series: Series): { sizes: number[]; gaps: number[] } {
  const sizes: number[] = [];
  const gaps: number[] = [];
  let last = -1;
  series.forEach((demand, month) => {
    if (demand === 0) return;
    sizes.push(demand);
    gaps.push(month - last);
    last = month;
  });
  return { sizes, gaps };
}

/** Mean months from one demand to the next; Infinity when there was none. */
export function meanGap(series: Series): number {
  const { gaps } = occasions(series);
  return gaps.length === 0 ? Infinity : sum(gaps) / gaps.length;
}

/** Syntetos and Boylan's correction of Croston: size and gap smoothed apart. */
export function crostonSba(series: Series, alpha = 0.1): number {
  const { sizes, gaps } = occasions(series);
  if (sizes.length === 0) return 0;
  return (0.95 * smoothLevel(sizes, alpha)) / smoothLevel(gaps, alpha);
}

/** Teunter, Syntetos, Babai: size and chance of demand smoothed apart; comes down when demand ends. */
export function tsb(series: Series, alphaSize = 0.1, alphaChance = 0.1): number {
  const { sizes } = occasions(series);
  if (sizes.length === 0) return 0;
  const chance = smoothLevel(
    series.map((demand) => (demand === 0 ? 0 : 1)),
    alphaChance,
  );
  return smoothLevel(sizes, alphaSize) * chance;
}

/** Sums of `length` consecutive months, aligned to the end; what is left over at the start is dropped. */
function aggregate(series: Series, length: number): number[] {
  const first = series.length % length;
  const sums: number[] = [];
  for (let month = first; month < series.length; month += length) {
    sums.push(sum(series.slice(month, month + length)));
  }
  return sums;
}

const ADIDA_ALPHAS = Array.from({ length: 30 }, (_, index) => (index + 1) / 100);

/** Demand summed over its mean gap, smoothed, and spread again over the months. */
export function adida(series: Series): number {
  const gap = meanGap(series);
  if (!Number.isFinite(gap)) return 0;
  const length = Math.max(1, Math.min(series.length, Math.trunc(gap)));
  return bestSmoothLevel(aggregate(series, length), ADIDA_ALPHAS) / length;
}

/** The same month of the last year; the last month while there is no year. */
export function seasonalNaive(series: Series, horizon: number): number[] {
  const period = series.length >= SEASON ? SEASON : 1;
  const from = series.length - period;
  return Array.from({ length: horizon }, (_, ahead) => series[from + (ahead % period)] ?? 0);
}
