/**
 * Exponential smoothing in its state-space form (Hyndman and others 2008), the form chosen by the corrected Akaike
 * criterion: error additive or multiplicative; trend none, additive or damped; season none, additive or multiplicative.
 */
import { SEASON, type Series } from './demand-methods.ts';
import { minimise } from './minimise.ts';
import { seasonalShape } from './seasonal-indices.ts';

interface Form {
  readonly error: 'A' | 'M';
  readonly trend: 'N' | 'A' | 'D';
  readonly season: 'N' | 'A' | 'M';
}

interface State {
  level: number;
  trend: number;
  readonly season: Float64Array;
}

interface Parameters {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  readonly phi: number;
}

interface Fit {
  readonly form: Form;
  readonly parameters: Parameters;
  readonly state: State;
  readonly criterion: number;
}

const MIN_MEAN = 1e-8;

/** Multiplicative trends' instability is not worth their gain, and additive errors do not go with growing seasons. */
function formsFor(series: Series): Form[] {
  const positive = series.every((demand) => demand > 0);
  const seasons: Form['season'][] = series.length >= 2 * SEASON ? ['N', 'A', 'M'] : ['N'];
  const forms: Form[] = [];
  for (const error of ['A', 'M'] as const) {
    for (const trend of ['N', 'A', 'D'] as const) {
      for (const season of seasons) {
        if ((error === 'M' || season === 'M') && !positive) continue;
        if (error === 'A' && season === 'M') continue;
        forms.push({ error, trend, season });
      }
    }
  }
  return forms;
}

/** Expected demand `ahead` months on, at position `month` of the year. */
function expect(form: Form, state: State, trend: number, month: number): number {
  const level = state.level + trend;
  if (form.season === 'A') return level + state.season[month]!;
  return form.season === 'M' ? level * state.season[month]! : level;
}

/** One month: moves the state by what came instead of `expected`. */
function update(
  form: Form,
  state: State,
  p: Parameters,
  seen: { actual: number; expected: number; month: number },
): void {
  const { actual, expected, month } = seen;
  const error = actual - expected;
  const season = state.season[month]!;
  const drift = p.phi * state.trend;
  const base = state.level + drift;
  const perLevel = form.season === 'M' ? error / Math.max(MIN_MEAN, season) : error;
  state.level = base + p.alpha * perLevel;
  if (form.trend !== 'N') state.trend = drift + p.beta * perLevel;
  if (form.season === 'A') state.season[month] = season + p.gamma * error;
  if (form.season === 'M') state.season[month] = season + (p.gamma * error) / Math.max(MIN_MEAN, base);
}

/** Runs over the series; returns -2 ln likelihood up to a constant, or Infinity where a mean is not positive. */
function run(form: Form, state: State, p: Parameters, series: Series): number {
  let squares = 0;
  let scales = 0;
  for (let at = 0; at < series.length; at++) {
    const month = at % SEASON;
    const actual = series[at]!;
    const expected = expect(form, state, p.phi * state.trend, month);
    let error = actual - expected;
    if (form.error === 'M') {
      if (expected <= MIN_MEAN) return Infinity;
      error /= expected;
      scales += Math.log(expected);
    }
    squares += error * error;
    update(form, state, p, { actual, expected, month });
  }
  return series.length * Math.log(Math.max(squares, MIN_MEAN)) + 2 * scales;
}

/** Slope and start of the first months, the season taken out. */
function firstLine(values: Series): { level: number; trend: number } {
  const few = values.slice(0, 10);
  const middle = (few.length - 1) / 2;
  const mean = few.reduce((sum, value) => sum + value, 0) / few.length;
  const spread = few.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
  const trend = spread === 0 ? 0 : few.reduce((sum, value, at) => sum + (at - middle) * value, 0) / spread;
  return { level: mean - trend * (middle + 1), trend };
}

function firstSeason(form: Form, series: Series): Float64Array {
  const shape = seasonalShape(series).factors;
  const mean = series.reduce((sum, value) => sum + value, 0) / series.length;
  return Float64Array.from(shape, (factor) => {
    if (form.season === 'N') return 0;
    return form.season === 'M' ? factor : mean * (factor - 1);
  });
}

