/** Numbers, money and dates as people write them in the chosen language. Null is a dash. */
import { settings } from './settings.js';
import { t } from './words.js';

const LOCALES = { fr: 'fr-FR', en: 'en-GB' };
/** @type {Map<string, any>} */
const kept = new Map();

/** @param {string} kind @param {object} options */
function formatter(kind, options) {
  const locale = settings.language === 'en' ? LOCALES.en : LOCALES.fr;
  const key = `${locale} ${kind} ${JSON.stringify(options)}`;
  if (!kept.has(key)) {
    const maker = { number: Intl.NumberFormat, date: Intl.DateTimeFormat, ago: Intl.RelativeTimeFormat }[
      kind
    ];
    // @ts-expect-error one of the three
    kept.set(key, new maker(locale, options));
  }
  return kept.get(key);
}

/** @param {any} value */
const isNone = (value) => value === null || value === undefined || !Number.isFinite(Number(value));
const NONE = '–';

/** @param {any} value @param {number} [digits] */
export const number = (value, digits = 0) =>
  isNone(value) ? NONE : formatter('number', { maximumFractionDigits: digits }).format(Number(value));

/** @param {any} value euros */
export const money = (value) =>
  isNone(value)
    ? NONE
    : formatter('number', { style: 'currency', currency: 'EUR', maximumFractionDigits: 0 }).format(
        Number(value),
      );

/** @param {any} value euros, for axes: 120 k€ */
export const shortMoney = (value) =>
  isNone(value)
    ? ''
    : formatter('number', {
        style: 'currency',
        currency: 'EUR',
        notation: 'compact',
        maximumFractionDigits: 1,
      }).format(Number(value));

/** @param {any} value 0 to 100 @param {number} [digits] */
export const percent = (value, digits = 0) =>
  isNone(value)
    ? NONE
    : formatter('number', { style: 'percent', maximumFractionDigits: digits }).format(Number(value) / 100);

/** @param {any} value with its sign */
export const signedPercent = (value) =>
  isNone(value)
    ? NONE
    : formatter('number', { style: 'percent', maximumFractionDigits: 0, signDisplay: 'exceptZero' }).format(
        Number(value) / 100,
      );

/** @param {any} value @param {number} [digits] */
export const hours = (value, digits = 0) => (isNone(value) ? NONE : `${number(value, digits)} h`);

/** Days have no zone: they are shown as they are written. @param {any} value `YYYY-MM-DD` @param {object} options */
function day(value, options) {
  const at = Date.parse(`${String(value).slice(0, 10)}T00:00:00Z`);
  return Number.isFinite(at) ? formatter('date', { ...options, timeZone: 'UTC' }).format(at) : NONE;
}

/** @param {any} value */
export const date = (value) => day(value, { day: 'numeric', month: 'short', year: 'numeric' });
/** @param {any} value */
export const shortDate = (value) => day(value, { day: 'numeric', month: 'short' });
/** @param {any} value */
export const month = (value) => day(value, { month: 'short', year: '2-digit' });
/** @param {any} value */
export const longMonth = (value) => day(value, { month: 'long', year: 'numeric' });

/** @param {any} value */
export const monthName = (value) => day(value, { month: 'short' });

/** @param {number | null | undefined} ms since epoch */
export const time = (ms) =>
  isNone(ms) ? NONE : formatter('date', { hour: '2-digit', minute: '2-digit' }).format(Number(ms));

/** @param {number | null | undefined} ms */
export const dateTime = (ms) =>
  isNone(ms)
    ? NONE
    : formatter('date', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }).format(
        Number(ms),
      );

/** Today: the time; else the day with it. @param {number} ms */
export const when = (ms) =>
  new Date(ms).toDateString() === new Date().toDateString() ? time(ms) : dateTime(ms);

/** @param {number | null | undefined} ms since epoch @param {number} [now] */
export function ago(ms, now = Date.now()) {
  if (isNone(ms)) return NONE;
  const seconds = Math.max(0, (now - Number(ms)) / 1000);
  if (seconds < 5) return t('justNow');
  const steps = /** @type {const} */ ([
    [60, 'second', 1],
    [3600, 'minute', 60],
    [86_400, 'hour', 3600],
    [Infinity, 'day', 86_400],
  ]);
  const [, unit, size] = steps.find(([limit]) => seconds < limit) ?? steps[3];
  return formatter('ago', { numeric: 'always', style: 'short' }).format(-Math.floor(seconds / size), unit);
}

/** @param {any} seconds */
export function duration(seconds) {
  if (isNone(seconds)) return NONE;
  const value = Number(seconds);
  if (value < 1) return value < 0.05 ? '0 s' : `${number(value, 1)} s`;
  if (value < 90) return `${number(value)} s`;
  if (value < 5400) return `${number(value / 60)} min`;
  return value < 172_800 ? `${number(value / 3600)} h` : `${number(value / 86_400)} ${t('daysShort')}`;
}
