/** Tickets: created, taken in hand, talked about, closed, reopened, deleted. */
import { TICKET_SUBJECTS } from '../../firm/names.ts';
import { pickSeverity, ticketMessage } from '../../history/tickets.ts';
import type { EventFacts } from '../../rows/event-rows.ts';
import { TICKET_STATUS, ticketExtrafieldsRow, ticketRow } from '../../rows/ticket-rows.ts';
import type { Row } from '../../sql-writer.ts';
import { DAY, sqlDateTime } from '../../wall-clock.ts';
import { takeAny, type OpenTicket } from '../open-work.ts';
import { createScript } from '../script.ts';
import type { Worker } from '../worker.ts';
import { rememberEvent } from './agenda.ts';

/** What people really type: markup, quotes, other alphabets, words that look like values. */
const REMARKS = [
  '',
  "<p>Client absent l'apr&egrave;s-midi</p>",
  'Code portail : "12#B"\tBâtiment C\r\nrappeler avant',
  "C:\\plans\\niveau-2\\d'exécution.pdf",
  'NULL',
  '0000-00-00',
  '<script>alert(1)</script>',
  'Протекает крыша, срочно',
  'المصعد لا يعمل',
  '水漏れ 3階',
];

const pickSite = ({ random, firm }: Worker) =>
  firm.sites.length > 0 && random.chance(0.35) ? random.pick(firm.sites) : undefined;

function ticketEvent(
  worker: Worker,
  ticket: OpenTicket,
  event: Pick<EventFacts, 'code' | 'label' | 'note'>,
): EventFacts {
  const project = ticket.project === 0 ? null : ticket.project;
  const user = worker.random.pick(worker.firm.dispatchers);
  const subject = { customer: ticket.customer, project, elementType: 'ticket', element: ticket.id };
  return { ...event, ...subject, user, at: worker.now() };
}

/** A ticket as a customer or a dispatcher would write it. */
export function draftTicket(
  worker: Worker,
  ref: string,
): { row: Row; severity: string; customer: number; project: number } {
  const { random, firm } = worker;
  const site = pickSite(worker);
  const customer = site?.customer ?? random.pick(firm.customers);
  const subject = random.weighted(TICKET_SUBJECTS);
  const severity = pickSeverity(random).code;
  const row = ticketRow({
    ref,
    trackId: `${ref}-${random.int(0, 0xffffff).toString(16)}`.toLowerCase(),
    customer: customer.id,
    project: site?.id ?? 0,
    author: random.pick(firm.dispatchers),
    subject: subject.text,
    message: ticketMessage(subject.text, customer.name) + random.pick(REMARKS),
    type: subject.type,
    severity,
    at: worker.now(),
  });
  return { row, severity, customer: customer.id, project: site?.id ?? 0 };
}

export async function createTicket(worker: Worker): Promise<void> {
  const { random, work, refs, liveColumns } = worker;
  const ref = refs.next('TS', worker.now());
  const { row, severity, customer, project } = draftTicket(worker, ref);
  const script = createScript();
  const ticket = script.insert('llx_ticket', row);
  const hasExtrafields = random.chance(0.85);
  if (hasExtrafields) {
    const warrantyUntil = random.chance(0.4) ? worker.now() + 365 * DAY : null;
    const fields = {
      blocked: severity === 'BLOCKING',
      trade: random.pick(['GOE', 'SEC', 'FIN', null]),
      warrantyUntil,
    };
    const live = liveColumns.values(random, worker.now());
    script.insert('llx_ticket_extrafields', { ...ticketExtrafieldsRow(ticket, fields), ...live });
  }
  const user = random.pick(worker.firm.dispatchers);
  const subject = {
    elementType: 'ticket',
    element: ticket,
    customer,
    project: project === 0 ? null : project,
  };
  const event = script.event({
    ...subject,
    code: 'AC_TICKET_CREATE',
    label: `Ticket ${ref} créé`,
    user,
    at: worker.now(),
  });
  const idOf = await worker.commit(script);
  rememberEvent(worker, script, { event, user, idOf });
  work.tickets.push({
    id: idOf(ticket),
    ref,
    customer,
    project,
    status: TICKET_STATUS.unread,
    hasExtrafields,
  });
}

