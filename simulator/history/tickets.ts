/** Requests and incidents, with the life each of them had. */
import type { Firm } from '../firm/firm.ts';
import { TICKET_SUBJECTS } from '../firm/names.ts';
import type { Random } from '../random.ts';
import { TICKET_STATUS, ticketExtrafieldsRow, ticketRow } from '../rows/ticket-rows.ts';
import type { Row } from '../sql-writer.ts';
import { DAY, HOUR, sqlDateTime } from '../wall-clock.ts';
import { duringWork, inOfficeHours, pickCustomer, recordEvent, siteUnderWay, type Book } from './book.ts';

/** Median hours to close a ticket. */
const SEVERITIES = [
  { code: 'LOW', weight: 20, hours: 160 },
  { code: 'NORMAL', weight: 50, hours: 72 },
  { code: 'HIGH', weight: 22, hours: 26 },
  { code: 'BLOCKING', weight: 8, hours: 9 },
];

export const pickSeverity = (random: Random) => random.weighted(SEVERITIES);

export const ticketMessage = (subject: string, customer: string): string =>
  `<p>Bonjour,</p>\r\n<p>${subject} chez ${customer}.<br />Merci d'intervenir d&egrave;s que possible.</p>`;

/** The columns that follow from how far a ticket got by the end of history. */
function lifeOf(
  book: Book,
  firm: Firm,
  created: number,
  hours: number,
): { changes: Row; closed: number | null } {
  const { random, end } = book;
  const read = inOfficeHours(created + random.logNormal(1.5, 0.8) * HOUR);
  const closed = Math.max(read + HOUR / 4, inOfficeHours(created + random.logNormal(hours, 0.7) * HOUR));
  const assignee = random.pick(random.pick(firm.crews).technicians).id;
  if (read > end) return { changes: {}, closed: null };
  const seen = { date_read: sqlDateTime(read) };
  if (closed > end) {
    const status = random.pick([TICKET_STATUS.assigned, TICKET_STATUS.inProgress, TICKET_STATUS.waiting]);
    const progress = random.int(0, 8) * 10;
    return { changes: { ...seen, fk_user_assign: assignee, fk_statut: status, progress }, closed: null };
  }
  const done = { ...seen, fk_user_assign: assignee, progress: 100, date_close: sqlDateTime(closed) };
  // A reopened ticket keeps its closing date and its 100 %: only the status tells.
  if (closed > end - 20 * DAY && random.chance(0.08)) {
    return { changes: { ...done, fk_statut: TICKET_STATUS.inProgress }, closed };
  }
  const status = random.chance(0.94) ? TICKET_STATUS.solved : TICKET_STATUS.cancelled;
  return {
    changes: { ...done, fk_statut: status, resolution: status === TICKET_STATUS.solved ? 1 : 2 },
    closed,
  };
}

export function openTicket(book: Book, firm: Firm, day: number): void {
  const { random, writer } = book;
  const at = duringWork(random, day);
  const site = random.chance(0.3) ? siteUnderWay(book, firm, day) : undefined;
  const customer = site?.customer ?? pickCustomer(random, firm);
  const subject = random.weighted(TICKET_SUBJECTS);
  const severity = pickSeverity(random);
  const author = random.pick(firm.dispatchers);
  const { changes, closed } = lifeOf(book, firm, at, severity.hours);
  const ref = book.refs.next('TS', at);
  const row = ticketRow({
    ref,
    trackId: `h${String((writer.counts['llx_ticket'] ?? 0) + 1).padStart(15, '0')}`,
    customer: customer.id,
    project: site?.id ?? 0,
    author,
    subject: subject.text,
    message: ticketMessage(subject.text, customer.name),
    type: subject.type,
    severity: severity.code,
    at,
  });
  const id = writer.add('llx_ticket', closed ?? at, { ...row, resolution: null, ...changes });
  if (random.chance(0.85)) {
    const warrantyUntil = random.chance(0.4) ? day + 365 * DAY : null;
    const fields = { blocked: severity.code === 'BLOCKING', trade: random.pick(['GOE', 'SEC', 'FIN', null]) };
    writer.add('llx_ticket_extrafields', at, ticketExtrafieldsRow(id, { ...fields, warrantyUntil }));
  }
  const common = {
    user: author,
    customer: customer.id,
    project: site?.id ?? null,
    elementType: 'ticket',
    element: id,
  };
  recordEvent(book, { ...common, code: 'AC_TICKET_CREATE', label: `Ticket ${ref} créé`, at });
  if (closed !== null) {
    recordEvent(book, { ...common, code: 'AC_TICKET_CLOSE', label: `Ticket ${ref} clos`, at: closed });
  }
}
