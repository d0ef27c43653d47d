/** Groups that the figures alone show: k-means on how recent, how frequent and how valuable each customer is. */
import type { ResultTable } from '../analysis.ts';
import { describeColumn } from '../models/column-statistics.ts';
import { countDistinct, groupPoints } from '../models/group-points.ts';
import { silhouetteOf } from '../models/settle-borders.ts';
import type { Customer } from './segmentation.ts';

/** Customers below which groups are chance. */
const MIN_GROUPED = 30;
/** Pairs of customers are compared for each count of groups. */
const MAX_GROUPED = 3000;
const COUNTS = [3, 4, 5] as const;

function standardise(values: readonly number[]): number[] {
  const { scale } = describeColumn(values);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => (scale === 0 ? 0 : (value - mean) / scale));
}

/** No table while there are too few customers or they are all alike. Groups are numbered by revenue, highest first. */
export function groupCustomers(customers: readonly Customer[], seed: number): ResultTable[] {
  const grouped = customers.slice(0, MAX_GROUPED);
  if (grouped.length < MIN_GROUPED) return [];
  const columns = [
    standardise(grouped.map(({ sinceLast }) => Math.log1p(sinceLast))),
    standardise(grouped.map(({ requests, activeDays }) => Math.log1p(requests + activeDays))),
    standardise(grouped.map(({ revenue }) => Math.log1p(Math.max(0, revenue)))),
  ];
  const points = grouped.map((_, index) => columns.map((column) => column[index]!));
  const distinct = countDistinct(points);
  const candidates = COUNTS.filter((count) => count < distinct).map((count) => {
    const { membership } = groupPoints(points, count, seed);
    return { count, membership, silhouette: silhouetteOf(points, membership, count) };
  });
  candidates.sort((a, b) => b.silhouette - a.silhouette);
  const best = candidates[0];
  return best ? [describeGroups(grouped, best)] : [];
}

function describeGroups(
  customers: readonly Customer[],
  { count, membership, silhouette }: { count: number; membership: readonly number[]; silhouette: number },
): ResultTable {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const profiles = Array.from({ length: count }, (_, group) => {
    const members = customers.filter((_customer, index) => membership[index] === group);
    return {
      size: members.length,
      revenue: mean(members.map((member) => member.revenue)),
      requests: mean(members.map((member) => member.requests)),
      silent: mean(members.map((member) => member.sinceLast)),
    };
  }).sort((a, b) => b.revenue - a.revenue);
  return {
    name: 'customer_groups',
    columns: [
      { name: 'group', type: 'String', comment: 'numbered by revenue, highest first' },
      { name: 'customers', type: 'Int64' },
      { name: 'mean_revenue', type: 'Float64' },
      { name: 'mean_requests', type: 'Float64' },
      { name: 'mean_silent_days', type: 'Float64' },
      { name: 'silhouette', type: 'Float64', comment: 'of the whole grouping, -1 to 1' },
    ],
    rows: profiles.map(({ size, revenue, requests, silent }, index) => [
      ...[`G${index + 1}`, size, revenue, requests, silent, silhouette],
    ]),
  };
}
