/** What a rule of data quality is. The rules are in the files beside this one. */

export type Dimension = 'missing' | 'duplicates' | 'consistency' | 'freshness' | 'validity';

export interface QualityRule {
  /** Unique and stable: the trend is kept under it. */
  readonly name: string;
  readonly dimension: Dimension;
  /** Table whose rows are checked. */
  readonly table: string;
  /** Column that the fault is in; '' for the row as a whole. */
  readonly column: string;
  /** 1 to 3: how much a faulty row counts. */
  readonly weight: number;
  /** File in clickhouse/quality/rules, without .sql. */
  readonly query: string;
  /** What its placeholders stand for; `only` is `1` when left out. */
  readonly values?: Readonly<Record<string, string>>;
  /** Columns of the table that must be there, besides `column`; otherwise the rule is left out. */
  readonly needs?: readonly string[];
  readonly label: { readonly fr: string; readonly en: string };
}

export type Label = QualityRule['label'];

export const say = (fr: string, en: string): Label => ({ fr, en });

/** A condition on documents that are more than drafts. */
export const VALIDATED = 't.fk_statut > 0';
