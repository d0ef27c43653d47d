/** Rows of the agenda: what Dolibarr records by itself at every action, and what people write. */
import { sqlDateTime } from '../wall-clock.ts';
import type { Row, SqlValue } from '../sql-writer.ts';

export interface EventFacts {
  /** AC_TICKET_CREATE, TICKET_MSG, … */
  readonly code: string;
  readonly label: string;
  readonly note?: string;
  readonly user: number;
  readonly customer: number | null;
  readonly project: number | null;
  readonly elementType: string;
  readonly element: SqlValue;
  readonly at: number;
}

/** `ref` is the event's own id, which is not known before the insert: Dolibarr writes it with a second statement. */
export function eventRow(event: EventFacts, ref: SqlValue): Row {
  const when = sqlDateTime(event.at);
  return {
    ref,
    entity: 1,
    datep: when,
    datep2: when,
    fk_action: event.code.startsWith('TICKET_MSG') ? 50 : 40,
    code: event.code,
    datec: when,
    fk_user_author: event.user,
    fk_project: event.project,
    fk_soc: event.customer,
    fk_user_action: event.user,
    transparency: 0,
    // -1 marks what was recorded automatically.
    percent: -1,
    label: event.label,
    note: event.note ?? '',
    fk_element: event.element,
    elementtype: event.elementType,
  };
}

export function eventResourceRow(event: SqlValue, user: number): Row {
  return {
    fk_actioncomm: event,
    element_type: 'user',
    fk_element: user,
    answer_status: '0',
    mandatory: 0,
    transparency: 0,
  };
}
