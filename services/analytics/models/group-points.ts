/**
 * Groups of like points: k-means by `ml-kmeans`, the best of many seeded starts (one start is often a poor one).
 * Starts whose inertia is within a thousandth of the best are equally good to k-means; of those the one whose groups
 * are best told apart is taken, and its borders are settled.
 */
import { kmeans } from 'ml-kmeans';
import { centresOf, inertiaOf, settleBorders, silhouetteOf } from './settle-borders.ts';

export type Point = readonly number[];

export interface Groups {
  /** Group of each point, 0 to k-1. */
  readonly membership: readonly number[];
  readonly centres: readonly Point[];
  /** Sum of squared distances to the own centre. */
  readonly inertia: number;
}

const STARTS = 20;
const MAX_ITERATIONS = 300;
const EQUALLY_GOOD = 1.001;
/** Points up to which every pair of them can be looked at. */
const MAX_PAIRED = 5000;

/** How many points differ; more groups than that cannot be made. */
export function countDistinct(points: readonly Point[]): number {
  return new Set(points.map((point) => point.join(' '))).size;
}

function describe(points: readonly Point[], membership: readonly number[], count: number): Groups {
  const centres = centresOf(points, membership, count);
  return { membership, centres, inertia: inertiaOf(points, membership, centres) };
}

/** The starts that filled every group, the same partition once, best first. */
function startOften(points: readonly Point[], count: number, seed: number): Groups[] {
  const data = points.map((point) => [...point]);
  const found = new Map<string, Groups>();
  for (let start = 0; start < STARTS; start++) {
    const { clusters } = kmeans(data, count, {
      seed: seed + start,
      initialization: 'kmeans++',
      maxIterations: MAX_ITERATIONS,
    });
    if (new Set(clusters).size < count) continue;
    const groups = describe(points, clusters, count);
    found.set(groups.inertia.toPrecision(10), groups);
  }
  return [...found.values()].sort((a, b) => a.inertia - b.inertia);
}

/** When every start left a group empty: the first `count` different points are the centres. */
function splitByFirst(points: readonly Point[], count: number): Groups {
  const first = [...new Map(points.map((point) => [point.join(' '), point])).values()].slice(0, count);
  const distances = (point: Point): number[] =>
    first.map((centre) => centre.reduce((sum, value, axis) => sum + (value - point[axis]!) ** 2, 0));
  const membership = points.map((point) => {
    const all = distances(point);
    return all.indexOf(Math.min(...all));
  });
  return describe(points, membership, count);
}

/** `count` groups of the points, all finite; at least that many must differ. */
export function groupPoints(points: readonly Point[], count: number, seed: number): Groups {
  if (count === 1)
    return describe(
      points,
      points.map(() => 0),
      1,
    );
  const found = startOften(points, count, seed);
  const best = found[0] ?? splitByFirst(points, count);
  if (points.length > MAX_PAIRED) return best;
  const limit = best.inertia * EQUALLY_GOOD;
  let choice = best;
  let clearest = -1;
  for (const groups of found) {
    if (groups.inertia > limit) break;
    const silhouette = silhouetteOf(points, groups.membership, count);
    if (silhouette > clearest) [choice, clearest] = [groups, silhouette];
  }
  return describe(points, settleBorders(points, choice.membership, { count, limit }), count);
}
