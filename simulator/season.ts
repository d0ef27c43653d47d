/** When a French construction firm works: seasons, weekends, public holidays, the August and Christmas breaks. */
import { DAY, sqlDate } from './wall-clock.ts';

const FIXED_HOLIDAYS = ['01-01', '05-01', '05-08', '07-14', '08-15', '11-01', '11-11', '12-25'];
/** Easter Monday, Ascension Day and Whit Monday, in days after Easter Sunday. */
const EASTER_HOLIDAYS = [1, 39, 50];
/** Share of a full month's activity, January first. */
const MONTHS = [0.75, 0.85, 1, 1.1, 1.1, 1.15, 1, 0.35, 1.15, 1.2, 1.05, 0.7];

/** Easter Sunday of a Gregorian year, as UTC milliseconds of its midnight. */
export function easterSunday(year: number): number {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const epact =
    (century - Math.floor(century / 4) - Math.floor((8 * century + 13) / 25) + 19 * golden + 15) % 30;
  const moon =
    epact - Math.floor(epact / 28) * (1 - Math.floor(29 / (epact + 1)) * Math.floor((21 - golden) / 11));
  const weekday = (year + Math.floor(year / 4) + moon + 2 - century + Math.floor(century / 4)) % 7;
  const days = moon - weekday;
  const month = 3 + Math.floor((days + 40) / 44);
  return Date.UTC(year, month - 1, days + 28 - 31 * Math.floor(month / 4));
}

export function isFrenchHoliday(day: number): boolean {
  const year = new Date(day).getUTCFullYear();
  if (FIXED_HOLIDAYS.includes(sqlDate(day).slice(5))) return true;
  const easter = easterSunday(year);
  return EASTER_HOLIDAYS.some((offset) => easter + offset * DAY === day);
}

/** Activity of a day, 1 on an ordinary working day and 0 when nobody works. `day` is a wall midnight. */
export function activityOf(day: number): number {
  const date = new Date(day);
  const weekday = date.getUTCDay();
  if (weekday === 0 || isFrenchHoliday(day)) return 0;
  const monthDay = sqlDate(day).slice(5);
  const christmasBreak = monthDay >= '12-24' || monthDay <= '01-02';
  return MONTHS[date.getUTCMonth()]! * (weekday === 6 ? 0.12 : 1) * (christmasBreak ? 0.15 : 1);
}
