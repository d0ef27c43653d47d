/**
 * How much of a product must be on hand or on order so that the demand until the next delivery can be served. The
 * demand of the protection time is taken as negative binomial: its mean is the forecast; its variance over mean is
 * the product's own, that of sparse products pulled towards that of all the firm's sparse products.
 */
import { type DemandForecast, forecastDemand } from './forecast-demand.ts';
import { isRegular } from './demand-class.ts';
import { recentMean, SEASON, type Series } from './demand-methods.ts';
import { seasonalShape } from './seasonal-indices.ts';
import { countQuantile } from './negative-binomial.ts';

export interface ReorderLevel {
  readonly forecast: DemandForecast;
  /** Units; demand of the protection time stays at or under it with the service probability. */
  readonly level: number;
  /** Mean demand of the protection time. */
  readonly mean: number;
  /** Its variance over its mean. */
  readonly ratio: number;
}

export interface ReorderQuestion {
  /** Months from an order to the delivery after the next chance to order; at least 1. */
  readonly protection: number;
  /** Probability of no stock-out, above 0 and below 1. */
  readonly service: number;
}

/** Months of all products' variance over mean that are mixed into a product's own. */
const POOL_MONTHS = 20;
/** Share of the allowed stock-outs that is spent; the rest is kept for what the forecast does not know. */
const SPENT = 0.8;
/** Months looked back on for how much demand varies: what was before says little of now. */
const RECENT_MONTHS = 36;

interface Moments {
  readonly mean: number;
  readonly variance: number;
}

function momentsOf(values: readonly number[]): Moments {
  const mean = recentMean(values, values.length);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: values.length === 0 ? 0 : squares / values.length };
}

/**
 * Of regular demand, season and trend are no surprise: what counts is how far each month, its season taken out, is from
 * the month before. It has enough months to stand alone.
 */
function momentsOfRegular(series: Series): Moments {
  const { factors } = seasonalShape(series);
  const level = series.map((value, month) => value / factors[month % SEASON]!);
  const steps = level.slice(1).map((value, month) => (value - level[month]!) ** 2);
  return { mean: recentMean(level, level.length), variance: recentMean(steps, steps.length) / 2 };
}

/** Variance over mean of sparse products: their own, pulled towards that of all of them. At least 1. */
function sparseRatios(products: readonly Series[]): number[] {
  const recent = products.map((series) => series.slice(-RECENT_MONTHS));
  const moments = recent.map(momentsOf);
  const mean = moments.reduce((sum, each) => sum + each.mean, 0);
  const pooled = mean > 0 ? moments.reduce((sum, each) => sum + each.variance, 0) / mean : 1;
  return moments.map((each, index) => {
    const months = recent[index]!.length;
    const own = each.mean > 0 ? each.variance / each.mean : pooled;
    return Math.max(1, (months * own + POOL_MONTHS * pooled) / (months + POOL_MONTHS));
  });
}

/** Variance over mean of each product's monthly demand, at least 1. */
function varianceRatios(products: readonly Series[], forecasts: readonly DemandForecast[]): number[] {
  const sparse = products.filter((_, index) => !isRegular(forecasts[index]!.kind));
  const ofSparse = sparseRatios(sparse);
  let next = 0;
  return products.map((series, index) => {
    if (!isRegular(forecasts[index]!.kind)) return ofSparse[next++]!;
    const { mean, variance } = momentsOfRegular(series.slice(-RECENT_MONTHS));
    return Math.max(1, mean > 0 ? variance / mean : 1);
  });
}

/** One answer per product; series all have the same length of at least one month. */
export function reorderLevels(products: readonly Series[], question: ReorderQuestion): ReorderLevel[] {
  const { protection, service } = question;
  const forecasts = forecastDemand(products, protection);
  const ratios = varianceRatios(products, forecasts);
  const share = 1 - SPENT * (1 - service);
  return forecasts.map((forecast, index) => {
    const mean = forecast.months.reduce((sum, month) => sum + month, 0);
    const ratio = ratios[index]!;
    return { forecast, level: countQuantile(share, mean, ratio), mean, ratio };
  });
}
