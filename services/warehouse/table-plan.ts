/**
 * Everything that loading one table needs, derived from the Avro schema of its events alone: the tables it is kept
 * in and the expressions that fill them. Pure.
 *
 * The reader takes the fields of an image as columns of their own, named by the path to them (`after.Value.rowid`,
 * Value being the branch of the union): so a mirror insert neither reads the other image nor builds tuples.
 */
import { type EnvelopeTable, tableOfEnvelope } from '../../core/avro-schema.ts';
import { quoteName, quoteTable, quoteText } from '../../core/clickhouse-sql.ts';
import { type MirrorColumn, convertColumn, mirrorColumns, storedType } from './column-mapping.ts';

/** Records [first, end) of a topic-partition, by their offsets. */
export interface OffsetRange {
  readonly topic: string;
  readonly partition: number;
  readonly first: number;
  readonly end: number;
}

/** How records become rows of one table; see AvroInsert. */
export interface InsertPlan {
  readonly table: string;
  readonly columns: readonly string[];
  readonly expressions: readonly string[];
  readonly structure: string;
  /** Condition over the fields: the record's rows are not in the table. Null where rows that are in change nothing. */
  readonly absent: string | null;
}

export interface TablePlan {
  readonly source: EnvelopeTable;
  /** Name of the table in the database `mirror`. */
  readonly name: string;
  readonly columns: readonly MirrorColumn[];
  /** False: the table has no key, so its rows are counted in ingest and `mirror` has a view. */
  readonly isKeyed: boolean;
  /** The table that takes the rows, quoted. */
  readonly target: string;
  readonly insert: (range: OffsetRange) => InsertPlan;
}

export interface PlanOptions {
  /** IANA zone in which TIMESTAMP columns are shown. */
  readonly timezone: string;
  /** Put the database's name before the table's, for more than one captured database. */
  readonly qualifyTables: boolean;
}

export const copiesTable = (name: string): string => `${name}__copies`;

export function mirrorTableName(source: { database: string; table: string }, qualifyTables: boolean): string {
  return qualifyTables ? `${source.database}__${source.table}` : source.table;
}

const field = (image: 'before' | 'after', name: string): string => quoteName(`${image}.Value.${name}`);

function keyedInsert(name: string, columns: readonly MirrorColumn[]): InsertPlan {
  const structure = columns.map(
    (column) => `${field('after', column.field)} Nullable(${column.mapping.readType})`,
  );
  const expressions = columns.map((column) => {
    if (!column.isKey) return convertColumn(field('after', column.field), column.mapping);
    structure.push(`${field('before', column.field)} Nullable(${column.mapping.readType})`);
    const value = `if(op = 'd', ${field('before', column.field)}, ${field('after', column.field)})`;
    return `assumeNotNull(${convertColumn(value, column.mapping)})`;
  });
  return {
    table: quoteTable('mirror', name),
    columns: [...columns.map((column) => quoteName(column.name)), '_seq', '_deleted'],
    // A deleted row keeps its key only: nobody sees the rest, and raw.events has it.
    expressions: [...expressions, '`source.seq`', "op = 'd'"],
    structure: [...structure, '`source.seq` UInt64', 'op String'].join(', '),
    absent: null,
  };
}

/** Type of an image as the reader delivers it whole. */
export function imageType(columns: readonly MirrorColumn[]): string {
  return `Tuple(${columns.map((c) => `${quoteName(c.field)} Nullable(${c.mapping.readType})`).join(', ')})`;
}

const MARK_PREFIX = 'end of ';

/** `_hash` of the row that says how far a partition is counted. */
export const markOf = (partition: number): string =>
  `toFixedString(${quoteText(`${MARK_PREFIX}${partition}`)}, 16)`;

/** The images that an event takes away (-1) and brings (1), of a table without a key. */
export const COPY_CHANGES =
  "multiIf(op = 'd', [(-1, before)], op = 'u', [(-1, before), (1, after)], [(1, after)])";

export const copiedValue = (column: MirrorColumn): string =>
  convertColumn(`tupleElement(_change.2, ${quoteText(column.field)})`, column.mapping);

/**
 * One row per image: minus one for what was, plus one for what is. With them goes a mark whose copies always sum up to
 * the offset behind the last record that is in: such rows do not tell by themselves whether they are in already.
 */
