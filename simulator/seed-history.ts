/** Fills an empty Dolibarr of createDolibarr with months of a construction firm's past. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connection } from 'mysql2/promise';
import { DolistreamError } from '../core/errors.ts';
import { createReferences } from './firm/firm.ts';
import { createBook, type Book } from './history/book.ts';
import { createHistoryWriter } from './history/history-writer.ts';
import { planIntervention } from './history/interventions.ts';
import { writeInvoice, writeQuote } from './history/sales.ts';
import { settleFirm } from './history/settle-firm.ts';
import { buyGoods, openPurchasing } from './history/purchases.ts';
import { openSite } from './history/sites.ts';
import { openStock, receiveDeliveries, writeLevels } from './history/stock-book.ts';
import { openTicket } from './history/tickets.ts';
import { describeSqlError, openConnection, parseUrl } from './open-connection.ts';
import { createRandom } from './random.ts';
import { activityOf } from './season.ts';
import { findSqlFolder } from './sql-files.ts';
import { createWallClock, DAY, HOUR, sqlDateTime, startOfDay } from './wall-clock.ts';

/** Per ordinary working day; the seasons do the rest. */
export interface FirmSize {
  readonly crews: number;
  readonly customers: number;
  readonly interventions: number;
  readonly tickets: number;
}

export const FIRM_SIZES = {
  /** For tests: seconds to write and to load. */
  small: { crews: 3, customers: 20, interventions: 1.2, tickets: 1.2 },
  /** Some 3,000 tickets and 3,000 interventions in 24 months. */
  demo: { crews: 6, customers: 160, interventions: 6.5, tickets: 6 },
  large: { crews: 40, customers: 1500, interventions: 65, tickets: 60 },
} as const satisfies Record<string, FirmSize>;

export interface SeedHistoryOptions {
  /** `mysql://user:password@host:port/database` of a database made by createDolibarr. */
  readonly url: string;
  /** Same seed, same rows. Default 1. */
  readonly seed?: number;
  /** How far back history goes. Default 24. */
  readonly months?: number;
  readonly size?: keyof typeof FIRM_SIZES | FirmSize;
  /** Milliseconds since 1970 at which history ends. Default: the present. */
  readonly now?: number;
  /** Zone of Dolibarr's DATETIMEs. Default Europe/Paris. */
  readonly timeZone?: string;
  /** Share of interventions made abnormal on purpose. Default 0.01. */
  readonly anomalyRate?: number;
}

export interface SeededHistory {
  /** Rows written, by table. */
  readonly rows: Readonly<Record<string, number>>;
}

/** Days between two writes: bounds memory, whatever the months. */
const FLUSH_DAYS = 30;
const INTERVENTIONS_OF_DEMO = 6.5;

function checkMonths(months: number): void {
  if (Number.isInteger(months) && months >= 1 && months <= 240) return;
  throw new DolistreamError('CONFIG_INVALID', `months is ${months}`, {
    fix: 'Give a whole number from 1 to 240.',
  });
}

async function checkEmpty(connection: Connection): Promise<void> {
  const [rows] = await connection.query('SELECT COUNT(*) AS n FROM llx_user');
  if ((rows as { n: number }[])[0]?.n === 0) return;
  throw new DolistreamError('CONFIG_INVALID', 'The database already holds a firm', {
    fix: 'Make a new one with createDolibarr({ url, replace: true }).',
  });
}

async function liveThrough(book: Book, first: number, size: FirmSize, anomalyRate: number): Promise<void> {
  const { random } = book;
  const scale = size.interventions / INTERVENTIONS_OF_DEMO;
  const firm = settleFirm(book, size, first + 8 * 3_600_000);
  const stock = openStock(book, firm, first + 9 * 3_600_000, scale);
  for (let count = Math.ceil(10 * scale); count > 0; count -= 1) openSite(book, firm, first);
  const suppliers = openPurchasing(book, firm, first + 9 * HOUR);
  let written = first;
  const today = startOfDay(book.end);
  for (let day = first; day < today; day += DAY) {
    const activity = activityOf(day);
    const times = (perDay: number, action: () => void) => {
      for (let count = random.poisson(perDay * activity); count > 0; count -= 1) action();
    };
    const goods = receiveDeliveries(book, firm, stock, { at: day, scale });
    buyGoods(book, firm, suppliers, { at: startOfDay(day) + 7 * HOUR, goods });
    times(0.14 * scale, () => openSite(book, firm, day));
    times(size.tickets, () => openTicket(book, firm, day));
    times(size.interventions, () => planIntervention(book, firm, day, { stock, anomalyRate }));
    times(2.2 * scale, () => writeQuote(book, firm, day));
    times(3 * scale, () => writeInvoice(book, firm, day));
    book.runDay(day);
    if (day - written < FLUSH_DAYS * DAY) continue;
    await book.writer.flush();
    written = day;
  }
  // Today has begun: what was due this morning is done, and the rest is left to the live traffic.
  book.runDay(today);
  writeLevels(book, firm, stock);
  await book.writer.flush();
}

async function sumUp(connection: Connection, tms: string): Promise<void> {
  await connection.query('SET @tms = ?', [tms]);
  await connection.query(await readFile(join(findSqlFolder('history'), 'sum-up.sql'), 'utf8'));
}

/**
 * Writes the history up to last night and resolves with the number of rows of each table. Throws CONFIG_INVALID for
 * an option out of range, or when the database is not an empty one of createDolibarr.
 */
export async function seedHistory(options: SeedHistoryOptions): Promise<SeededHistory> {
  const { url, seed = 1, months = 24, size = 'demo', now = Date.now() } = options;
  const { timeZone = 'Europe/Paris', anomalyRate = 0.01 } = options;
  checkMonths(months);
  const clock = createWallClock(timeZone);
  const connection = await openConnection(url);
  try {
    await checkEmpty(connection);
    const end = clock.toWall(now);
    const today = new Date(end);
    const first = startOfDay(
      Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - months, today.getUTCDate()),
    );
    const writer = createHistoryWriter(connection, clock, parseUrl(url).database);
    const book = createBook({ random: createRandom(seed), writer, refs: createReferences(), end });
    await liveThrough(book, first, typeof size === 'string' ? FIRM_SIZES[size] : size, anomalyRate);
    await sumUp(connection, sqlDateTime(now));
    return { rows: { ...writer.counts } };
  } catch (error) {
    throw describeSqlError(error);
  } finally {
    await connection.end();
  }
}
