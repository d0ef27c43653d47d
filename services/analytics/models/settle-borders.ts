/**
 * k-means draws straight borders, and many borders are equally good to it. Here the points along them settle where
 * they belong by silhouette: each moves to the group it is nearer to on average, most misplaced first, as long as
 * the sum of squared distances stays under a limit. Every pair of points is looked at: a few thousand, no more.
 */

const MAX_ROUNDS = 20;

const squaredDistance = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, axis) => sum + (value - b[axis]!) ** 2, 0);

export function centresOf(
  points: readonly (readonly number[])[],
  membership: readonly number[],
  count: number,
): number[][] {
  const sizes = new Float64Array(count);
  const axes = points[0]?.length ?? 0;
  const centres = Array.from({ length: count }, () => Array.from({ length: axes }, () => 0));
  points.forEach((point, at) => {
    const group = membership[at]!;
    sizes[group]! += 1;
    for (let axis = 0; axis < axes; axis++) centres[group]![axis]! += point[axis]!;
  });
  return centres.map((sums, group) => sums.map((sum) => sum / Math.max(1, sizes[group]!)));
}

export function inertiaOf(
  points: readonly (readonly number[])[],
  membership: readonly number[],
  centres: readonly (readonly number[])[],
): number {
  return points.reduce((sum, point, at) => sum + squaredDistance(point, centres[membership[at]!]!), 0);
}

interface Wish {
  readonly at: number;
  readonly group: number;
  /** Silhouette of the point where it is: below 0, the lower the more misplaced. */
  readonly silhouette: number;
}

/** For each point the group it is nearest to on average, its own unless another is nearer, and its silhouette. */
function judge(points: readonly (readonly number[])[], membership: readonly number[], count: number): Wish[] {
  const sizes = new Float64Array(count);
  for (const group of membership) sizes[group]! += 1;
  const sums = new Float64Array(count);
  return points.map((point, at) => {
    const own = membership[at]!;
    if (sizes[own] === 1) return { at, group: own, silhouette: 0 };
    sums.fill(0);
    points.forEach((other, index) => {
      sums[membership[index]!]! += Math.sqrt(squaredDistance(point, other));
    });
    const inside = sums[own]! / (sizes[own]! - 1);
    let group = -1;
    let nearest = Infinity;
    for (let other = 0; other < count; other++) {
      const distance = sums[other]! / sizes[other]!;
      if (other !== own && distance < nearest) [group, nearest] = [other, distance];
    }
    const longer = Math.max(nearest, inside);
    const silhouette = longer === 0 ? 0 : (nearest - inside) / longer;
    return { at, group: nearest < inside ? group : own, silhouette };
  });
}

/** Mean silhouette, -1 to 1; of at least two groups. */
export function silhouetteOf(
  points: readonly (readonly number[])[],
  membership: readonly number[],
  count: number,
): number {
  return judge(points, membership, count).reduce((sum, each) => sum + each.silhouette, 0) / points.length;
}

/** The membership with its borders settled, inertia at most `limit`; every group keeps at least one point. */
export function settleBorders(
  points: readonly (readonly number[])[],
  membership: readonly number[],
  { count, limit }: { readonly count: number; readonly limit: number },
): number[] {
  let settled = [...membership];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const wishes = judge(points, settled, count)
      .filter(({ at, group }) => group !== settled[at])
      .sort((a, b) => a.silhouette - b.silhouette || a.at - b.at);
    let granted = wishes.length;
    let next = settled;
    while (granted > 0) {
      next = [...settled];
      for (const { at, group } of wishes.slice(0, granted)) next[at] = group;
      const centres = centresOf(points, next, count);
      if (new Set(next).size === count && inertiaOf(points, next, centres) <= limit) break;
      granted >>= 1;
    }
    if (granted === 0) return settled;
    settled = next;
  }
  return settled;
}
