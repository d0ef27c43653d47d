import type { InsertPlan } from './table-plan.ts';

/** The insert of flat records into a table with the same columns, each told by its `id`. `table`: quoted. */
export function recordInsert(
  table: string,
  fields: readonly (readonly [name: string, type: string])[],
): InsertPlan {
  const names = fields.map(([name]) => name);
  return {
    table,
    columns: names,
    expressions: names,
    structure: fields.map(([name, type]) => `${name} ${type}`).join(', '),
    absent: `id NOT IN (SELECT id FROM ${table})`,
  };
}
