/** Keeps what measurements found in the warehouse, and tells how the score went. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteText } from '../../../core/clickhouse-sql.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import type { RuleResult } from './measure-quality.ts';

export interface TrendPoint {
  /** ISO 8601. */
  readonly runAt: string;
  readonly score: number;
}

export interface StorePlace {
  readonly folder: string;
  /** Quoted. */
  readonly database: string;
}

/** Measurements that a report shows. */
const POINTS = 60;

async function createStore(warehouse: Warehouse, { folder, database }: StorePlace): Promise<void> {
  await warehouse.command(`CREATE DATABASE IF NOT EXISTS ${database} ENGINE = Atomic`);
  const files = (await readdir(join(folder, 'store'))).filter((name) => name.endsWith('.sql')).sort();
  for (const file of files) {
    const text = await readFile(join(folder, 'store', file), 'utf8');
    await warehouse.command(text.trim().replace(/;$/, '').replaceAll('{database}', database));
  }
}

export async function storeResults(
  warehouse: Warehouse,
  place: StorePlace,
  { runAt, rules }: { readonly runAt: string; readonly rules: readonly RuleResult[] },
): Promise<void> {
  await createStore(warehouse, place);
  if (rules.length === 0) return;
  const at = quoteText(runAt.replace('T', ' ').replace('Z', ''));
  const rows = rules.map(({ rule, dimension, table, column, weight, checked, faulty }) => {
    const texts = [rule, dimension, table, column].map(quoteText).join(', ');
    return `(${at}, ${texts}, ${weight}, ${checked}, ${faulty})`;
  });
  await warehouse.command(`INSERT INTO ${place.database}.quality_results VALUES ${rows.join(', ')}`);
}

/** Oldest first. */
export async function readTrend(warehouse: Warehouse, place: StorePlace): Promise<TrendPoint[]> {
  await createStore(warehouse, place);
  const rows = await warehouse.rows<{ at: string; score: number }>(
    `SELECT toUnixTimestamp64Milli(run_at) AS at, score FROM ${place.database}.v_quality_trend
     WHERE table = '' AND dimension = '' ORDER BY run_at DESC LIMIT ${POINTS}`,
  );
  return rows
    .map(({ at, score }) => ({
      runAt: new Date(Number(at)).toISOString(),
      score: Math.round(100 * Number(score)) / 100,
    }))
    .reverse();
}
