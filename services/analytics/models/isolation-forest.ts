/**
 * Isolation forest (Liu, Ting, Zhou 2008): rows that few random cuts separate from the rest are unusual.
 *
 * The npm package `ml-isolation-forest` is not used: it draws from Math.random, so no run can be repeated; a second
 * `train()` leaves the scores as they were; it cannot be saved and keeps the training rows; it has no subsampling;
 * and a row holding NaN falls to the right of every cut and scores as normal. None of this can be mended from outside
 * (docs/decisions/0013-analytics.md). Here a tree is five flat arrays, so a forest is saved as it is.
 */
import { createRandomSource, sampleIndexes } from './random.ts';

/** One row of measurements. NaN or infinity: not known, taken as the column's median. */
export type Row = readonly number[];

export interface ForestOptions {
  readonly trees?: number;
  /** Rows each tree sees. Few are better than many: what is unusual hides in a crowd. */
  readonly rowsPerTree?: number;
  readonly seed: number;
}

/** A node is an index. `column` -1: a leaf, and `value` holds the path's length; otherwise the cut. */
interface Tree {
  readonly column: Int16Array;
  readonly value: Float64Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
}

/** Numbers only: JSON holds it exactly. */
export interface SavedForest {
  readonly rowsPerTree: number;
  readonly medians: readonly number[];
  readonly trees: readonly {
    readonly column: readonly number[];
    readonly value: readonly number[];
    readonly left: readonly number[];
    readonly right: readonly number[];
  }[];
}

export interface IsolationForest {
  readonly rowsPerTree: number;
  /** What stands for a value that is not known, by column. */
  readonly medians: readonly number[];
  readonly trees: readonly Tree[];
}

const EULER = 0.5772156649015329;

/** Mean number of cuts of an unsuccessful search among `rows` rows. */
function meanPath(rows: number): number {
  if (rows <= 1) return 0;
  if (rows === 2) return 1;
  return 2 * (Math.log(rows - 1) + EULER) - (2 * (rows - 1)) / rows;
}

function medianOf(values: number[]): number {
  const ordered = Float64Array.from(values).sort();
  if (ordered.length === 0) return 0;
  const middle = (ordered.length - 1) / 2;
  return (ordered[Math.floor(middle)]! + ordered[Math.ceil(middle)]!) / 2;
}

function filled(row: Row, medians: readonly number[]): number[] {
  return medians.map((median, column) => (Number.isFinite(row[column]) ? row[column]! : median));
}

class TreeGrower {
  readonly #rows: readonly (readonly number[])[];
  readonly #random: () => number;
  readonly #maxDepth: number;
  readonly #column: number[] = [];
  readonly #value: number[] = [];
  readonly #left: number[] = [];
  readonly #right: number[] = [];

  constructor(rows: readonly (readonly number[])[], maxDepth: number, random: () => number) {
    this.#rows = rows;
    this.#maxDepth = maxDepth;
    this.#random = random;
  }

  grow(members: Int32Array): Tree {
    this.#node(members, 0);
    return {
      column: Int16Array.from(this.#column),
      value: Float64Array.from(this.#value),
      left: Int32Array.from(this.#left),
      right: Int32Array.from(this.#right),
    };
  }

  #node(members: Int32Array, depth: number): number {
    const node = this.#column.push(-1) - 1;
    this.#value.push(depth + meanPath(members.length));
    this.#left.push(-1);
    this.#right.push(-1);
    if (depth >= this.#maxDepth || members.length <= 1) return node;
    const cut = this.#cut(members);
    if (!cut) return node;
    const below = members.filter((row) => this.#rows[row]![cut.column]! < cut.value);
    const above = members.filter((row) => this.#rows[row]![cut.column]! >= cut.value);
    this.#column[node] = cut.column;
    this.#value[node] = cut.value;
    this.#left[node] = this.#node(below, depth + 1);
    this.#right[node] = this.#node(above, depth + 1);
    return node;
  }

  /** A random cut of a random column that still varies here; null when none does. */
  #cut(members: Int32Array): { column: number; value: number } | null {
    const columns = this.#rows[0]!.length;
    const first = Math.floor(this.#random() * columns);
    for (let step = 0; step < columns; step++) {
      const column = (first + step) % columns;
      let low = Infinity;
      let high = -Infinity;
      for (const row of members) {
        const value = this.#rows[row]![column]!;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      const value = low + (high - low) * this.#random();
      // Rounding may put the cut on the lowest value: then nothing would be left of it.
      if (high > low) return { column, value: value > low ? value : high };
    }
    return null;
  }
}

/** Learns the rows; at least one row with one column. The rows are not kept. */
export function trainForest(rows: readonly Row[], options: ForestOptions): IsolationForest {
  const { trees = 200, rowsPerTree = 256, seed } = options;
  const columns = rows[0]?.length ?? 0;
  const medians = Array.from({ length: columns }, (_, column) =>
    medianOf(rows.map((row) => row[column]!).filter(Number.isFinite)),
  );
  const known = rows.map((row) => filled(row, medians));
  const random = createRandomSource(seed);
  const size = Math.min(rowsPerTree, rows.length);
  const maxDepth = Math.ceil(Math.log2(Math.max(2, size)));
  const grown = Array.from({ length: columns === 0 ? 0 : trees }, () =>
    new TreeGrower(known, maxDepth, random).grow(sampleIndexes(known.length, size, random)),
  );
  return { rowsPerTree: size, medians, trees: grown };
}

function pathLength(tree: Tree, row: readonly number[]): number {
  let node = 0;
  for (;;) {
    const column = tree.column[node]!;
    const value = tree.value[node]!;
    if (column < 0) return value;
    node = row[column]! < value ? tree.left[node]! : tree.right[node]!;
  }
}

/** Between 0 and 1; about 0.5 is usual, towards 1 is unusual. */
export function scoreIsolation(forest: IsolationForest, row: Row): number {
  const usual = meanPath(forest.rowsPerTree);
  if (forest.trees.length === 0 || usual === 0) return 0.5;
  const known = filled(row, forest.medians);
  let length = 0;
  for (const tree of forest.trees) length += pathLength(tree, known);
  return 2 ** (-length / forest.trees.length / usual);
}

export function saveForest(forest: IsolationForest): SavedForest {
  const { rowsPerTree, medians } = forest;
  const trees = forest.trees.map(({ column, value, left, right }) => ({
    column: [...column],
    value: [...value],
    left: [...left],
    right: [...right],
  }));
  return { rowsPerTree, medians, trees };
}

export function loadForest({ rowsPerTree, medians, trees }: SavedForest): IsolationForest {
  return {
    rowsPerTree,
    medians,
    trees: trees.map((tree) => ({
      column: Int16Array.from(tree.column),
      value: Float64Array.from(tree.value),
      left: Int32Array.from(tree.left),
      right: Int32Array.from(tree.right),
    })),
  };
}
