import { quoteTable } from '../../core/clickhouse-sql.ts';
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

export function answerInsert(warehouseDatabase: string): InsertPlan {
  const table = quoteTable(warehouseDatabase, 'alert_answers');
  const names = ANSWER_FIELDS.map(([name]) => name);
  return {
    table,
    columns: names,
    expressions: names,
    structure: ANSWER_FIELDS.map(([name, type]) => `${name} ${type}`).join(', '),
    absent: `id NOT IN (SELECT id FROM ${table})`,
  };
}
