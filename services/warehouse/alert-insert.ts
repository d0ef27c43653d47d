import { quoteTable } from '../../core/clickhouse-sql.ts';
import { recordInsert } from './record-insert.ts';
import type { InsertPlan } from './table-plan.ts';

/** The fields of schemas/alert.avsc and how the Avro reader takes them; the table has the same columns. */
const ALERT_FIELDS: readonly (readonly [name: string, type: string])[] = [
  ['id', 'String'],
  ['rule', 'String'],
  ['severity', 'Int32'],
  ['entity', 'Int32'],
  ['subject_type', 'String'],
  ['subject_id', 'Int64'],
  ['subject_ref', 'String'],
  ['title', 'String'],
  ['explanation', 'String'],
  ['actual', 'Nullable(Float64)'],
  ['expected', 'Nullable(Float64)'],
  ['unit', 'Nullable(String)'],
  ['details', 'String'],
  ['source_seq', 'UInt64'],
  ['committed_at', "DateTime64(3, 'UTC')"],
  ['raised_at', "DateTime64(3, 'UTC')"],
];

export const alertInsert = (warehouseDatabase: string): InsertPlan =>
  recordInsert(quoteTable(warehouseDatabase, 'alerts'), ALERT_FIELDS);
