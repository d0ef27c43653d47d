/** What every part of the history shares. */
import type { Firm, References, Site } from '../firm/firm.ts';
import type { Random } from '../random.ts';
import { eventResourceRow, eventRow, type EventFacts } from '../rows/event-rows.ts';
import { activityOf } from '../season.ts';
import { DAY, HOUR, startOfDay } from '../wall-clock.ts';
import type { HistoryWriter } from './history-writer.ts';

export interface Book {
  readonly random: Random;
  readonly writer: HistoryWriter;
  readonly refs: References;
  /** The wall reading at which history ends: nothing later is written. */
  readonly end: number;
  /** Runs `action` on the day of `at`, in the order of days; never when that lies after the end. */
  schedule(at: number, action: () => void): void;
  /** Runs what was scheduled for a day. */
  runDay(day: number): void;
}

export function createBook(parts: Pick<Book, 'random' | 'writer' | 'refs' | 'end'>): Book {
  const agenda = new Map<number, (() => void)[]>();
  return {
    ...parts,
    schedule: (at, action) => {
      if (at > parts.end) return;
      const day = startOfDay(at);
      agenda.set(day, [...(agenda.get(day) ?? []), action]);
    },
    runDay: (day) => {
      // An action may schedule another for the same day: the list is read again until it stays empty.
      for (let due = agenda.get(day); due !== undefined; due = agenda.get(day)) {
        agenda.delete(day);
        for (const action of due) action();
      }
    },
  };
}

/** An agenda event with its owner, as every action of Dolibarr leaves one. */
export function recordEvent({ writer }: Book, event: EventFacts): void {
  const id = (writer.counts['llx_actioncomm'] ?? 0) + 1;
  writer.add('llx_actioncomm', event.at, eventRow(event, String(id)));
  writer.add('llx_actioncomm_resources', event.at, eventResourceRow(id, event.user));
}

/** A moment of a working day, between 7:30 and 17:30. */
export const duringWork = (random: Random, day: number): number => day + (7.5 + 10 * random.next()) * HOUR;

/** The moment itself when the office is open, otherwise the next morning on which it is. */
export function inOfficeHours(wall: number): number {
  const day = startOfDay(wall);
  const hour = (wall - day) / HOUR;
  if (activityOf(day) > 0.2 && hour >= 7.5 && hour <= 18.5) return wall;
  let next = hour < 7.5 ? day : day + DAY;
  while (activityOf(next) < 0.2) next += DAY;
  // Spread over the morning, the same way for the same moment.
  return next + 8 * HOUR + (wall % (2 * HOUR));
}

/** A customer, the important ones more often. */
export const pickCustomer = (random: Random, firm: Firm) => random.weighted(firm.customers);

/** A site of the firm under way on a day, or undefined. */
export function siteUnderWay(book: Book, firm: Firm, day: number): Site | undefined {
  const open = firm.sites.filter((site) => site.start <= day && day <= site.end);
  return open.length === 0 ? undefined : book.random.pick(open);
}
