/**
 * Forecasts of all products of a firm at once. Regular demand is forecast product by product. Sparse demand has too
 * few points each: six simple means are blended, with weights that would have been best for all of the firm's sparse
 * products together in the months before. So the firm's own obsolescence or growth is learnt where one product
 * alone could not show it.
 */
import { type WeightProblem, blendWeights } from './blend-weights.ts';
import { classifyDemand, type DemandClass, isRegular } from './demand-class.ts';
import { recentMean, type Series, smoothLevel } from './demand-methods.ts';
import { forecastSmooth } from './smooth-demand.ts';

export interface DemandForecast {
  readonly kind: DemandClass;
  /** Mean expected demand of each coming month, at least 0. */
  readonly months: readonly number[];
}

/** Past points in time at which forecasts are compared with what followed. */
const ORIGINS = 8;
/** Months of history a forecast needs to be compared. */
const MIN_HISTORY = 6;
/** Products under this many times the usual level count alike; above, the less the more they sell. */
const LEVEL_FLOOR = 3;
const PRIOR = [0.1, 0.3, 0.1, 0.1, 0.2, 0.2] as const;
const PRIOR_CASES = 50;

/** The means that are blended, in the order of PRIOR. */
function simpleMeans(series: Series): number[] {
  return [
    smoothLevel(series, 0.05),
    smoothLevel(series, 0.1),
    smoothLevel(series, 0.2),
    recentMean(series, 6),
    recentMean(series, 12),
    recentMean(series, 24),
  ];
}

/** Weights of the simple means for the coming `horizon` months, from the products' past; all of equal length. */
function learnBlend(products: readonly Series[], horizon: number): number[] {
  const months = products[0]?.length ?? 0;
  const forecasts: number[][] = [];
  const outcomes: number[] = [];
  const levels: number[] = [];
  for (let back = 0; back < ORIGINS; back++) {
    const origin = months - horizon - back;
    if (origin < MIN_HISTORY) break;
    for (const series of products) {
      const past = series.slice(0, origin);
      const level = recentMean(past, origin);
      if (level === 0) continue;
      forecasts.push(simpleMeans(past));
      outcomes.push(recentMean(series.slice(origin, origin + horizon), horizon));
      levels.push(level);
    }
  }
  // Demand varies with its level: without this, the best-selling product alone would set the weights.
  const usual = recentMean(levels, levels.length);
  const importance = levels.map((level) => 1 / (LEVEL_FLOOR * usual + level));
  const problem: WeightProblem = { forecasts, outcomes, importance, prior: PRIOR, priorCases: PRIOR_CASES };
  return blendWeights(problem);
}

/** One forecast per product. Series all have the same length of at least one month. */
export function forecastDemand(products: readonly Series[], horizon: number): DemandForecast[] {
  const kinds = products.map(classifyDemand);
  const sparse = products.filter((_, index) => !isRegular(kinds[index]!));
  const weights = learnBlend(sparse, horizon);
  return products.map((series, index) => {
    const kind = kinds[index]!;
    if (isRegular(kind)) return { kind, months: forecastSmooth(series, horizon) };
    const mean = simpleMeans(series).reduce((sum, value, at) => sum + weights[at]! * value, 0);
    return { kind, months: Array.from({ length: horizon }, () => mean) };
  });
}
