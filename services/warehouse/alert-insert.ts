import { quoteTable } from '../../core/clickhouse-sql.ts';
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

export function alertInsert(warehouseDatabase: string): InsertPlan {
  const table = quoteTable(warehouseDatabase, 'alerts');
  const names = ALERT_FIELDS.map(([name]) => name);
  return {
    table,
    columns: names,
    expressions: names,
    structure: ALERT_FIELDS.map(([name, type]) => `${name} ${type}`).join(', '),
    absent: `id NOT IN (SELECT id FROM ${table})`,
  };
}
