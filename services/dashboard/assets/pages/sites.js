/** Building sites: what was planned, what is spent, where it is heading. */
import { chart, chartKey } from '../chart.js';
import { h } from '../dom.js';
import * as format from '../format.js';
import { badge, card, empty, grid, listing, meter, table, tile, tiles } from '../parts.js';
import { t } from '../words.js';

/** @param {any} figures */
const figureTiles = (figures) =>
  tiles(
    tile({
      label: t('activeSites'),
      value: format.number(figures.sites),
      note:
        figures.over > 0
          ? h('span', { class: 'bad' }, t('sitesOver', { count: figures.over }))
          : t('sitesWithin'),
    }),
    tile({ label: t('budgetTotal'), value: format.money(figures.budget), unit: t('exTax') }),
    tile({
      label: t('spentTotal'),
      value: format.money(figures.spent),
      note:
        figures.budget > 0
          ? t('spentOf', { percent: format.percent((100 * figures.spent) / figures.budget) })
          : null,
    }),
    tile({
      label: t('forecastTotal'),
      value: format.money(figures.forecast),
      mood: figures.budget > 0 && figures.forecast > figures.budget ? 'bad' : null,
    }),
    tile({
      label: t('marginTotal'),
      value: format.money(figures.margin),
      mood: figures.margin < 0 ? 'bad' : null,
      note: t('marginNote'),
    }),
  );

/** Spent and forecast against the budget. @param {any} row */
function budgetMeter(row) {
  if (!(row.budget > 0)) return h('span', { class: 'why' }, t('noBudget'));
  const forecast = (100 * row.forecast) / row.budget;
  const mood = row.used_percent > 100 ? 'bad' : forecast > 100 ? 'warn' : '';
  return meter(row.used_percent, { mood, mark: forecast });
}

/** @param {any[]} rows */
const siteTable = (rows) =>
  table({
    caption: t('sitesTitle'),
    rows,
    columns: [
      {
        title: t('site'),
        head: true,
        cell: (row) => h('span', { class: 'two' }, row.title, h('small', null, row.ref)),
      },
      { title: t('ofBudget'), cell: budgetMeter },
      { title: t('budget'), n: true, minor: true, cell: (row) => format.money(row.budget) },
      { title: t('spent'), n: true, minor: true, cell: (row) => format.money(row.spent) },
      {
        title: t('forecast'),
        n: true,
        cell: (row) =>
          h(
            'span',
            { class: row.budget > 0 && row.forecast > row.budget ? 'bad' : null },
            format.money(row.forecast),
          ),
      },
      {
        title: t('margin'),
        n: true,
        minor: true,
        cell: (row) => h('span', { class: row.margin < 0 ? 'bad' : null }, format.money(row.margin)),
      },
      {
        title: t('ends'),
        n: true,
        cell: (row) =>
          row.is_late
            ? h('span', { class: 'two' }, format.date(row.ends_on), badge(t('late'), 'warn'))
            : format.date(row.ends_on),
      },
    ],
  });

/** @param {any[]} rows */
const monthChart = (rows) => ({
  title: t('siteMonths'),
  heading: t('month'),
  labels: rows.map(({ month }) => format.month(month)),
  longLabels: rows.map(({ month }) => format.longMonth(month)),
  format: format.money,
  axisFormat: format.shortMoney,
  series: [
    {
      label: t('invoiced'),
      kind: /** @type {const} */ ('bar'),
      colour: '--accent',
      values: rows.map(({ invoiced }) => invoiced),
    },
    {
      label: t('labour'),
      kind: /** @type {const} */ ('line'),
      colour: '--second',
      values: rows.map(({ labour }) => labour),
    },
    {
      label: t('suppliers'),
      kind: /** @type {const} */ ('dashed'),
      colour: '--third',
      values: rows.map(({ suppliers }) => suppliers),
    },
  ],
});

const legend = () =>
  h(
    'div',
    { class: 'key' },
    h('span', null, h('i', { class: 'swatch of-bar', 'data-colour': 'accent' }), t('legendSpent')),
    h('span', null, h('i', { class: 'swatch of-tick' }), t('legendForecast')),
  );

export const sitesPage = {
  source: '/api/sites',
  /** @param {any} answer */
  show: ({ data }) => {
    const months = data.months?.length ? monthChart(data.months) : null;
    return [
      data.figures?.[0] ? figureTiles(data.figures[0]) : null,
      grid(
        card(
          { title: t('sitesTitle'), why: t('sitesWhy'), full: true, side: legend(), id: 'sites-list' },
          listing(data.sites, { none: t('noSites') }, siteTable),
        ),
        card(
          { title: t('siteMonths'), full: true, side: months ? chartKey(months) : null },
          months ? chart(months) : empty(t('nothing')),
        ),
      ),
    ];
  },
};
