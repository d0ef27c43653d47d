import { sqlDate, sqlDateTime } from '../wall-clock.ts';
import type { Row, SqlValue } from '../sql-writer.ts';

export const TICKET_STATUS = {
  unread: 0,
  read: 1,
  assigned: 2,
  inProgress: 3,
  waiting: 5,
  solved: 8,
  cancelled: 9,
};

export interface TicketFacts {
  readonly ref: string;
  readonly trackId: string;
  readonly customer: number;
  /** 0 when no site is concerned. */
  readonly project: number;
  readonly author: number;
  readonly subject: string;
  readonly message: string;
  readonly type: string;
  readonly severity: string;
  readonly at: number;
}

export function ticketRow(ticket: TicketFacts): Row {
  return {
    entity: 1,
    ref: ticket.ref,
    track_id: ticket.trackId,
    fk_soc: ticket.customer,
    // Both NULL and 0 mean "no project", depending on the screen that wrote it.
    fk_project: ticket.project === 0 && ticket.customer % 2 === 0 ? null : ticket.project,
    fk_user_create: ticket.author,
    fk_user_assign: null,
    subject: ticket.subject,
    message: ticket.message,
    fk_statut: TICKET_STATUS.unread,
    progress: 0,
    type_code: ticket.type,
    category_code: 'OTHER',
    severity_code: ticket.severity,
    datec: sqlDateTime(ticket.at),
    date_read: null,
    date_close: null,
    notify_tiers_at_create: 0,
    ip: '',
  };
}

export function ticketExtrafieldsRow(
  ticket: SqlValue,
  fields: { readonly blocked: boolean; readonly trade: string | null; readonly warrantyUntil: number | null },
): Row {
  return {
    fk_object: ticket,
    chantier_bloque: fields.blocked ? 1 : 0,
    lot_technique: fields.trade,
    garantie_jusqu_au: fields.warrantyUntil === null ? null : sqlDate(fields.warrantyUntil),
  };
}
