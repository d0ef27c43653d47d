/**
 * Measures the quality of the data: asks every rule of the mirror as it is, and adds what each found to a score of 0 to 100. A
 * rule's share is its faulty rows among those it checked; a score is 100 less the average share, by the rules' weights.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteName, quoteText } from '../../../core/clickhouse-sql.ts';
import type { Clock } from '../../../core/clock.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import { expandTemplate } from '../expand-template.ts';
import { readMirrorTables } from '../mirror-tables.ts';
import { type ResolvedSource, parseSources, resolveSource } from '../source-columns.ts';
import { namesIn } from '../model-table.ts';
import type { Dimension, Label, QualityRule } from './quality-rule.ts';
import { QUALITY_RULES } from './quality-rules.ts';
import { readTrend, storeResults, type TrendPoint } from './quality-store.ts';

export interface QualityDependencies {
  readonly warehouse: Warehouse;
  readonly clock: Clock;
  /** Folder with rules/, store/ and sources.json (clickhouse/quality). */
  readonly folder: string;
  readonly tablePrefix: string;
  /** IANA zone: what day it is. */
  readonly timezone: string;
  /** Database of the model, where results are kept. */
  readonly warehouseDatabase: string;
}

/** What one rule found. */
export interface RuleResult {
  readonly rule: string;
  readonly dimension: Dimension;
  readonly table: string;
  readonly column: string;
  readonly weight: number;
  readonly label: Label;
  readonly checked: number;
  readonly faulty: number;
  /** Keys of the first faulty rows, at most RECORDS_SHOWN. */
  readonly records: readonly number[];
}

/** The score of a part; null where nothing could be checked. */
export interface PartScore {
  readonly name: string;
  readonly score: number | null;
  readonly checked: number;
  readonly faulty: number;
}

export interface QualityReport {
  /** ISO 8601. */
  readonly runAt: string;
  /** Only rows changed in so many days were checked; null: all. */
  readonly days: number | null;
  /** 0 to 100; null when the mirror has nothing to check. */
  readonly score: number | null;
  readonly dimensions: readonly PartScore[];
  readonly tables: readonly PartScore[];
  /** `table.column`. */
  readonly columns: readonly PartScore[];
  /** Worst first. */
  readonly rules: readonly RuleResult[];
  /** Rules whose tables or columns this Dolibarr does not have. */
  readonly leftOut: readonly string[];
  /** Earlier measurements of everything, oldest first, this one included. */
  readonly trend: readonly TrendPoint[];
}

export const RECORDS_SHOWN = 20;

interface FoundRow {
  readonly checked: string;
  readonly faulty: string;
  readonly records: readonly string[];
}

/** 100 less the average share of faulty rows, by weight; null when nothing was checked. */
export function scoreOf(results: readonly RuleResult[]): number | null {
  const counted = results.filter(({ checked }) => checked > 0);
  const weight = counted.reduce((sum, result) => sum + result.weight, 0);
  if (weight === 0) return null;
  const lost = counted.reduce((sum, { weight: own, faulty, checked }) => sum + (own * faulty) / checked, 0);
  return Math.round(10_000 * (1 - lost / weight)) / 100;
}

function scoresBy(results: readonly RuleResult[], nameOf: (result: RuleResult) => string): PartScore[] {
  const names = new Set(results.map(nameOf));
  return [...names]
    .map((name) => {
      const part = results.filter((result) => nameOf(result) === name);
      const checked = part.reduce((sum, result) => sum + result.checked, 0);
      return {
        name,
        score: scoreOf(part),
        checked,
        faulty: part.reduce((sum, { faulty }) => sum + faulty, 0),
      };
    })
    .sort((a, b) => (a.score ?? 101) - (b.score ?? 101) || a.name.localeCompare(b.name));
}

