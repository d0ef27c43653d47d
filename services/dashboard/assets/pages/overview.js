/** The firm on one screen. */
import { session } from '../api.js';
import { chart, chartKey } from '../chart.js';
import { h } from '../dom.js';
import * as format from '../format.js';
import { card, comparison, empty, grid, listing, notYet, severityBadge, tile, tiles } from '../parts.js';
import { verifyLine } from '../verify.js';
import { t } from '../words.js';

/** @param {any} figures @param {string} today */
function figureTiles(figures, today) {
  const day = new Date(`${today}T00:00:00Z`);
  const before = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() - 1, 1))
    .toISOString()
    .slice(0, 10);
  const name = format.monthName(before);
  const period = t('sameDays', { day: Number(today.slice(8)), month: name });
  const { overdue, late_interventions: late, sites_over: over, stock_low: low } = figures;
  return tiles(
    tile({
      label: t('invoicedMonth'),
      value: format.money(figures.invoiced),
      unit: t('exTax'),
      note: comparison(figures.invoiced, figures.invoiced_before, period, 'up'),
    }),
    tile({
      label: t('owed'),
      value: format.money(figures.owed),
      href: '/customers',
      note:
        overdue > 0
          ? h('span', { class: 'warn' }, t('overdueOf', { amount: format.money(overdue) }))
          : t('nothingOverdue'),
    }),
    tile({
      label: t('interventionsMonth'),
      value: format.number(figures.interventions),
      href: '/interventions',
      note: comparison(figures.interventions, figures.interventions_before, period, null),
    }),
    tile({
      label: t('openTickets'),
      value: format.number(figures.open_tickets),
      note:
        figures.urgent_tickets > 0
          ? h('span', { class: 'warn' }, t('urgentOf', { count: figures.urgent_tickets }))
          : comparison(figures.open_tickets, figures.open_tickets_before, t('before30'), 'down'),
    }),
    tile({
      label: t('lateInterventions'),
      value: format.number(late),
      mood: late > 0 ? 'bad' : null,
      note: t('lateNote'),
      href: '/interventions',
    }),
    tile({
      label: t('activeSites'),
      value: format.number(figures.sites),
      href: '/sites',
      note: over > 0 ? h('span', { class: 'bad' }, t('sitesOver', { count: over })) : t('sitesWithin'),
    }),
    tile({
      label: t('stockLow'),
      value: format.number(low),
      mood: low > 0 ? 'warn' : null,
      note: t('stockWorth', { amount: format.money(figures.stock_value) }),
      href: '/stock',
    }),
    tile({
      label: t('alertsWeek'),
      value: format.number(figures.alerts_week),
      href: '/alerts',
      note: t('allAlerts'),
    }),
  );
}

/** @param {any[]} rows by month, two years @param {string} today */
function invoicedChart(rows, today) {
  const byMonth = new Map(rows.map((row) => [row.month.slice(0, 7), row.invoiced]));
  const end = Number(today.slice(0, 4)) * 12 + Number(today.slice(5, 7)) - 1;
  const name = (/** @type {number} */ month) =>
    `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`;
  const months = Array.from({ length: 12 }, (_each, index) => end - 11 + index);
  return {
    title: t('invoicedByMonth'),
    heading: t('month'),
    labels: months.map((month) => format.month(`${name(month)}-01`)),
    longLabels: months.map((month) => format.longMonth(`${name(month)}-01`)),
    format: format.money,
    axisFormat: format.shortMoney,
    series: [
      {
        label: t('thisYear'),
        kind: /** @type {const} */ ('bar'),
        colour: '--accent',
        values: months.map((month) => byMonth.get(name(month)) ?? 0),
      },
      {
        label: t('yearBefore'),
        kind: /** @type {const} */ ('line'),
        colour: '--second',
        values: months.map((month) => byMonth.get(name(month - 12)) ?? null),
      },
    ],
  };
}

/** @param {any[]} rows */
const treasuryChart = (rows) => ({
  title: t('treasury'),
  heading: t('week'),
  labels: rows.map(({ week }) => format.shortDate(week)),
  longLabels: rows.map(({ week }) => t('weekOf', { date: format.date(week) })),
  format: format.money,
  axisFormat: format.shortMoney,
  series: [
    {
      label: t('balance'),
      kind: /** @type {const} */ ('line'),
      colour: '--accent',
      values: rows.map(({ balance }) => balance),
    },
  ],
});

/** @param {any[]} rows */
const ticketChart = (rows) => ({
  title: t('ticketsByWeek'),
  heading: t('week'),
  labels: rows.map(({ week }) => format.shortDate(week)),
  longLabels: rows.map(({ week }) => t('weekOf', { date: format.date(week) })),
  format: format.number,
  series: [
    {
      label: t('created'),
      kind: /** @type {const} */ ('bar'),
      colour: '--accent',
      values: rows.map(({ created }) => created),
    },
    {
      label: t('closed'),
      kind: /** @type {const} */ ('line'),
      colour: '--second',
      values: rows.map(({ closed }) => closed),
    },
  ],
});

/** @param {any[]} rows */
const alertList = (rows) =>
  h(
    'ul',
    { class: 'list' },
    rows.map((row) =>
      h(
        'li',
        null,
        h(
          'a',
          { href: '/alerts', 'data-link': true },
          h(
            'span',
            { class: 'line' },
            severityBadge(row.severity),
            h('time', null, format.when(row.raised_ms)),
          ),
          h('span', null, row.title),
        ),
      ),
    ),
  );

/** @param {any} title @param {any} spec @param {string} [why] @param {boolean} [wide] */
const chartCard = (title, spec, why, wide) =>
  card({ title, ...(why ? { why } : {}), side: chartKey(spec), ...(wide ? { wide } : {}) }, chart(spec));

export const overviewPage = {
  source: '/api/overview',
  /** @param {any} answer @param {() => void} redraw */
  show: ({ data, today }, redraw) => {
    const figures = data.figures?.[0];
    return [
      verifyLine(redraw, session.role === 'operator'),
      figures ? figureTiles(figures, today) : notYet(t('notYetModel')),
      grid(
        data.invoiced?.length
          ? chartCard(t('invoicedByMonth'), invoicedChart(data.invoiced, today), t('exTax'), true)
          : card({ title: t('invoicedByMonth'), wide: true }, empty(t('nothing'))),
        card({ title: t('newestAlerts') }, listing(data.alerts, { none: t('noAlerts') }, alertList)),
        data.treasury?.length
          ? chartCard(t('treasury'), treasuryChart(data.treasury), t('treasuryWhy'))
          : null,
        data.tickets?.length ? chartCard(t('ticketsByWeek'), ticketChart(data.tickets)) : null,
        card(
          { title: t('insights') },
          listing(data.insights, { none: t('noInsights'), missing: t('notYetAnalysis') }, (rows) =>
            h(
              'ul',
              { class: 'list plain' },
              rows.map((row) => h('li', null, row.sentence)),
            ),
          ),
        ),
      ),
    ];
  },
};