function copiesInsert(name: string, columns: readonly MirrorColumn[], range: OffsetRange): InsertPlan {
  const target = quoteTable('ingest', copiesTable(name));
  const mark = markOf(range.partition);
  const reached = `(SELECT sum(_copies) FROM ${target} WHERE _hash = ${mark})`;
  const markOnce = "if(rowNumberInAllBlocks() = 0, [(0, if(op = 'd', before, after))], [])";
  const change = `arrayJoin(arrayConcat(${COPY_CHANGES}, ${markOnce}))`;
  return {
    table: target,
    columns: ['_hash', '_copies', ...columns.map((column) => quoteName(column.name))],
    expressions: [
      `if((${change} AS _change).1 = 0, ${mark}, sipHash128(_change.2))`,
      `if(_change.1 = 0, ${range.end} - ${reached}, _change.1)`,
      ...columns.map(copiedValue),
    ],
    structure: `before ${imageType(columns)}, after ${imageType(columns)}, op String`,
    absent: `${reached} < ${range.end}`,
  };
}

/** Null for a schema that is not an envelope. */
export function planTable(schemaText: string, options: PlanOptions): TablePlan | null {
  const source = tableOfEnvelope(schemaText);
  if (!source) return null;
  const columns = mirrorColumns(source.columns, source.fieldNames, source.key, options.timezone);
  const name = mirrorTableName(source, options.qualifyTables);
  const isKeyed = source.key.length > 0;
  const keyed = isKeyed ? keyedInsert(name, columns) : null;
  return {
    ...{ source, name, columns, isKeyed },
    target: isKeyed ? quoteTable('mirror', name) : quoteTable('ingest', copiesTable(name)),
    insert: (range) => keyed ?? copiesInsert(name, columns, range),
  };
}

/**
 * A round inserts a few rows into each of many tables, several times a second. What that costs is the number of files:
 * these settings make fewer and smaller ones, keep a file per column for large tables only, and merge eight parts at a
 * time or not at all.
 */
const MERGE_SETTINGS = [
  'non_replicated_deduplication_window = 1000',
  'write_marks_for_substreams_in_compact_parts = 0',
  'min_parts_to_merge_at_once = 8',
  'min_bytes_for_wide_part = 134217728',
].join(', ');

function columnList(plan: TablePlan): string {
  return plan.columns.map((column) => `${quoteName(column.name)} ${storedType(column)}`).join(',\n');
}

/** The statement that makes a table like `target`, under that name or another one. */
export function createTable(plan: TablePlan, name: string): string {
  if (!plan.isKeyed) {
    return (
      `CREATE TABLE IF NOT EXISTS ${name} (\n_hash FixedString(16),\n_copies Int64,\n${columnList(plan)}\n) ` +
      `ENGINE = SummingMergeTree(_copies) ORDER BY _hash SETTINGS ${MERGE_SETTINGS}`
    );
  }
  const key = plan.source.key.map((part) => quoteName(plan.columns[columnIndex(plan, part)]!.name));
  return (
    `CREATE TABLE IF NOT EXISTS ${name} (\n${columnList(plan)},\n` +
    `_seq UInt64,\n_deleted UInt8\n) ENGINE = ReplacingMergeTree(_seq, _deleted)\n` +
    `ORDER BY (${key.join(', ')}) SETTINGS ${MERGE_SETTINGS}`
  );
}

/** Statements that make the table's empty objects. */
export function createStatements(plan: TablePlan): string[] {
  if (plan.isKeyed) return [createTable(plan, plan.target)];
  const copies = plan.target;
  const names = plan.columns.map((column) => quoteName(column.name));
  const values = names.map((name) => `any(${name}) AS ${name}`);
  return [
    createTable(plan, copies),
    `CREATE OR REPLACE VIEW ${quoteTable('mirror', plan.name)} AS\nSELECT ${names.join(', ')} FROM (\n` +
      `SELECT ${values.join(', ')}, sum(_copies) AS _total FROM ${copies}\n` +
      `WHERE NOT startsWith(_hash, ${quoteText(MARK_PREFIX)}) GROUP BY _hash HAVING _total > 0\n` +
      `) ARRAY JOIN range(_total) AS _copy`,
  ];
}

function columnIndex(plan: TablePlan, name: string): number {
  return plan.source.columns.findIndex((column) => column.name === name);
}

/** Statements that remove the table's objects, whichever kind it was. */
export function dropStatements(name: string): string[] {
  return [
    `DROP TABLE IF EXISTS ${quoteTable('mirror', name)} SYNC`,
    `DROP TABLE IF EXISTS ${quoteTable('ingest', copiesTable(name))} SYNC`,
  ];
}

export function truncateStatement(plan: TablePlan): string {
  return `TRUNCATE TABLE ${plan.target} SYNC`;
}
