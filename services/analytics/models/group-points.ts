/** Groups of like points: k-means by `ml-kmeans`, the best of many seeded starts (one start is often a poor one). */
import { kmeans } from 'ml-kmeans';

export interface Groups {
  /** Group of each point, 0 to k-1. */
  readonly membership: readonly number[];
  readonly centres: readonly (readonly number[])[];
  /** Sum of squared distances to the own centre. */
  readonly inertia: number;
}

const STARTS = 20;
const MAX_ITERATIONS = 300;

const squaredDistance = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, axis) => sum + (value - b[axis]!) ** 2, 0);

/** How many points differ; more groups than that cannot be made. */
export function countDistinct(points: readonly (readonly number[])[]): number {
  return new Set(points.map((point) => point.join(' '))).size;
}

/** `count` groups of the points, all finite; at least that many must differ. */
export function groupPoints(points: readonly (readonly number[])[], count: number, seed: number): Groups {
  const data = points.map((point) => [...point]);
  let best: Groups | null = null;
  for (let start = 0; start < STARTS; start++) {
    const { clusters, centroids } = kmeans(data, count, {
      seed: seed + start,
      initialization: 'kmeans++',
      maxIterations: MAX_ITERATIONS,
    });
    if (new Set(clusters).size < count) continue;
    const inertia = data.reduce((sum, point, index) => {
      return sum + squaredDistance(point, centroids[clusters[index]!]!);
    }, 0);
    if (!best || inertia < best.inertia) best = { membership: clusters, centres: centroids, inertia };
  }
  return best ?? onePointEach(data, count);
}

/** When every start left a group empty: the first `count` different points are the centres. */
function onePointEach(points: readonly number[][], count: number): Groups {
  const centres: number[][] = [];
  for (const point of points) {
    if (centres.length < count && !centres.some((centre) => squaredDistance(centre, point) === 0)) {
      centres.push(point);
    }
  }
  const nearest = points.map((point) => {
    const distances = centres.map((centre) => squaredDistance(centre, point));
    return distances.indexOf(Math.min(...distances));
  });
  const inertia = points.reduce(
    (sum, point, index) => sum + squaredDistance(point, centres[nearest[index]!]!),
    0,
  );
  return { membership: nearest, centres, inertia };
}
