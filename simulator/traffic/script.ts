/**
 * The statements of one transaction, in order, as one text: a row inserted early can be named by later statements
 * before its id is known here, so a whole transaction is one round trip.
 */
import { eventResourceRow, eventRow, type EventFacts } from '../rows/event-rows.ts';
import { expression, insertRow, updateRow, type Row, type SqlExpression } from '../sql-writer.ts';

export interface Script {
  readonly statements: readonly string[];
  /** Adds an insert and returns the new row's id as an expression for later statements. */
  insert(table: string, row: Row): SqlExpression;
  update(table: string, changes: Row, key: Row): void;
  run(sql: string): void;
  /** The three row changes and one update that every action leaves in the agenda; returns the event's id. */
  event(event: EventFacts): SqlExpression;
  /** The row in llx_actioncomm_resources of an event of this script. */
  resourceOf(event: SqlExpression): SqlExpression;
  /** Which statement inserted the row that `id` stands for. */
  statementOf(id: SqlExpression): number;
}

export function createScript(): Script {
  const statements: string[] = [];
  const inserts = new Map<SqlExpression, number>();
  const resources = new Map<SqlExpression, SqlExpression>();
  const insert = (table: string, row: Row): SqlExpression => {
    const id = expression(`@id${statements.length}`);
    inserts.set(id, statements.length);
    statements.push(insertRow(table, row), `SET ${id.sql} = LAST_INSERT_ID()`);
    return id;
  };
  const update = (table: string, changes: Row, key: Row): void => {
    statements.push(updateRow(table, changes, key));
  };
  return {
    statements,
    insert,
    update,
    run: (sql) => {
      statements.push(sql);
    },
    event: (event) => {
      const id = insert('llx_actioncomm', eventRow(event, '(PROV)'));
      update('llx_actioncomm', { ref: id }, { id });
      resources.set(id, insert('llx_actioncomm_resources', eventResourceRow(id, event.user)));
      return id;
    },
    resourceOf: (event) => resources.get(event) ?? event,
    statementOf: (id) => inserts.get(id) ?? -1,
  };
}
