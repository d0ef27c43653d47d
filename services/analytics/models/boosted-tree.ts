/** One regression tree on binned inputs, grown leaf by leaf where the loss falls most. */
import type { ColumnKind } from './feature-bins.ts';

export interface TreeOptions {
  readonly leaves: number;
  /** Cases a leaf must hold. */
  readonly minCases: number;
  readonly kinds: readonly ColumnKind[];
}

/** Numbers only: JSON holds it exactly. A node is an index; `column` -1 is a leaf. */
export interface Tree {
  readonly column: number[];
  /** Bins that go left. */
  readonly left: (readonly number[])[];
  readonly below: number[];
  readonly above: number[];
  readonly value: number[];
}

interface Cut {
  readonly column: number;
  readonly left: readonly number[];
  readonly gain: number;
}

interface Leaf {
  readonly node: number;
  readonly cases: Int32Array;
  readonly cut: Cut | null;
}

const BINS = 256;
/** Cases' worth of doubt about a name's own slope. */
const NAME_DOUBT = 10;
/** Doubt about any part's slope, in cases. */
const DOUBT = 1;

const fit = (slope: number, count: number): number => (slope * slope) / (count + DOUBT);

class TreeGrower {
  readonly #cases: readonly Uint8Array[];
  readonly #slopes: Float64Array;
  readonly #options: TreeOptions;
  readonly #sums = new Float64Array(BINS);
  readonly #counts = new Float64Array(BINS);
  readonly tree: Tree = { column: [], left: [], below: [], above: [], value: [] };

  constructor(cases: readonly Uint8Array[], slopes: Float64Array, options: TreeOptions) {
    this.#cases = cases;
    this.#slopes = slopes;
    this.#options = options;
  }

  /** The leaves' cases, by node. */
  grow(all: Int32Array): Map<number, Int32Array> {
    const leaves = [this.#leaf(all)];
    while (leaves.length < this.#options.leaves) {
      let best = -1;
      leaves.forEach(({ cut }, at) => {
        if (cut && (best < 0 || cut.gain > leaves[best]!.cut!.gain)) best = at;
      });
      if (best < 0) break;
      const { node, cases, cut } = leaves[best]!;
      const isLeft = new Uint8Array(BINS);
      for (const bin of cut!.left) isLeft[bin] = 1;
      const column = cut!.column;
      const below = this.#leaf(cases.filter((at) => isLeft[this.#cases[at]![column]!] === 1));
      const above = this.#leaf(cases.filter((at) => isLeft[this.#cases[at]![column]!] === 0));
      this.tree.column[node] = column;
      this.tree.left[node] = cut!.left;
      this.tree.below[node] = below.node;
      this.tree.above[node] = above.node;
      leaves.splice(best, 1, below, above);
    }
    return new Map(leaves.map(({ node, cases }) => [node, cases]));
  }

  #leaf(cases: Int32Array): Leaf {
    const node = this.tree.column.push(-1) - 1;
    this.tree.left.push([]);
    this.tree.below.push(-1);
    this.tree.above.push(-1);
    this.tree.value.push(0);
    return { node, cases, cut: cases.length < 2 * this.#options.minCases ? null : this.#bestCut(cases) };
  }

  #bestCut(cases: Int32Array): Cut | null {
    let best: Cut | null = null;
    this.#options.kinds.forEach((kind, column) => {
      const cut = this.#cutColumn(cases, column, kind);
      if (cut && (!best || cut.gain > best.gain)) best = cut;
    });
    return best;
  }

  #cutColumn(cases: Int32Array, column: number, kind: ColumnKind): Cut | null {
    const sums = this.#sums.fill(0);
    const counts = this.#counts.fill(0);
    let total = 0;
    for (const at of cases) {
      const bin = this.#cases[at]![column]!;
      const slope = this.#slopes[at]!;
      sums[bin]! += slope;
      counts[bin]! += 1;
      total += slope;
    }
    const bins: number[] = [];
    for (let bin = 0; bin < BINS; bin++) if (counts[bin]! > 0) bins.push(bin);
    if (kind === 'name') {
      const slopeOf = (bin: number): number => sums[bin]! / (counts[bin]! + NAME_DOUBT);
      bins.sort((a, b) => slopeOf(a) - slopeOf(b) || a - b);
    }
    const whole = fit(total, cases.length);
    let gain = 0;
    let cutAfter = -1;
    let sum = 0;
    let count = 0;
    for (let at = 0; at < bins.length - 1; at++) {
      sum += sums[bins[at]!]!;
      count += counts[bins[at]!]!;
      if (count < this.#options.minCases) continue;
      if (cases.length - count < this.#options.minCases) break;
      const gained = fit(sum, count) + fit(total - sum, cases.length - count) - whole;
      if (gained > gain) [gain, cutAfter] = [gained, at];
    }
    return cutAfter < 0 ? null : { column, left: bins.slice(0, cutAfter + 1), gain };
  }
}

/**
 * Grows a tree along the slopes (the loss's derivative by case) of the cases named by `all`. `leafValue` says what a
 * leaf adds, from its cases. A name that no case had here goes right.
 */
export function growTree(
  data: { readonly cases: readonly Uint8Array[]; readonly slopes: Float64Array; readonly all: Int32Array },
  options: TreeOptions,
  leafValue: (cases: Int32Array) => number,
): Tree {
  const grower = new TreeGrower(data.cases, data.slopes, options);
  for (const [node, cases] of grower.grow(data.all)) grower.tree.value[node] = leafValue(cases);
  return grower.tree;
}

/** A tree made ready to be asked often. */
export type TreeReader = (binned: Uint8Array) => number;

export function readTree(tree: Tree): TreeReader {
  const isLeft = tree.left.map((bins) => {
    const flags = new Uint8Array(BINS);
    for (const bin of bins) flags[bin] = 1;
    return flags;
  });
  return (binned) => {
    let node = 0;
    while (tree.column[node]! >= 0) {
      node = isLeft[node]![binned[tree.column[node]!]!] === 1 ? tree.below[node]! : tree.above[node]!;
    }
    return tree.value[node]!;
  };
}
