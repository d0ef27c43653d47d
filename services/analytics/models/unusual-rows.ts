/**
 * How unusual is a row of measurements? Three views that fail in different ways, joined by rank:
 * - alone: an isolation forest over all columns;
 * - beside its neighbours: the distance to the rows most like it (catches odd combinations of usual values);
 * - column by column: the mean distance from the median in robust standard deviations (catches one absurd value).
 * Each view's score counts as the share of known rows it surpasses, on a scale that stresses the far end.
 */
import { type ColumnStatistics, describeColumns } from './column-statistics.ts';
import { type IsolationForest, type Row, scoreIsolation, trainForest } from './isolation-forest.ts';
import { createRandomSource, sampleIndexes } from './random.ts';

export interface UnusualRowsOptions {
  readonly seed: number;
  readonly trees?: number;
}

/** What was learnt of the usual rows. */
export interface UsualRows {
  readonly forest: IsolationForest;
  readonly columns: readonly ColumnStatistics[];
  /** Standardised rows a newcomer is compared with. */
  readonly neighbours: readonly Float64Array[];
  /** Which neighbours' distances count, nearest first, ascending. */
  readonly ranks: readonly number[];
  /** Scores of the rows learnt from, ascending, by view. */
  readonly known: readonly Float64Array[];
}

const MAX_NEIGHBOURS = 2000;
/** Shares of the rows a usual one has close by: odd rows come alone or in groups, so several sizes are looked at. */
const CROWDS = [0.005, 0.02, 0.05, 0.1] as const;
const SMALLEST_CROWD = 5;
/** Standard deviations beyond which a column says no more in distances. */
const FAR = 6;
/** Squared distance under which rows are the same. */
const TINY = 1e-12;
const WEIGHTS = [2, 1, 1] as const;
/** Rows whose scores are kept to rank newcomers against. */
const MAX_KNOWN = 1000;

function standardise(row: Row, columns: readonly ColumnStatistics[]): Float64Array {
  return Float64Array.from(columns, ({ median, scale }, column) => {
    const value = row[column]!;
    if (!Number.isFinite(value) || scale === 0) return 0;
    return Math.max(-FAR, Math.min(FAR, (value - median) / scale));
  });
}

/** The `count` smallest squared distances, ascending; kept so by insertion. */
function nearestSquares(point: Float64Array, others: readonly Float64Array[], count: number): Float64Array {
  const nearest = new Float64Array(count).fill(Infinity);
  for (const other of others) {
    let distance = 0;
    const limit = nearest[count - 1]!;
    for (let column = 0; column < point.length && distance < limit; column++) {
      distance += (point[column]! - other[column]!) ** 2;
    }
    if (distance >= limit) continue;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (nearest[middle]! > distance) high = middle;
      else low = middle + 1;
    }
    nearest.copyWithin(low + 1, low, count - 1);
    nearest[low] = distance;
  }
  return nearest;
}

/** Mean ln distance to the neighbours of the given ranks. */
function loneliness(point: Float64Array, others: readonly Float64Array[], ranks: readonly number[]): number {
  const nearest = nearestSquares(point, others, ranks[ranks.length - 1]!);
  return ranks.reduce((sum, rank) => sum + Math.log(nearest[rank - 1]! + TINY), 0) / ranks.length;
}

function meanOddity(row: Row, columns: readonly ColumnStatistics[]): number {
  let sum = 0;
  columns.forEach(({ median, robustScale }, column) => {
    const value = row[column]!;
    if (Number.isFinite(value) && robustScale > 0) sum += Math.abs(value - median) / robustScale;
  });
  return columns.length === 0 ? 0 : sum / columns.length;
}

type Usual = Omit<UsualRows, 'known'>;

function views(usual: Usual, row: Row): number[] {
  return [
    scoreIsolation(usual.forest, row),
    loneliness(standardise(row, usual.columns), usual.neighbours, usual.ranks),
    meanOddity(row, usual.columns),
  ];
}

/** Learns what is usual from at least two rows of the same width. */
export function learnUsualRows(rows: readonly Row[], options: UnusualRowsOptions): UsualRows {
  const { seed, trees = 400 } = options;
  const columns = describeColumns(rows);
  const random = createRandomSource(seed + 1);
  const compared = sampleIndexes(rows.length, MAX_NEIGHBOURS, random);
  const neighbours = [...compared].map((index) => standardise(rows[index]!, columns));
  const ranks = CROWDS.map((share) => {
    // One more than asked: a row that was learnt is its own nearest.
    const rank = Math.max(SMALLEST_CROWD, Math.round(share * neighbours.length)) + 1;
    return Math.min(rank, neighbours.length);
  });
  const usual: Usual = {
    forest: trainForest(rows, { seed, trees }),
    columns,
    neighbours,
    ranks,
  };
  const scores = [...sampleIndexes(rows.length, MAX_KNOWN, random)].map((index) =>
    views(usual, rows[index]!),
  );
  const known = WEIGHTS.map((_, view) => Float64Array.from(scores, (score) => score[view]!).sort());
  return { ...usual, known };
}

/** How many of the ascending values are below, ties counting half. */
function countBelow(ordered: Float64Array, value: number): number {
  const edge = (inclusive: boolean): number => {
    let low = 0;
    let high = ordered.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const beyond = inclusive ? ordered[middle]! > value : ordered[middle]! >= value;
      if (beyond) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return (edge(false) + edge(true)) / 2;
}

/**
 * -ln of the share of known rows that score at least as high. Beyond the highest known, where ranks are all alike,
 * the excess over it goes on in units of the known scores' spread.
 */
function surprise(ordered: Float64Array, value: number): number {
  const share = (ordered.length - countBelow(ordered, value) + 0.5) / (ordered.length + 1);
  const top = ordered[ordered.length - 1]!;
  const spread = top - ordered[Math.floor(ordered.length / 2)]!;
  const excess = value > top && spread > 0 ? Math.min(1, (value - top) / spread) : 0;
  return -Math.log(share) + excess;
}

/** At least 0; higher is more unusual. The parts are those of the views, weighted, and add up to the score. */
export function scoreUnusualRow(usual: UsualRows, row: Row): number {
  const scores = views(usual, row);
  return WEIGHTS.reduce((sum, weight, view) => sum + weight * surprise(usual.known[view]!, scores[view]!), 0);
}
