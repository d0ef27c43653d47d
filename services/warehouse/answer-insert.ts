import { quoteTable } from '../../core/clickhouse-sql.ts';
import { recordInsert } from './record-insert.ts';
import type { InsertPlan } from './table-plan.ts';

/** The fields of schemas/alert-answer.avsc and how the Avro reader takes them; the table has the same columns. */
const ANSWER_FIELDS: readonly (readonly [name: string, type: string])[] = [
  ['id', 'String'],
  ['alert', 'String'],
  ['case_id', 'String'],
  ['rule', 'String'],
  ['severity', 'Int32'],
  ['entity', 'Int32'],
  ['subject_type', 'String'],
  ['subject_id', 'Int64'],
  ['answer', 'String'],
  ['answered_by', 'String'],
  ['via', 'String'],
  ['note', 'String'],
  ['answered_at', "DateTime64(3, 'UTC')"],
];

export const answerInsert = (warehouseDatabase: string): InsertPlan =>
  recordInsert(quoteTable(warehouseDatabase, 'alert_answers'), ANSWER_FIELDS);
