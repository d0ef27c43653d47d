/** Work on site: what is done, late, planned and out of line. */
import { chart, chartKey } from '../chart.js';
import { h } from '../dom.js';
import * as format from '../format.js';
import {
  badge,
  card,
  comparison,
  empty,
  grid,
  listing,
  meter,
  severityBadge,
  table,
  tile,
  tiles,
} from '../parts.js';
import { t } from '../words.js';

/** @param {any} figures */
const figureTiles = (figures) =>
  tiles(
    tile({
      label: t('done30'),
      value: format.number(figures.done),
      note: comparison(figures.done, figures.done_before, t('before30'), null),
    }),
    tile({
      label: t('lateInterventions'),
      value: format.number(figures.late),
      mood: figures.late > 0 ? 'bad' : null,
      note: t('lateNote'),
    }),
    tile({ label: t('planned7'), value: format.number(figures.planned_week) }),
    tile({
      label: t('hours30'),
      value: format.number(figures.hours),
      unit: 'h',
      note: comparison(figures.hours, figures.hours_before, t('before30'), null),
    }),
    tile({ label: t('overruns'), value: format.number(figures.overruns), note: t('overrunsWhy') }),
    tile({
      label: t('satisfaction'),
      value: format.number(figures.satisfaction, 1),
      unit: figures.satisfaction === null ? '' : t('outOf5'),
      note: comparison(figures.satisfaction, figures.satisfaction_before, t('before30'), 'up'),
    }),
  );

/** @param {any[]} rows */
const weekChart = (rows) => ({
  title: t('hoursByWeek'),
  heading: t('week'),
  labels: rows.map(({ week }) => format.shortDate(week)),
  longLabels: rows.map(({ week }) => t('weekOf', { date: format.date(week) })),
  format: (/** @type {any} */ value) => format.hours(value),
  axisFormat: format.number,
  series: [
    {
      label: t('actualHours'),
      kind: /** @type {const} */ ('bar'),
      colour: '--accent',
      values: rows.map(({ actual }) => actual),
    },
    {
      label: t('estimatedHours'),
      kind: /** @type {const} */ ('line'),
      colour: '--second',
      values: rows.map(({ estimated }) => estimated),
    },
  ],
});

/** What identifies an intervention, in every list of them. */
const identity = () => [
  { title: t('reference'), head: true, cell: (/** @type {any} */ row) => row.ref },
  { title: t('customer'), cell: (/** @type {any} */ row) => row.customer },
  { title: t('kind'), minor: true, cell: (/** @type {any} */ row) => row.kind },
  { title: t('city'), minor: true, cell: (/** @type {any} */ row) => row.city },
  { title: t('plannedOn'), n: true, cell: (/** @type {any} */ row) => format.date(row.planned_on) },
];

/** @param {any[]} rows */
const lateTable = (rows) =>
  table({
    caption: t('lateTitle'),
    rows,
    columns: [
      ...identity(),
      {
        title: t('daysLate'),
        n: true,
        cell: (row) => badge(t('days', { count: row.days_late }), row.days_late > 7 ? 'bad' : 'warn'),
      },
    ],
  });

/** @param {any[]} rows */
const comingTable = (rows) =>
  table({
    caption: t('comingTitle'),
    rows,
    columns: [
      ...identity(),
      { title: t('estimate'), n: true, cell: (row) => format.hours(row.estimated_hours, 1) },
    ],
  });

/** @param {any[]} rows */
const technicianTable = (rows) =>
  table({
    caption: t('technicians'),
    rows,
    columns: [
      { title: t('technician'), head: true, cell: (row) => row.name },
      { title: t('done'), n: true, cell: (row) => format.number(row.done) },
      { title: t('actualHours'), n: true, minor: true, cell: (row) => format.hours(row.actual) },
      {
        title: t('gap'),
        n: true,
        cell: (row) =>
          h('span', { class: row.over_percent > 15 ? 'warn' : null }, format.signedPercent(row.over_percent)),
      },
      { title: t('overruns'), n: true, minor: true, cell: (row) => format.percent(row.overrun_percent, 1) },
      {
        title: t('satisfaction'),
        n: true,
        cell: (row) =>
          meter(row.satisfaction === null ? 0 : (100 * row.satisfaction) / 5, {
            text: format.number(row.satisfaction, 1),
          }),
      },
    ],
  });

/** @param {any[]} rows */
const anomalyList = (rows) =>
  h(
    'ul',
    { class: 'list' },
    rows.map((row) =>
      h(
        'li',
        null,
        h('span', { class: 'line' }, severityBadge(row.severity), h('time', null, format.shortDate(row.day))),
        h('span', null, row.sentence),
      ),
    ),
  );

export const interventionsPage = {
  source: '/api/interventions',
  /** @param {any} answer */
  show: ({ data }) => {
    const weeks = data.weeks?.length ? weekChart(data.weeks) : null;
    return [
      data.figures?.[0] ? figureTiles(data.figures[0]) : null,
      grid(
        card(
          { title: t('hoursByWeek'), full: true, side: weeks ? chartKey(weeks) : null },
          weeks ? chart(weeks) : empty(t('nothing')),
        ),
        card(
          { title: t('anomalies') },
          listing(data.anomalies, { none: t('noAnomalies'), missing: t('notYetAnalysis') }, anomalyList),
        ),
        card({ title: t('lateTitle'), full: true }, listing(data.late, { none: t('noneLate') }, lateTable)),
        card(
          { title: t('technicians'), why: t('techniciansWhy'), full: true },
          listing(data.technicians, { none: t('noTechnicians') }, technicianTable),
        ),
        card(
          { title: t('comingTitle'), full: true },
          listing(data.coming, { none: t('noneComing') }, comingTable),
        ),
      ),
    ];
  },
};
