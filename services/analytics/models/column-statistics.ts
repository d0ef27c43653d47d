/** Columns of a table of measurements, each described by its own centre and spreads; unknown values left out. */
import type { Row } from './isolation-forest.ts';

export interface ColumnStatistics {
  readonly median: number;
  /** Robust standard deviation; where half the values are equal, the plain one; 0 for a constant column. */
  readonly robustScale: number;
  /** Plain standard deviation; 0 for a constant column. */
  readonly scale: number;
}

const MAD_TO_SIGMA = 1.4826;
const QUARTILES_TO_SIGMA = 1 / 1.349;

/** Linear interpolation between order statistics; `ordered` ascending and not empty. */
export function quantileOf(ordered: Float64Array, probability: number): number {
  const place = (ordered.length - 1) * probability;
  const below = Math.floor(place);
  const low = ordered[below]!;
  const high = ordered[Math.min(below + 1, ordered.length - 1)]!;
  return low + (high - low) * (place - below);
}

export function describeColumn(values: readonly number[]): ColumnStatistics {
  const ordered = Float64Array.from(values.filter(Number.isFinite)).sort();
  if (ordered.length === 0) return { median: 0, robustScale: 0, scale: 0 };
  const median = quantileOf(ordered, 0.5);
  const mean = ordered.reduce((sum, value) => sum + value, 0) / ordered.length;
  const scale = Math.sqrt(ordered.reduce((sum, value) => sum + (value - mean) ** 2, 0) / ordered.length);
  const distances = ordered.map((value) => Math.abs(value - median)).sort();
  const fromMedian = MAD_TO_SIGMA * quantileOf(distances, 0.5);
  const fromQuartiles = QUARTILES_TO_SIGMA * (quantileOf(ordered, 0.75) - quantileOf(ordered, 0.25));
  return { median, robustScale: fromMedian || fromQuartiles || scale, scale };
}

export function describeColumns(rows: readonly Row[]): ColumnStatistics[] {
  const columns = rows[0]?.length ?? 0;
  return Array.from({ length: columns }, (_, column) => describeColumn(rows.map((row) => row[column]!)));
}