/** The next step in a ticket's life; a closing leaves the ticket closed, or reopens it at once for a few. */
export async function moveTicket(worker: Worker): Promise<void> {
  const { random, work, firm } = worker;
  const ticket = takeAny(work.tickets, random.next());
  if (ticket === undefined) return createTicket(worker);
  const now = sqlDateTime(worker.now());
  const script = createScript();
  let code = 'AC_TICKET_MODIFY';
  if (ticket.status === TICKET_STATUS.unread) {
    ticket.status = TICKET_STATUS.read;
    script.update('llx_ticket', { fk_statut: ticket.status, date_read: now }, { rowid: ticket.id });
  } else if (ticket.status === TICKET_STATUS.read) {
    ticket.status = TICKET_STATUS.assigned;
    const assignee = random.pick(random.pick(firm.crews).technicians).id;
    script.update('llx_ticket', { fk_user_assign: assignee, fk_statut: ticket.status }, { rowid: ticket.id });
    code = 'AC_TICKET_ASSIGNED';
  } else if (random.chance(0.4)) {
    ticket.status = random.pick([TICKET_STATUS.inProgress, TICKET_STATUS.waiting]);
    const progress = random.int(1, 9) * 10;
    script.update('llx_ticket', { fk_statut: ticket.status, progress }, { rowid: ticket.id });
  } else {
    const solved = random.chance(0.95);
    ticket.status = solved ? TICKET_STATUS.solved : TICKET_STATUS.cancelled;
    const done = { fk_statut: ticket.status, progress: 100, date_close: now, resolution: solved ? 1 : 2 };
    script.update('llx_ticket', done, { rowid: ticket.id });
    code = 'AC_TICKET_CLOSE';
  }
  script.event(ticketEvent(worker, ticket, { code, label: `Ticket ${ticket.ref}` }));
  await worker.commit(script);
  if (ticket.status < TICKET_STATUS.solved) work.tickets.push(ticket);
  else if (random.chance(0.06)) await reopenTicket(worker, ticket);
}

/** Only the status changes: the closing date and the progress stay, as in Dolibarr. */
async function reopenTicket(worker: Worker, ticket: OpenTicket): Promise<void> {
  if (!(await worker.turn())) return;
  ticket.status = TICKET_STATUS.inProgress;
  const script = createScript();
  script.update('llx_ticket', { fk_statut: ticket.status }, { rowid: ticket.id });
  await worker.commit(script);
  worker.work.tickets.push(ticket);
}

/** A message of the conversation: an event of the agenda, and the ticket's own date. */
export async function writeTicketMessage(worker: Worker): Promise<void> {
  const { random, work } = worker;
  const ticket = work.tickets[Math.floor(random.next() * work.tickets.length)];
  if (ticket === undefined) return createTicket(worker);
  const script = createScript();
  const code = random.chance(0.7) ? 'TICKET_MSG' : 'TICKET_MSG_PRIVATE';
  const note = `<p>Passage prévu ${random.pick(['lundi', 'mardi', 'jeudi'])} matin.</p>${random.pick(REMARKS)}`;
  const facts = ticketEvent(worker, ticket, { code, label: `Re: ${ticket.ref}`, note });
  const event = script.event(facts);
  script.update('llx_ticket', { date_last_msg_sent: sqlDateTime(worker.now()) }, { rowid: ticket.id });
  const idOf = await worker.commit(script);
  rememberEvent(worker, script, { event, user: facts.user, idOf });
}

/** Its events stay behind as orphans; its extrafields go with it. */
export async function deleteTicket(worker: Worker): Promise<void> {
  const ticket = takeAny(worker.work.tickets, worker.random.next());
  if (ticket === undefined) return createTicket(worker);
  const script = createScript();
  if (ticket.hasExtrafields) script.run(`DELETE FROM llx_ticket_extrafields WHERE fk_object = ${ticket.id}`);
  script.run(`DELETE FROM llx_ticket WHERE rowid = ${ticket.id}`);
  await worker.commit(script);
}
