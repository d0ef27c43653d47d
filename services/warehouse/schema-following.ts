/**
 * What has to be done so that a mirror table has the columns its events have now. Computed from what is there, so
 * that it can be repeated after a crash at any point.
 */
import { quoteName, quoteTable } from '../../core/clickhouse-sql.ts';
import { storedType } from './column-mapping.ts';
import { type TablePlan, copiesTable, createStatements, dropStatements } from './table-plan.ts';

export interface StoredColumn {
  readonly name: string;
  readonly type: string;
  readonly isKey: boolean;
}

/** What the warehouse holds of one table. */
export interface StoredTable {
  readonly isKeyed: boolean;
  /** In their order, the loader's own columns left out. */
  readonly columns: readonly StoredColumn[];
}

export interface SchemaStep {
  readonly statements: readonly string[];
  /** True when the table starts empty: capture copies it again. */
  readonly isRebuild: boolean;
}

function isKeyKept(stored: StoredTable, plan: TablePlan): boolean {
  const storedKey = stored.columns.filter((column) => column.isKey);
  const plannedKey = plan.columns.filter((column) => column.isKey);
  return (
    storedKey.length === plannedKey.length &&
    plannedKey.every((planned) =>
      storedKey.some((column) => column.name === planned.name && column.type === storedType(planned)),
    )
  );
}

const isSame = (stored: StoredTable, plan: TablePlan): boolean =>
  stored.isKeyed === plan.isKeyed &&
  stored.columns.length === plan.columns.length &&
  stored.columns.every((column, index) => {
    const planned = plan.columns[index]!;
    return (
      column.name === planned.name && column.type === storedType(planned) && column.isKey === planned.isKey
    );
  });

/** Columns that are gone or have another type are dropped first: a name may come back with another type. */
function alterStatements(stored: StoredTable, plan: TablePlan): string[] {
  const table = quoteTable('mirror', plan.name);
  const planned = new Map(plan.columns.map((column) => [column.name, column]));
  const kept: string[] = [];
  const drops: string[] = [];
  for (const column of stored.columns) {
    const wanted = planned.get(column.name);
    if (wanted && storedType(wanted) === column.type) kept.push(column.name);
    else drops.push(`DROP COLUMN IF EXISTS ${quoteName(column.name)}`);
  }
  const places: string[] = [];
  const order = [...kept];
  plan.columns.forEach((column, index) => {
    const place = index === 0 ? 'FIRST' : `AFTER ${quoteName(plan.columns[index - 1]!.name)}`;
    if (order[index] === column.name) return;
    const isMoved = order.includes(column.name);
    if (isMoved) order.splice(order.indexOf(column.name), 1);
    order.splice(index, 0, column.name);
    places.push(
      `${isMoved ? 'MODIFY COLUMN' : 'ADD COLUMN IF NOT EXISTS'} ${quoteName(column.name)} ${storedType(column)} ${place}`,
    );
  });
  return [drops, places]
    .filter((list) => list.length > 0)
    .map((list) => `ALTER TABLE ${table} ${list.join(', ')}`);
}

/** Null when nothing is to be done. `stored` is null for a table that is not there yet. */
export function followSchema(stored: StoredTable | null, plan: TablePlan): SchemaStep | null {
  if (!stored) return { statements: createStatements(plan), isRebuild: false };
  if (isSame(stored, plan)) return null;
  if (!stored.isKeyed || !plan.isKeyed || !isKeyKept(stored, plan)) {
    return { statements: [...dropStatements(plan.name), ...createStatements(plan)], isRebuild: true };
  }
  return { statements: alterStatements(stored, plan), isRebuild: false };
}

/** What the warehouse will hold once the steps for `plan` are done. */
export function storedAfter(plan: TablePlan): StoredTable {
  return {
    isKeyed: plan.isKeyed,
    columns: plan.columns.map((column) => ({
      name: column.name,
      type: storedType(column),
      isKey: column.isKey,
    })),
  };
}

/** Names under which a table's stored columns are found: its own in mirror, or that of its copies in ingest. */
export const COPIES_SUFFIX = copiesTable('');
