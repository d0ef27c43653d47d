/** What every page is made of: tiles, cards, tables, meters, and how nothing, waiting and failing look. */
import { h } from './dom.js';
import * as format from './format.js';
import { t } from './words.js';

/**
 * A change against an earlier figure. `good`: the direction that is good news; null: neither is.
 * @param {number | null} now
 * @param {number | null} before
 * @param {string} period
 * @param {'up' | 'down' | null} good
 */
export function comparison(now, before, period, good) {
  if (now === null || before === null || !before) return null;
  const change = (100 * (now - before)) / Math.abs(before);
  if (Math.abs(change) < 0.5) return h('span', { class: 'delta' }, t('sameAs', { period }));
  const direction = change > 0 ? 'up' : 'down';
  const mood = good === null ? '' : direction === good ? ' good' : ' bad';
  const arrow = change > 0 ? '↗' : '↘';
  return h(
    'span',
    { class: 'delta' },
    h(
      'span',
      { class: `move${mood}` },
      h('span', { 'aria-hidden': 'true' }, `${arrow} `),
      format.signedPercent(change),
    ),
    ` ${t('against', { change: '', period }).trim()}`,
  );
}

/**
 * @param {{label: string, value: string, unit?: string, note?: any, href?: string, mood?: 'bad' | 'warn' | null}} tile
 */
export function tile({ label, value, unit, note, href, mood }) {
  const body = [
    h('span', { class: 'label' }, label),
    h(
      'span',
      { class: `value${mood ? ` ${mood}` : ''}` },
      h('span', { class: 'figure' }, value),
      unit ? h('small', null, ` ${unit}`) : null,
    ),
    h('span', { class: 'note' }, note ?? '\u00a0'),
  ];
  return href ? h('a', { class: 'tile', href, 'data-link': true }, body) : h('div', { class: 'tile' }, body);
}

/** @param {...any} tiles */
export const tiles = (...tiles) => h('div', { class: 'tiles' }, tiles);

/**
 * @param {{title: string, why?: string, side?: any, wide?: boolean, full?: boolean, id?: string}} head
 * @param {...any} body
 */
export function card({ title, why, side, wide, full, id }, ...body) {
  return h(
    'section',
    { class: `card${full ? ' full' : wide ? ' wide' : ''}`, 'aria-label': title, id },
    h(
      'header',
      null,
      h('div', null, h('h2', null, title), why ? h('p', { class: 'why' }, why) : null),
      side ?? null,
    ),
    body,
  );
}

/** @param {...any} cards */
export const grid = (...cards) => h('div', { class: 'grid' }, cards);

/** @param {string} text */
export const empty = (text) =>
  h(
    'div',
    { class: 'empty' },
    h(
      'svg',
      { viewBox: '0 0 24 24', 'aria-hidden': 'true' },
      h('circle', { cx: 12, cy: 12, r: 9 }),
      h('path', { d: 'M8 12.5l2.8 2.8L16.2 9.500' }),
    ),
    h('p', null, text),
  );

/** Where rows come of something that has not run. @param {string} text */
export const notYet = (text) =>
  h('div', { class: 'empty waiting' }, h('p', null, h('strong', null, t('notYet'))), h('p', null, text));

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {(row: any) => any} cell
 * @property {boolean} [n] a number, to the right
 * @property {boolean} [minor] left out on a phone
 * @property {boolean} [head] names the row
 */
/**
 * @param {{caption: string, columns: Column[], rows: any[], isTall?: boolean}} table
 */
export function table({ caption, columns, rows, isTall }) {
  const classOf = (/** @type {Column} */ column) =>
    [column.n ? 'n' : '', column.minor ? 'minor' : ''].join(' ').trim() || null;
  return h(
    'div',
    { class: isTall ? 'scroll tall' : 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    h(
      'table',
      null,
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          columns.map((column) => h('th', { scope: 'col', class: classOf(column) }, column.title)),
        ),
      ),
      h(
        'tbody',
        null,
        rows.map((row) =>
          h(
            'tr',
            null,
            columns.map((column) =>
              h(
                column.head ? 'th' : 'td',
                { scope: column.head ? 'row' : null, class: classOf(column) },
                column.cell(row),
              ),
            ),
          ),
        ),
      ),
    ),
  );
}

/**
 * Rows in a card, or why there are none. `rows` null: what they come of has not run.
 * @param {any[] | null} rows
 * @param {{none: string, missing?: string}} texts
 * @param {(rows: any[]) => any} show
 */
export function listing(rows, { none, missing }, show) {
  if (rows === null || rows === undefined) return notYet(missing ?? t('notYetModel'));
  return rows.length === 0 ? empty(none) : show(rows);
}

/** @param {string} text @param {'good' | 'warn' | 'bad' | 'calm'} mood */
export const badge = (text, mood) => h('span', { class: `badge ${mood}` }, text);

/** @param {number} severity 0 to 100 */
export function severityBadge(severity) {
  const level = severity >= 85 ? 'high' : severity >= 65 ? 'mid' : 'low';
  const mood = { high: 'bad', mid: 'warn', low: 'calm' }[level];
  return badge(t(/** @type {any} */ (`severity.${level}`)), /** @type {any} */ (mood));
}

/**
 * A share as a bar with its number beside it.
 * @param {number | null} share 0 to 100
 * @param {{mood?: string, mark?: number | null, text?: string}} [look] mark: where a second value stands
 */
export function meter(share, { mood = '', mark = null, text } = {}) {
  return h(
    'span',
    { class: 'meter' },
    h(
      'span',
      { class: 'track', 'aria-hidden': 'true' },
      mark === null ? null : h('span', { class: 'mark', 'width%': mark }),
      h('span', { class: `fill ${mood}`, 'width%': share ?? 0 }),
    ),
    h('span', { class: 'n' }, text ?? format.percent(share)),
  );
}

/** Grey shapes of the size of what is to come, so that nothing moves when it does. */
export const skeleton = () =>
  h(
    'div',
    { class: 'skeleton', 'aria-busy': 'true' },
    h('p', { class: 'hidden', role: 'status' }, t('loading')),
    h(
      'div',
      { class: 'tiles' },
      [1, 2, 3, 4].map(() => h('div', { class: 'tile' })),
    ),
    h(
      'div',
      { class: 'grid' },
      [1, 2].map(() => h('div', { class: 'card' })),
    ),
  );

/** @param {any} error @param {() => void} again */
export const failure = (error, again) =>
  h(
    'div',
    { class: 'card failure', role: 'alert' },
    h('h2', null, t('errorTitle')),
    h('p', null, error.message),
    error.fix ? h('p', { class: 'why' }, error.fix) : null,
    h('button', { type: 'button', onclick: again }, t('retry')),
  );
