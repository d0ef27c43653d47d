/** Customers: who they are by rules, who moves, who owes. */
import { h } from '../dom.js';
import * as format from '../format.js';
import { badge, card, comparison, empty, grid, listing, meter, table, tile, tiles } from '../parts.js';
import { named, t } from '../words.js';

/** @param {any} figures */
const figureTiles = (figures) =>
  tiles(
    tile({ label: t('activeCustomers'), value: format.number(figures.active), note: t('in12Months') }),
    tile({
      label: t('turnover'),
      value: format.money(figures.turnover),
      unit: t('exTax'),
      note: comparison(figures.turnover, figures.turnover_before, t('yearAgo'), 'up'),
    }),
    tile({
      label: t('owed'),
      value: format.money(figures.owed),
      note:
        figures.overdue > 0
          ? h('span', { class: 'warn' }, t('overdueOf', { amount: format.money(figures.overdue) }))
          : t('nothingOverdue'),
    }),
    tile({ label: t('daysToPay'), value: format.number(figures.days_to_pay), unit: t('daysShort') }),
  );

/** @param {any[]} rows */
function segmentTable(rows) {
  const all = rows.reduce((sum, { customers }) => sum + customers, 0);
  return table({
    caption: t('segmentsTitle'),
    rows,
    columns: [
      { title: t('segment'), head: true, cell: (row) => named('segment', row.segment) },
      {
        title: t('share'),
        cell: (row) =>
          meter((100 * row.customers) / all, {
            text: format.number(row.customers),
            mood: row.segment === 'at-risk' ? 'bad' : '',
          }),
      },
      { title: t('revenue12'), n: true, cell: (row) => format.money(row.revenue) },
    ],
  });
}

/** @param {any} ageing */
function ageingTable(ageing) {
  const parts = /** @type {const} */ ([
    ['notDue', ageing.not_due, ''],
    ['late30', ageing.late_30, 'warn'],
    ['late60', ageing.late_60, 'warn'],
    ['late90', ageing.late_90, 'bad'],
    ['lateMore', ageing.late_more, 'bad'],
  ]);
  const all = parts.reduce((sum, [, amount]) => sum + Math.max(0, amount), 0);
  if (all <= 0) return empty(t('nothingOverdue'));
  return table({
    caption: t('ageing'),
    rows: [...parts],
    columns: [
      { title: t('age'), head: true, cell: ([word]) => t(word) },
      {
        title: t('owed'),
        cell: ([, amount, mood]) =>
          meter((100 * Math.max(0, amount)) / all, { mood, text: format.money(amount) }),
      },
    ],
  });
}

/** @param {any[]} rows */
const moveTable = (rows) =>
  table({
    caption: t('movesTitle'),
    rows,
    columns: [
      { title: t('customer'), head: true, cell: (row) => row.name },
      { title: t('from'), cell: (row) => badge(named('segment', row.from_segment), 'calm') },
      {
        title: t('to'),
        cell: (row) => badge(named('segment', row.to_segment), row.to_segment === 'at-risk' ? 'bad' : 'calm'),
      },
      { title: t('reason'), minor: true, cell: (row) => row.reason },
    ],
  });

/** @param {any[]} rows */
const riskTable = (rows) =>
  table({
    caption: t('atRiskTitle'),
    rows,
    columns: [
      { title: t('customer'), head: true, cell: (row) => row.name },
      { title: t('reason'), cell: (row) => row.reason },
      { title: t('revenue12'), n: true, cell: (row) => format.money(row.revenue) },
    ],
  });

/** @param {any} row */
const yearChange = (row) =>
  row.turnover_before > 0 ? (100 * (row.turnover - row.turnover_before)) / row.turnover_before : null;

/** @param {any[]} rows */
const customerTable = (rows) =>
  table({
    caption: t('topCustomers'),
    rows,
    columns: [
      {
        title: t('customer'),
        head: true,
        cell: (row) => h('span', { class: 'two' }, row.name, h('small', null, row.town)),
      },
      { title: t('revenue12'), n: true, cell: (row) => format.money(row.turnover) },
      { title: t('share'), n: true, minor: true, cell: (row) => format.percent(row.share, 1) },
      {
        title: t('change'),
        n: true,
        cell: (row) =>
          h(
            'span',
            { class: (yearChange(row) ?? 0) < -20 ? 'bad' : null },
            format.signedPercent(yearChange(row)),
          ),
      },
      { title: t('margin'), n: true, minor: true, cell: (row) => format.percent(row.margin_percent) },
      {
        title: t('overdue'),
        n: true,
        cell: (row) => (row.overdue > 0 ? h('span', { class: 'warn' }, format.money(row.overdue)) : '–'),
      },
      { title: t('daysToPay'), n: true, minor: true, cell: (row) => format.number(row.days_to_pay) },
    ],
  });

export const customersPage = {
  source: '/api/customers',
  /** @param {any} answer */
  show: ({ data }) => {
    const missing = t('notYetAnalysis');
    return [
      data.figures?.[0] ? figureTiles(data.figures[0]) : null,
      grid(
        card(
          { title: t('segmentsTitle'), why: t('segmentsWhy') },
          listing(data.segments, { none: t('noCustomers'), missing }, segmentTable),
        ),
        card(
          { title: t('ageing') },
          listing(data.ageing, { none: t('nothingOverdue') }, ([row]) => ageingTable(row)),
        ),
        card(
          { title: t('atRiskTitle'), full: data.atRisk?.length > 0 },
          listing(data.atRisk, { none: t('noneAtRisk'), missing }, riskTable),
        ),
        card(
          { title: t('movesTitle'), full: data.moves?.length > 0 },
          listing(data.moves, { none: t('noMoves'), missing }, moveTable),
        ),
        card(
          { title: t('topCustomers'), why: t('in12Months'), full: true },
          listing(data.customers, { none: t('noCustomers') }, customerTable),
        ),
      ),
    ];
  },
};
