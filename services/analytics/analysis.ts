/**
 * What an analysis is: it names the queries it needs, and computes from their rows. The computation is pure, so it
 * runs in a worker thread, and the same rows, seed and day give the same result byte for byte. To add one: a folder
 * with such an object, and a line in analysis-registry.ts (docs/07-analytics.md shows one).
 */
import type { Locale } from './explanation.ts';

/** A row of a query, by column. Numbers are numbers; what is not known is null. */
export type QueryRow = Readonly<Record<string, unknown>>;

export type Cell = string | number | null;

export interface ResultColumn {
  readonly name: string;
  /** ClickHouse's type. Text is String; whatever may be null is Nullable. */
  readonly type: 'String' | 'Float64' | 'Nullable(Float64)' | 'Int64' | 'Date32' | 'Nullable(Date32)';
  readonly comment?: string;
}

/** A table of results: `analytics_<name>` in the warehouse database, one batch of rows per run. */
export interface ResultTable {
  readonly name: string;
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly Cell[])[];
}

/** What was learnt, to be kept as a version of the analysis' model. */
export interface TrainedModel {
  /** Whatever the analysis needs to use it again; JSON. */
  readonly payload: unknown;
  /** Cases learnt from, and the days of the first and the last. */
  readonly rows: number;
  readonly from: string;
  readonly to: string;
  /** Error on the latest cases, which the compared models had not seen: lower is better. */
  readonly score: number;
  /** The same measure for the model in use on the same cases; null when there is none. */
  readonly championScore: number | null;
}

export interface AnalysisInput {
  /** Rows by name of the query. */
  readonly rows: Readonly<Record<string, readonly QueryRow[]>>;
  /** `YYYY-MM-DD` in Dolibarr's zone. */
  readonly today: string;
  readonly seed: number;
  readonly locale: Locale;
  /** Payload of the model in use; null: none yet. */
  readonly champion: unknown;
}

export interface AnalysisOutput {
  readonly tables: readonly ResultTable[];
  /** What the reader must know, such as too little history. */
  readonly notes: readonly string[];
  readonly model: TrainedModel | null;
}

export interface Analysis {
  readonly name: string;
  /** Names of .sql files in clickhouse/analytics, whose rows `compute` gets. */
  readonly queries: readonly string[];
  compute(input: AnalysisInput): AnalysisOutput;
}

/** A finite number, or null for what is none. ClickHouse gives 64-bit integers and decimals as text. */
export function readFigure(row: QueryRow, column: string): number | null {
  const value = row[column];
  if (value === null || value === undefined || value === '') return null;
  const figure = Number(value);
  return Number.isFinite(figure) ? figure : null;
}

export function readText(row: QueryRow, column: string): string {
  const value = row[column];
  return value === null || value === undefined ? '' : String(value);
}
