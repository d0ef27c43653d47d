/** Half a million wide tickets in a binlog: what the throughput figures are measured on. */
import mysql from 'mysql2/promise';
import { createDolibarr } from '../simulator/create-dolibarr.ts';

const ROWS_PER_STATEMENT = 500;
const STATEMENTS_PER_TRANSACTION = 2;
const MESSAGE =
  'La fuite revient sous l’évier malgré le joint changé la semaine dernière ; prévoir la clé de 17. '
    .repeat(4)
    .slice(0, 290);

/** An empty Dolibarr, whose first copy takes no time. */
export async function createEmptyDolibarr(url: string): Promise<void> {
  await createDolibarr({ url, replace: true });
}

/** Writes `rows` tickets with 300-byte messages, in transactions of 1,000. */
export async function fillTickets(
  url: string,
  rows: number,
  onProgress: (rows: number) => void,
): Promise<void> {
  const connection = await mysql.createConnection(url);
  try {
    await connection.query('SET SESSION foreign_key_checks = 0, unique_checks = 0');
    for (let done = 0, statements = 0; done < rows; statements++) {
      if (statements % STATEMENTS_PER_TRANSACTION === 0) await connection.query('START TRANSACTION');
      const values = Array.from({ length: Math.min(ROWS_PER_STATEMENT, rows - done) }, (_, index) =>
        ticket(done + index + 1),
      );
      await connection.query(
        `INSERT INTO llx_ticket (entity, ref, track_id, fk_soc, fk_project, origin_email, fk_user_create, subject, message,
           fk_statut, progress, timing, type_code, category_code, severity_code, datec, date_read, date_close) VALUES ?`,
        [values],
      );
      done += values.length;
      if (statements % STATEMENTS_PER_TRANSACTION === STATEMENTS_PER_TRANSACTION - 1 || done >= rows) {
        await connection.query('COMMIT');
      }
      if (done % 50_000 === 0) onProgress(done);
    }
  } finally {
    await connection.end();
  }
}

const SEEDED_ROWS = 50_000;

/**
 * The same rows as a table that is there already: all but the first are made by the server out of these, in transactions
 * of as many rows, which takes a fifth of the time.
 */
export async function growTickets(
  url: string,
  rows: number,
  onProgress: (rows: number) => void,
): Promise<void> {
  await fillTickets(url, Math.min(rows, SEEDED_ROWS), () => undefined);
  const connection = await mysql.createConnection(url);
  try {
    await connection.query('SET SESSION foreign_key_checks = 0, unique_checks = 0');
    for (let done = SEEDED_ROWS; done < rows; done += SEEDED_ROWS) {
      await connection.query(
        `INSERT INTO llx_ticket (rowid, entity, ref, track_id, fk_soc, fk_project, origin_email, fk_user_create, subject,
           message, fk_statut, progress, timing, type_code, category_code, severity_code, datec, date_read, date_close)
         SELECT rowid + ?, entity, CONCAT(ref, '-', ?), CONCAT(track_id, ?), fk_soc, fk_project, origin_email, fk_user_create, subject,
           message, fk_statut, progress, timing, type_code, category_code, severity_code, datec, date_read, date_close
         FROM llx_ticket WHERE rowid <= ? ORDER BY rowid LIMIT ?`,
        [done, done, done, SEEDED_ROWS, Math.min(SEEDED_ROWS, rows - done)],
      );
      if (done % (10 * SEEDED_ROWS) === 0) onProgress(done);
    }
  } finally {
    await connection.end();
  }
}

function ticket(id: number): (string | number | null)[] {
  const number = String(id).padStart(7, '0');
  return [
    ...[
      1,
      `TS2611-${number}`,
      `track${number}abcdef`,
      1 + (id % 300),
      1 + (id % 80),
      `client${id % 300}@example.fr`,
    ],
    ...[
      1 + (id % 12),
      `Fuite sous évier, bâtiment ${id % 40}`,
      `${number} ${MESSAGE}`,
      id % 9,
      (id * 7) % 101,
      'J+2',
    ],
    ...['ISSUE', 'OTHER', id % 5 === 0 ? 'HIGH' : 'NORMAL', '2026-11-02 08:15:00', '2026-11-02 09:40:12'],
    id % 3 === 0 ? '2026-11-06 17:05:00' : null,
  ];
}
