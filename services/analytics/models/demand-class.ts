/** What kind of demand a product has (Syntetos and Boylan's classes, and the beginning and end of a product's life). */
import { meanGap, recentMean, SEASON, type Series } from './demand-methods.ts';
import { seasonalShape } from './seasonal-indices.ts';

export type DemandClass =
  'none' | 'new' | 'dying' | 'smooth' | 'seasonal' | 'erratic' | 'intermittent' | 'lumpy';

/** Mean months between demands from which demand is intermittent. */
const INTERMITTENT_GAP = 1.32;
/** Squared coefficient of variation of the demands from which their size is uneven. */
const UNEVEN_SIZE = 0.49;
/** Months since the first demand before anything more can be said. */
const MIN_MONTHS = 6;
/** Share of the months' variation that must be season. */
const SEASONAL = 0.6;
/** A silence this many times the usual gap, and half a year, is the end. */
const SILENT_GAPS = 4;

function unevenness(demands: readonly number[]): number {
  const mean = recentMean(demands, demands.length);
  const squares = demands.reduce((sum, demand) => sum + (demand - mean) ** 2, 0);
  return mean === 0 ? 0 : squares / demands.length / mean ** 2;
}

export function classifyDemand(series: Series): DemandClass {
  const first = series.findIndex((demand) => demand > 0);
  if (first < 0) return 'none';
  const lived = series.slice(first);
  if (lived.length < MIN_MONTHS) return 'new';
  const demands = lived.filter((demand) => demand > 0);
  const gap = meanGap(lived);
  const silence = [...lived].reverse().findIndex((demand) => demand > 0);
  if (silence >= Math.max(SEASON / 2, SILENT_GAPS * gap)) return 'dying';
  const uneven = unevenness(demands) >= UNEVEN_SIZE;
  if (gap >= INTERMITTENT_GAP) return uneven ? 'lumpy' : 'intermittent';
  if (seasonalShape(series).strength >= SEASONAL) return 'seasonal';
  return uneven ? 'erratic' : 'smooth';
}

/** Demand in most months: its months can be forecast one by one. The rest has only a mean. */
export function isRegular(kind: DemandClass): boolean {
  return kind === 'smooth' || kind === 'seasonal' || kind === 'erratic';
}
