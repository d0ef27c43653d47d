/**
 * Work that comes to nothing: rolled back by the program, by an error, or because the program died. Its rows
 * carry a marker in their text columns, so that a reader can prove it stored nothing of what never happened.
 */
import { MOVEMENT } from '../../rows/stock-rows.ts';
import type { SqlExpression } from '../../sql-writer.ts';
import { createScript, type Script } from '../script.ts';
import type { Worker } from '../worker.ts';
import { addMovement } from './stock.ts';
import { draftTicket } from './tickets.ts';

/** In the text columns of the rows of every transaction that is rolled back, and nowhere else. */
export const ROLLED_BACK_MARKER = 'ROLLED-BACK-MARKER';

interface Mistake {
  readonly script: Script;
  readonly ticket: SqlExpression;
}

/** A ticket with its agenda event, both marked. */
function draftMarked(worker: Worker): Mistake {
  const { random } = worker;
  const ref = `${ROLLED_BACK_MARKER}-${random.int(0, 0x7fffffff)}`;
  const script = createScript();
  const { row, customer } = draftTicket(worker, ref);
  const ticket = script.insert('llx_ticket', { ...row, message: ROLLED_BACK_MARKER });
  const subject = { elementType: 'ticket', element: ticket, customer, project: null };
  const label = `Ticket ${ref} créé`;
  const user = random.pick(worker.firm.dispatchers);
  script.event({
    ...subject,
    code: 'AC_TICKET_CREATE',
    label,
    note: ROLLED_BACK_MARKER,
    user,
    at: worker.now(),
  });
  return { script, ticket };
}

/** Not enough stock: found out after the movement was written. */
async function failOnStock(worker: Worker): Promise<void> {
  const product = worker.firm.products.find(({ id }) => (worker.work.stock.get(id) ?? 0) > 0);
  if (product === undefined) return worker.rollBack(draftMarked(worker).script);
  const script = createScript();
  const facts = { product, warehouse: worker.firm.warehouses[0]!, quantity: -1_000_000 };
  addMovement(worker, script, { ...facts, type: MOVEMENT.automaticOut, label: ROLLED_BACK_MARKER });
  return worker.rollBack(script);
}

/** Two users take the same reference at once: the second insert is refused. */
async function failOnReference(worker: Worker): Promise<void> {
  const { script, ticket } = draftMarked(worker);
  script.run(
    `INSERT INTO llx_ticket (entity, ref, track_id, message) SELECT entity, ref, '${ROLLED_BACK_MARKER}', message FROM llx_ticket WHERE rowid = ${ticket.sql}`,
  );
  return worker.rollBack(script);
}

/** A character of four bytes in a utf8mb3 column is an error in strict mode. */
async function failOnEmoji(worker: Worker): Promise<void> {
  const { script, ticket } = draftMarked(worker);
  script.update('llx_ticket', { subject: `${ROLLED_BACK_MARKER} \u{1F6A7}` }, { rowid: ticket });
  return worker.rollBack(script);
}

/** A program that still knows an extrafield which is gone. */
async function failOnColumn(worker: Worker): Promise<void> {
  const { script, ticket } = draftMarked(worker);
  script.insert('llx_ticket_extrafields', { fk_object: ticket, sim_ancien_champ: ROLLED_BACK_MARKER });
  return worker.rollBack(script);
}

export async function makeMistake(worker: Worker): Promise<void> {
  const draw = worker.random.next();
  if (draw < 0.4) return worker.rollBack(draftMarked(worker).script);
  if (draw < 0.6) return failOnStock(worker);
  if (draw < 0.75) return failOnReference(worker);
  if (draw < 0.85) return failOnEmoji(worker);
  if (draw < 0.95) return failOnColumn(worker);
  return worker.disconnectWithin(draftMarked(worker).script);
}
