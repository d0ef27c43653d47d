/** Alerts, newest first, each with what explains it. */
import { post, session } from '../api.js';
import { h } from '../dom.js';
import * as format from '../format.js';
import { empty, severityBadge } from '../parts.js';
import { named, t } from '../words.js';

/** @param {any} value @param {string | null} unit */
function amount(value, unit) {
  if (value === null) return '–';
  if (unit === 'EUR') return format.money(value);
  return unit === 'h' ? format.hours(value, 1) : format.number(value, 1);
}

const UNITS = /** @type {const} */ ([
  ['hours', 'h'],
  ['cost_eur', 'EUR'],
]);

/** Each figure with the range that is usual for its kind. @param {any} details */
function factors(details) {
  return UNITS.filter(([name]) => details?.[name]?.actual !== undefined).map(([name, unit]) => {
    const { actual, usual_low: low, usual_high: high, sample } = details[name];
    const isOut = actual < low || actual > high;
    const end = Math.max(actual, high) * 1.08;
    return h(
      'div',
      { class: 'factor' },
      h('span', null, named('factor', name)),
      h(
        'span',
        { class: 'range', 'aria-hidden': 'true' },
        h(
          'span',
          { class: 'usual-end', 'width%': (100 * high) / end },
          h('span', { class: 'usual', 'width%': (100 * (high - low)) / high }),
        ),
        h('span', { class: `needle${isOut ? ' bad' : ''}`, 'width%': (100 * actual) / end }),
      ),
      h('strong', { class: isOut ? 'bad' : null }, amount(actual, unit)),
      h(
        'small',
        null,
        `${t('usualRange', { low: amount(low, unit), high: amount(high, unit) })} · ${t('similar', { count: format.number(sample) })}`,
      ),
    );
  });
}

/** The case that is being answered, and what went wrong with the last answer. */
const answering = { id: '', error: '' };

/** @param {any} found @param {string} action @param {() => void} again */
async function answer(found, action, again) {
  Object.assign(answering, { id: found.id, error: '' });
  try {
    await post(`/api/alerts/cases/${encodeURIComponent(found.id)}`, { action, by: t('byDashboard') });
  } catch (error) {
    answering.error = /** @type {Error} */ (error).message;
  }
  if (answering.error === '') answering.id = '';
  again();
}

/** Where the case stands, and what an operator can say to it. @param {any} found @param {() => void} again */
function caseLine(found, again) {
  const state = h(
    'span',
    { class: 'state' },
    h('span', { class: `dot ${found.state === 'open' ? 'warn' : 'good'}`, 'aria-hidden': 'true' }),
    named('case', found.state),
    found.answer ? ` · ${named('answer', found.answer.answer)}` : null,
  );
  const actions = [
    ...(found.state === 'open' ? ['acknowledge'] : []),
    ...(found.answer ? [] : ['useful', 'normal', 'data_error']),
  ];
  const buttons = actions.map((action) =>
    h(
      'button',
      { type: 'button', class: 'quiet', onclick: () => void answer(found, action, again) },
      named('answer', action),
    ),
  );
  return h(
    'footer',
    null,
    state,
    session.role === 'operator' && found.state !== 'closed' ? h('span', { class: 'buttons' }, buttons) : null,
    answering.id === found.id && answering.error !== ''
      ? h('p', { class: 'bad', role: 'alert' }, answering.error)
      : null,
  );
}

/** Only addresses of the web become links. @param {any} url */
const webAddress = (url) => (/^https?:\/\//i.test(String(url)) ? String(url) : null);

/** @param {any} found */
function parties(found) {
  const names = [found.customer?.name, found.site?.name].filter(Boolean);
  const url = webAddress(found.dolibarrUrl);
  if (names.length === 0 && url === null) return null;
  return h(
    'p',
    { class: 'why' },
    names.join(' · '),
    url === null ? null : h('a', { class: 'out', href: url, rel: 'noreferrer' }, ' ', t('openInDolibarr')),
  );
}

/** @param {any} alert @param {any} found its case @param {() => void} again */
const alertCard = (alert, found, again) =>
  h(
    'article',
    { class: 'card alert', id: `alert-${alert.id}`, 'aria-label': alert.title },
    h(
      'span',
      { class: 'line' },
      severityBadge(alert.severity),
      h('time', { datetime: alert.raised_at }, format.when(Date.parse(alert.raised_at))),
    ),
    h('h2', null, alert.title),
    found ? parties(found) : null,
    h('p', null, alert.explanation),
    alert.actual === null || alert.expected === null
      ? null
      : h(
          'dl',
          { class: 'pair' },
          h(
            'div',
            null,
            h('dt', null, t('actual')),
            h('dd', { class: 'bad' }, amount(alert.actual, alert.unit)),
          ),
          h('div', null, h('dt', null, t('usual')), h('dd', null, amount(alert.expected, alert.unit))),
        ),
    h(
      'details',
      null,
      h('summary', null, t('explain')),
      h('div', { class: 'factors' }, factors(alert.details)),
    ),
    found ? caseLine(found, again) : null,
  );

/** Cases by the alerts that belong to them. @param {any[]} cases */
const byAlert = (cases) =>
  new Map(
    cases.flatMap((found) => found.findings.map((/** @type {any} */ finding) => [finding.alert, found])),
  );

export const alertsPage = {
  source: '/api/alerts?limit=60',
  more: '/api/alerts/cases?state=all',
  /** @param {any} answer @param {() => void} _redraw @param {() => void} again */
  show: ({ alerts, extra }, _redraw, again) => {
    if (alerts.length === 0) return h('div', { class: 'card' }, empty(t('noAlerts')));
    const cases = byAlert(extra?.cases ?? []);
    return h(
      'div',
      { class: 'alerts' },
      alerts.map((/** @type {any} */ alert) => alertCard(alert, cases.get(alert.id), again)),
    );
  },
};
