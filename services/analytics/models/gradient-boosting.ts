/**
 * Gradient boosting for a quantile: many small trees, each correcting the sum of those before. For the median this
 * is the least absolute error. A tree's leaves take the quantile of what is left in them, so one absurd duration
 * cannot pull a leaf.
 */
import { quantileOf } from './column-statistics.ts';
import { growTree, readTree, type Tree, type TreeReader } from './boosted-tree.ts';
import { Binner, type ColumnBins, type ColumnKind, type Inputs, makeBins } from './feature-bins.ts';

export interface BoostingOptions {
  readonly kinds: readonly ColumnKind[];
  /** Which quantile to learn: 0.5 is the median. */
  readonly share: number;
  readonly trees: number;
  readonly leaves: number;
  readonly minCases: number;
}

/** JSON holds it exactly. */
export interface Boosting {
  readonly bins: readonly ColumnBins[];
  readonly base: number;
  readonly trees: readonly Tree[];
}

const RATE = 0.05;

function shareOf(values: Float64Array, share: number): number {
  return quantileOf(values.sort(), share);
}

/** Cases and their finite targets, at least one. */
export function trainBoosting(
  cases: readonly Inputs[],
  targets: readonly number[],
  options: BoostingOptions,
): Boosting {
  const { kinds, share, trees: rounds, leaves, minCases } = options;
  const bins = makeBins(cases, kinds);
  const binner = new Binner(bins);
  const binned = cases.map((inputs) => binner.bin(inputs));
  const base = shareOf(Float64Array.from(targets), share);
  const rest = Float64Array.from(targets, (target) => target - base);
  const slopes = new Float64Array(rest.length);
  const all = Int32Array.from(rest.keys());
  const trees: Tree[] = [];
  for (let round = 0; round < rounds; round++) {
    rest.forEach((left, at) => (slopes[at] = left < 0 ? 1 - share : left > 0 ? -share : 0));
    const tree = growTree({ cases: binned, slopes, all }, { leaves, minCases, kinds }, (members) => {
      return (
        RATE *
        shareOf(
          Float64Array.from(members, (at) => rest[at]!),
          share,
        )
      );
    });
    const read = readTree(tree);
    binned.forEach((row, at) => (rest[at]! -= read(row)));
    trees.push(tree);
  }
  return { bins, base, trees };
}

export type BoostingReader = (inputs: Inputs) => number;

/** The model made ready to be asked often. */
export function readBoosting({ bins, base, trees }: Boosting): BoostingReader {
  const binner = new Binner(bins);
  const readers: TreeReader[] = trees.map(readTree);
  return (inputs) => {
    const binned = binner.bin(inputs);
    return readers.reduce((sum, read) => sum + read(binned), base);
  };
}
