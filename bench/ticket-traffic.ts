/** The transactions that a help desk makes most: a ticket with its extrafields and its event, as Dolibarr writes them. */
import mysql, { type Connection } from 'mysql2/promise';

const CONNECTIONS = 2;

/** Commits `rate` transactions a second until `signal` aborts; resolves with how many there were. */
export async function runTicketTraffic(url: string, rate: number, signal: AbortSignal): Promise<number> {
  const counts = await Promise.all(
    Array.from({ length: CONNECTIONS }, (_, index) => work(url, { rate: rate / CONNECTIONS, signal, index })),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function work(
  url: string,
  options: { readonly rate: number; readonly signal: AbortSignal; readonly index: number },
): Promise<number> {
  const connection = await mysql.createConnection({ uri: url, multipleStatements: true });
  const startedAt = performance.now();
  let count = 0;
  try {
    for (; !options.signal.aborted; count++) {
      const aheadMs = (count * 1000) / options.rate - (performance.now() - startedAt);
      if (aheadMs > 1) await new Promise((resolve) => setTimeout(resolve, aheadMs));
      await createTicket(connection, `BENCH${options.index}-${count}`);
    }
  } finally {
    await connection.end();
  }
  return count;
}

/** One round trip; five rows in four tables, the event's written twice. */
async function createTicket(connection: Connection, ref: string): Promise<void> {
  await connection.query(
    `START TRANSACTION;
     INSERT INTO llx_ticket (entity, ref, track_id, fk_soc, fk_user_create, subject, message, fk_statut, type_code, severity_code, datec)
       VALUES (1, ?, ?, 1, 1, 'Fuite sous évier', REPEAT('Prévoir la clé de 17. ', 12), 0, 'ISSUE', 'NORMAL', NOW());
     SET @ticket = LAST_INSERT_ID();
     INSERT INTO llx_ticket_extrafields (fk_object) VALUES (@ticket);
     INSERT INTO llx_actioncomm (ref, entity, datep, code, label, percent, elementtype, fk_element, fk_user_author)
       VALUES ('', 1, NOW(), 'AC_TICKET_CREATE', 'Ticket créé', -1, 'ticket', @ticket, 1);
     SET @event = LAST_INSERT_ID();
     UPDATE llx_actioncomm SET ref = @event WHERE id = @event;
     INSERT INTO llx_actioncomm_resources (fk_actioncomm, element_type, fk_element, mandatory, transparency, answer_status)
       VALUES (@event, 'user', 1, 0, 0, 0);
     COMMIT`,
    [ref, ref],
  );
}