async function resolveSources(deps: QualityDependencies): Promise<Map<string, ResolvedSource>> {
  const text = await readFile(join(deps.folder, 'sources.json'), 'utf8');
  const sources = parseSources(text, {}, deps.tablePrefix);
  const mirrors = await readMirrorTables(
    deps.warehouse,
    [...sources.values()].flatMap(({ names }) => names),
  );
  return new Map([...sources].map(([name, source]) => [name, resolveSource(source, mirrors)]));
}

function canAsk(rule: QualityRule, sql: string, sources: ReadonlyMap<string, ResolvedSource>): boolean {
  const source = sources.get(rule.table);
  const columns = [...(rule.needs ?? []), ...(rule.column === '' ? [] : [rule.column])];
  return (
    namesIn(sql).every((name) => sources.get(name)?.mirror) &&
    columns.every((column) => source?.columns.get(column) !== null)
  );
}

function fillRule(rule: QualityRule, template: string, place: Readonly<Record<string, string>>): string {
  const values = { only: '1', ...rule.values, ...place, table: `{${rule.table}}`, column: rule.column };
  return Object.entries(values).reduce((sql, [name, value]) => sql.replaceAll(`{${name}}`, value), template);
}

/** Changed in the last days, by the column that Dolibarr stamps; tables without it are checked as a whole. */
function recentCondition(source: ResolvedSource | undefined, days: number | null): string {
  if (days === null || !source?.columns.get('tms')) return '1';
  return `t.tms >= now('UTC') - INTERVAL ${days} DAY`;
}

async function askRule(warehouse: Warehouse, rule: QualityRule, sql: string): Promise<RuleResult> {
  const [found] = await warehouse.rows<FoundRow>(
    `SELECT count() AS checked, countIf(is_faulty) AS faulty,
            groupArraySortedIf(${RECORDS_SHOWN})(record, is_faulty) AS records FROM (\n${sql}\n)`,
  );
  const { name, dimension, table, column, weight, label } = rule;
  return {
    ...{ rule: name, dimension, table, column, weight, label },
    checked: Number(found!.checked),
    faulty: Number(found!.faulty),
    records: found!.records.map(Number),
  };
}

/** `days`: only rows changed in so many days; null: all rows, and what is found goes into the trend. */
export async function measureQuality(
  deps: QualityDependencies,
  days: number | null,
  signal: AbortSignal,
): Promise<QualityReport> {
  const sources = await resolveSources(deps);
  const runAt = new Date(deps.clock.now()).toISOString();
  const context = { sources, tables: new Map<string, string>() };
  const today = `toDate32(now(${quoteText(deps.timezone)}))`;
  const rules: RuleResult[] = [];
  const leftOut: string[] = [];
  for (const rule of QUALITY_RULES) {
    signal.throwIfAborted();
    const template = await readFile(join(deps.folder, 'rules', `${rule.query}.sql`), 'utf8');
    const sql = fillRule(rule, template, { today, recent: recentCondition(sources.get(rule.table), days) });
    if (!canAsk(rule, sql, sources)) leftOut.push(rule.name);
    else rules.push(await askRule(deps.warehouse, rule, expandTemplate(sql, context, { kind: 'all' })));
  }
  const place = { folder: deps.folder, database: quoteName(deps.warehouseDatabase) };
  if (days === null) await storeResults(deps.warehouse, place, { runAt, rules });
  return {
    ...{ runAt, days, leftOut, score: scoreOf(rules) },
    dimensions: scoresBy(rules, ({ dimension }) => dimension),
    tables: scoresBy(rules, ({ table }) => table),
    columns: scoresBy(rules, ({ table, column }) => (column === '' ? table : `${table}.${column}`)),
    rules: rules.sort((a, b) => shareOf(b) - shareOf(a) || b.faulty - a.faulty),
    trend: await readTrend(deps.warehouse, place),
  };
}

const shareOf = ({ weight, faulty, checked }: RuleResult): number =>
  checked === 0 ? -1 : (weight * faulty) / checked;
