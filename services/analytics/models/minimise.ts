/** Nelder and Mead's simplex search: the smallest value of a function of a few numbers, without derivatives. */

export interface MinimiseOptions {
  readonly start: readonly number[];
  readonly step: readonly number[];
  readonly maxCalls?: number;
  /** The search ends when the simplex' values are this close, relative to the best. */
  readonly tolerance?: number;
}

interface Corner {
  readonly at: readonly number[];
  readonly value: number;
}

const along = (from: readonly number[], to: readonly number[], by: number): number[] =>
  from.map((value, axis) => value + by * (to[axis]! - value));

/** `f` may return Infinity where it is not defined; at `start` it must be finite. */
export function minimise(f: (at: readonly number[]) => number, options: MinimiseOptions): Corner {
  const { start, step, maxCalls = 80 * start.length, tolerance = 1e-6 } = options;
  let calls = 0;
  const corner = (at: readonly number[]): Corner => {
    calls++;
    const value = f(at);
    return { at, value: Number.isNaN(value) ? Infinity : value };
  };
  const byValue = (a: Corner, b: Corner): number => a.value - b.value;
  const moved = start.map((_, axis) =>
    start.map((value, other) => (other === axis ? value + step[axis]! : value)),
  );
  let simplex = [corner(start), ...moved.map(corner)].sort(byValue);
  while (calls < maxCalls) {
    const best = simplex[0]!;
    const worst = simplex[simplex.length - 1]!;
    if (worst.value - best.value <= tolerance * (Math.abs(best.value) + tolerance)) break;
    const others = simplex.slice(0, -1);
    const middle = start.map((_, axis) => others.reduce((sum, { at }) => sum + at[axis]!, 0) / others.length);
    const reflected = corner(along(middle, worst.at, -1));
    let better: Corner | null = null;
    if (reflected.value < best.value) {
      const expanded = corner(along(middle, worst.at, -2));
      better = expanded.value < reflected.value ? expanded : reflected;
    } else if (reflected.value < others[others.length - 1]!.value) {
      better = reflected;
    } else {
      const contracted = corner(
        reflected.value < worst.value ? along(middle, reflected.at, 0.5) : along(middle, worst.at, 0.5),
      );
      if (contracted.value < Math.min(worst.value, reflected.value)) better = contracted;
    }
    simplex = better
      ? [...others, better]
      : [best, ...simplex.slice(1).map(({ at }) => corner(along(best.at, at, 0.5)))];
    simplex.sort(byValue);
  }
  return simplex[0]!;
}
