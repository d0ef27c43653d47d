/** Days as `YYYY-MM-DD` and as numbers since 1970-01-01. */
import { daysFromCivil } from '../../core/calendar.ts';

const DAY_MS = 86_400_000;

/** Days since 1970-01-01; null for what is no day. */
export function dayNumber(day: string): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})/.exec(day);
  return match ? daysFromCivil(Number(match[1]), Number(match[2]), Number(match[3])) : null;
}

export function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Months since year 0 of a day's text. */
export function monthNumber(day: string): number {
  return Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1;
}
