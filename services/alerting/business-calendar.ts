/** Hours, weekends and French public holidays in a time zone: when people want to be told, and when not. */

export interface QuietHours {
  /** Minutes of the day: from here… */
  readonly from: number;
  /** …to here nobody is told. Equal: at no hour. May pass midnight. */
  readonly to: number;
  readonly weekends: boolean;
  /** French public holidays. */
  readonly holidays: boolean;
}

interface LocalTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly minutes: number;
}

const DAY_MS = 86_400_000;
/** Longest stretch of quiet days looked at: a long weekend between holidays is five. */
const MAX_DAYS = 14;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' },
      hourCycle: 'h23',
    });
    formats.set(zone, format);
  }
  return format;
}

export function localTime(ms: number, zone: string): LocalTime {
  const part = Object.fromEntries(
    formatOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  );
  return {
    year: Number(part['year']),
    month: Number(part['month']),
    day: Number(part['day']),
    minutes: Number(part['hour']) * 60 + Number(part['minute']),
  };
}

/** The instant of a wall clock. In the hour that a change to summer time leaves out, the hour after it. */
export function instantOf({ year, month, day, minutes }: LocalTime, zone: string): number {
  const wanted = Date.UTC(year, month - 1, day, 0, minutes);
  let guess = wanted;
  for (let round = 0; round < 2; round++) {
    const shown = localTime(guess, zone);
    guess += wanted - Date.UTC(shown.year, shown.month - 1, shown.day, 0, shown.minutes);
  }
  return guess;
}

/** Day number of Easter Sunday, Date.UTC / day; the Gregorian computus of Meeus. */
function easter(year: number): number {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const e = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - d - (c % 4)) % 7;
  const f = d + e - 7 * Math.floor((a + 11 * d + 22 * e) / 451) + 114;
  return Date.UTC(year, Math.floor(f / 31) - 1, (f % 31) + 1) / DAY_MS;
}

const FIXED_HOLIDAYS = ['1-1', '5-1', '5-8', '7-14', '8-15', '11-1', '11-11', '12-25'];
/** Days after Easter Sunday: Monday, Ascension, Whit Monday. */
const MOVING_HOLIDAYS = [1, 39, 50];

export function isHoliday({ year, month, day }: LocalTime): boolean {
  if (FIXED_HOLIDAYS.includes(`${month}-${day}`)) return true;
  return MOVING_HOLIDAYS.includes(Date.UTC(year, month - 1, day) / DAY_MS - easter(year));
}

function isQuietDay(quiet: QuietHours, time: LocalTime): boolean {
  const weekday = new Date(Date.UTC(time.year, time.month - 1, time.day)).getUTCDay();
  return (quiet.weekends && (weekday === 0 || weekday === 6)) || (quiet.holidays && isHoliday(time));
}

function isQuiet(quiet: QuietHours, time: LocalTime): boolean {
  if (isQuietDay(quiet, time)) return true;
  const { from, to } = quiet;
  if (from === to) return false;
  return from < to ? time.minutes >= from && time.minutes < to : time.minutes >= from || time.minutes < to;
}

/** The first instant from `now` on at which the wall clock shows `minutes`, on a day that is not quiet. */
export function nextTime(now: number, minutes: number, zone: string, quiet: QuietHours | null): number {
  const today = localTime(now, zone);
  for (let ahead = 0; ahead < MAX_DAYS; ahead++) {
    const date = new Date(Date.UTC(today.year, today.month - 1, today.day + ahead));
    const time = {
      ...{ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() },
      minutes,
    };
    const at = instantOf(time, zone);
    if (at >= now && !(quiet && isQuietDay(quiet, time))) return at;
  }
  return now + DAY_MS;
}

/** `now`, or the end of the quiet hours that it is in. */
export function endOfQuiet(now: number, quiet: QuietHours, zone: string): number {
  return isQuiet(quiet, localTime(now, zone)) ? nextTime(now, quiet.to, zone, quiet) : now;
}
