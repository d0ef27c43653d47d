/**
 * Inputs of a model as small whole numbers: a number becomes the index of its range, a name the index of the name.
 * 0 stands for what is not known: a missing number, a name that was rare or absent when the bins were made.
 */

/** One case's inputs, in the order of the columns; null: not known. */
export type Inputs = readonly (string | number | null)[];

export type ColumnBins =
  | { readonly kind: 'name'; readonly names: readonly string[] }
  /** Range i ends at (and includes) edges[i]; the last has no end. */
  | { readonly kind: 'number'; readonly edges: readonly number[] };

export type ColumnKind = ColumnBins['kind'];

const MAX_BINS = 255;
/** Cases a name needs to be told apart from other rare names. */
const MIN_CASES = 3;

const isNumber = (value: string | number | null | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value);

function binNames(values: readonly (string | number | null)[]): ColumnBins {
  const counts = new Map<string, number>();
  for (const value of values) {
    if (value !== null) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  }
  const frequent = [...counts].filter(([, count]) => count >= MIN_CASES);
  frequent.sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
  return { kind: 'name', names: frequent.slice(0, MAX_BINS - 1).map(([name]) => name) };
}

function binNumbers(values: readonly (string | number | null)[]): ColumnBins {
  const ordered = Float64Array.from(values.filter(isNumber)).sort();
  const distinct = [...new Set(ordered)];
  if (distinct.length <= MAX_BINS - 1) {
    return {
      kind: 'number',
      edges: distinct.slice(0, -1).map((value, at) => (value + distinct[at + 1]!) / 2),
    };
  }
  const edges = Array.from({ length: MAX_BINS - 2 }, (_, at) => {
    return ordered[Math.floor(((at + 1) * ordered.length) / (MAX_BINS - 1))]!;
  });
  return { kind: 'number', edges: [...new Set(edges)] };
}

/** One entry per column of the cases. */
export function makeBins(cases: readonly Inputs[], kinds: readonly ColumnKind[]): ColumnBins[] {
  return kinds.map((kind, column) => {
    const values = cases.map((inputs) => inputs[column] ?? null);
    return kind === 'name' ? binNames(values) : binNumbers(values);
  });
}

function rangeOf(edges: readonly number[], value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= edges[middle]!) high = middle;
    else low = middle + 1;
  }
  return low + 1;
}

/** Looks names up fast; made once for many cases. */
export class Binner {
  readonly #columns: readonly ColumnBins[];
  readonly #names: readonly (ReadonlyMap<string, number> | null)[];

  constructor(columns: readonly ColumnBins[]) {
    this.#columns = columns;
    this.#names = columns.map((column) =>
      column.kind === 'name' ? new Map(column.names.map((name, at) => [name, at + 1])) : null,
    );
  }

  bin(inputs: Inputs): Uint8Array {
    return Uint8Array.from(this.#columns, (column, at) => {
      const value = inputs[at] ?? null;
      if (value === null) return 0;
      if (column.kind === 'name') return this.#names[at]!.get(String(value)) ?? 0;
      return isNumber(value) ? rangeOf(column.edges, value) : 0;
    });
  }
}
