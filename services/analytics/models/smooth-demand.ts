/**
 * Forecast of a regular series: the year's shape taken out, then the mean of three forecasts that follow its level
 * in different ways (level only, level and half the drift, damped trend), and the shape put back. A mean of simple
 * forecasts beats choosing one of them by past fit.
 */
import { SEASON, type Series } from './demand-methods.ts';
import { minimise } from './minimise.ts';
import { seasonalShape } from './seasonal-indices.ts';

interface Level {
  readonly alpha: number;
  readonly level: number;
}

const within = (value: number, low: number, high: number): boolean => value >= low && value <= high;

/** Simple exponential smoothing whose weight and start fit the past best. */
function fitLevel(series: Series): Level {
  const begin =
    series.slice(0, SEASON).reduce((sum, value) => sum + value, 0) / Math.min(SEASON, series.length);
  const run = (alpha: number, start: number): { squares: number; level: number } => {
    let level = start;
    let squares = 0;
    for (const value of series) {
      const error = value - level;
      squares += error * error;
      level += alpha * error;
    }
    return { squares, level };
  };
  const found = minimise(
    ([alpha, start]) => (within(alpha!, 0.001, 0.999) ? run(alpha!, start!).squares : Infinity),
    { start: [0.2, begin], step: [0.2, begin * 0.2 + 0.1] },
  );
  const [alpha, start] = found.at as [number, number];
  return { alpha, level: run(alpha, start).level };
}

/** Least-squares slope per month. */
function slopeOf(series: Series): number {
  const middle = (series.length - 1) / 2;
  let above = 0;
  let below = 0;
  series.forEach((value, month) => {
    above += (month - middle) * value;
    below += (month - middle) ** 2;
  });
  return below === 0 ? 0 : above / below;
}

/** Theta method (Assimakopoulos, Nikolopoulos 2000): the level, drifting by half the long-run slope. */
function thetaForecast(series: Series, { alpha, level }: Level, horizon: number): number[] {
  const drift = slopeOf(series) / 2;
  const begun = (1 - (1 - alpha) ** series.length) / alpha;
  return Array.from({ length: horizon }, (_, ahead) => level + drift * (ahead + begun));
}

/** Holt's trend, damped, fitted to the past. */
function dampedForecast(series: Series, horizon: number): number[] {
  const run = (at: readonly number[]): { squares: number; level: number; trend: number } => {
    const [alpha, beta, phi, start, slope] = at as [number, number, number, number, number];
    let level = start;
    let trend = slope;
    let squares = 0;
    for (const value of series) {
      const expected = level + phi * trend;
      const error = value - expected;
      squares += error * error;
      level = expected + alpha * error;
      trend = phi * trend + beta * error;
    }
    return { squares, level, trend };
  };
  const allowed = ([alpha, beta, phi]: readonly number[]): boolean =>
    within(alpha!, 0.001, 0.999) && within(beta!, 0.0001, alpha!) && within(phi!, 0.8, 0.98);
  const begin = series.slice(0, SEASON);
  const first = begin.reduce((sum, value) => sum + value, 0) / begin.length;
  const found = minimise((at) => (allowed(at) ? run(at).squares : Infinity), {
    start: [0.2, 0.02, 0.9, first, slopeOf(begin) / 2],
    step: [0.2, 0.02, 0.05, first * 0.2 + 0.1, first * 0.01 + 0.01],
    maxCalls: 300,
  });
  const phi = found.at[2]!;
  const { level, trend } = run(found.at);
  let damping = 0;
  return Array.from({ length: horizon }, (_, ahead) => {
    damping += phi ** (ahead + 1);
    return level + damping * trend;
  });
}

/** At least one month of history; every forecast is at least 0. */
export function forecastSmooth(series: Series, horizon: number): number[] {
  const { factors } = seasonalShape(series);
  const level = series.map((value, month) => value / factors[month % SEASON]!);
  const fitted = fitLevel(level);
  const theta = thetaForecast(level, fitted, horizon);
  const damped = dampedForecast(level, horizon);
  return theta.map((drifting, ahead) => {
    const mean = (fitted.level + drifting + damped[ahead]!) / 3;
    return Math.max(0, mean * factors[(series.length + ahead) % SEASON]!);
  });
}