function deseasoned(form: Form, series: Series, season: Float64Array): number[] {
  return series.map((value, at) => {
    const month = season[at % SEASON]!;
    return form.season === 'M' ? value / month : value - month;
  });
}

interface Vector {
  readonly start: number[];
  readonly step: number[];
  read(at: readonly number[]): { p: Parameters; level: number; trend: number; allowed: boolean };
}

/** The numbers searched for, in one vector: which ones there are depends on the form. */
function vectorOf(form: Form, first: { level: number; trend: number }): Vector {
  const names: string[] = ['alpha', 'level'];
  const level = form.trend === 'N' ? first.level + first.trend * 5 : first.level;
  const begin: Record<string, [number, number]> = {
    alpha: [0.2, 0.2],
    level: [level, Math.abs(level) * 0.1 + 0.1],
    beta: [0.02, 0.05],
    trend: [first.trend, Math.abs(first.trend) * 0.5 + 0.01],
    phi: [0.95, -0.05],
    gamma: [0.05, 0.05],
  };
  if (form.trend !== 'N') names.push('beta', 'trend');
  if (form.trend === 'D') names.push('phi');
  if (form.season !== 'N') names.push('gamma');
  const place = new Map(names.map((name, at) => [name, at]));
  return {
    start: names.map((name) => begin[name]![0]),
    step: names.map((name) => begin[name]![1]),
    read: (at) => {
      const value = (name: string, absent: number): number =>
        place.has(name) ? at[place.get(name)!]! : absent;
      const alpha = value('alpha', 0);
      const beta = value('beta', 0);
      const gamma = value('gamma', 0);
      const phi = value('phi', form.trend === 'N' ? 0 : 1);
      const allowed =
        alpha >= 1e-4 &&
        alpha <= 0.9999 &&
        beta >= 0 &&
        beta <= alpha &&
        gamma >= 0 &&
        gamma <= 1 - alpha &&
        (form.trend !== 'D' || (phi >= 0.8 && phi <= 0.98));
      return { p: { alpha, beta, gamma, phi }, level: value('level', 0), trend: value('trend', 0), allowed };
    },
  };
}

function fitForm(form: Form, series: Series): Fit | null {
  const season = firstSeason(form, series);
  const vector = vectorOf(form, firstLine(deseasoned(form, series, season)));
  const begin = (at: readonly number[]): { state: State; p: Parameters } => {
    const { p, level, trend } = vector.read(at);
    return { state: { level, trend, season: Float64Array.from(season) }, p };
  };
  const cost = (at: readonly number[]): number => {
    if (!vector.read(at).allowed) return Infinity;
    const { state, p } = begin(at);
    return run(form, state, p, series);
  };
  const found = minimise(cost, { start: vector.start, step: vector.step, maxCalls: 400 });
  if (!Number.isFinite(found.value)) return null;
  const { state, p } = begin(found.at);
  run(form, state, p, series);
  const count = vector.start.length + (form.season === 'N' ? 0 : SEASON - 1) + 1;
  const spare = series.length - count - 1;
  if (spare <= 0) return null;
  const criterion = found.value + 2 * count + (2 * count * (count + 1)) / spare;
  return { form, parameters: p, state, criterion };
}

/** At least one month of history; without enough for any form, the last month goes on. */
export function forecastEts(series: Series, horizon: number): number[] {
  let best: Fit | null = null;
  for (const form of formsFor(series)) {
    const fit = fitForm(form, series);
    if (fit && (!best || fit.criterion < best.criterion)) best = fit;
  }
  if (!best) return Array.from({ length: horizon }, () => series[series.length - 1] ?? 0);
  const { form, state, parameters } = best;
  let damping = 0;
  return Array.from({ length: horizon }, (_, ahead) => {
    damping += parameters.phi ** (ahead + 1);
    const mean = expect(form, state, damping * state.trend, (series.length + ahead) % SEASON);
    return Math.max(0, mean);
  });
}
