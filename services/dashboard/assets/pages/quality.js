/** What the figures rest on: equality with Dolibarr, what was entered, how fresh it is, what could not be read. */
import { session } from '../api.js';
import { chart } from '../chart.js';
import { h } from '../dom.js';
import * as format from '../format.js';
import { card, grid, listing, meter, table, tile } from '../parts.js';
import { verifyLine } from '../verify.js';
import { named, t } from '../words.js';

/** @param {any} row */
const filled = (row) => (row.total > 0 ? (100 * (row.total - row.bad)) / row.total : 100);

/** @param {any[]} rows */
const checkTable = (rows) =>
  table({
    caption: t('checksTitle'),
    rows: rows.filter(({ total }) => total > 0).sort((left, right) => filled(left) - filled(right)),
    columns: [
      { title: t('check'), head: true, cell: (row) => named('check', row.check) },
      {
        title: t('filled'),
        cell: (row) =>
          meter(filled(row), { mood: filled(row) < 60 ? 'bad' : filled(row) < 90 ? 'warn' : '' }),
      },
      { title: t('missing'), n: true, cell: (row) => format.number(row.bad) },
    ],
  });

/** @param {any[]} rows */
const freshnessTable = (rows) =>
  table({
    caption: t('freshnessTitle'),
    isTall: true,
    rows,
    columns: [
      { title: t('table'), head: true, cell: (row) => row.source_table },
      { title: t('events'), n: true, minor: true, cell: (row) => format.number(row.events) },
      { title: t('changedAt'), n: true, cell: (row) => format.ago(row.changed_ms) },
    ],
  });

/** @param {any[]} rows */
const deadTable = (rows) =>
  table({
    caption: t('deadTitle'),
    rows,
    columns: [
      { title: t('table'), head: true, cell: (row) => row.topic },
      { title: t('records'), n: true, cell: (row) => format.number(row.records) },
      { title: t('reason'), cell: (row) => row.reason },
      { title: t('recordedAt'), n: true, minor: true, cell: (row) => format.dateTime(row.recorded_ms) },
    ],
  });

/** @param {any[]} rows */
const ruleTable = (rows) =>
  table({
    caption: t('rulesTitle'),
    rows,
    columns: [
      {
        title: t('check'),
        head: true,
        cell: (row) =>
          h(
            'span',
            { class: 'two' },
            row.rule.replaceAll('_', ' '),
            h('small', null, [row.source_table, row.column].filter(Boolean).join('.')),
          ),
      },
      {
        title: t('share'),
        cell: (row) =>
          meter((100 * row.faulty) / row.checked, {
            mood: 'warn',
            text: format.percent((100 * row.faulty) / row.checked, 1),
          }),
      },
      { title: t('records'), n: true, cell: (row) => format.number(row.faulty) },
    ],
  });

/** @param {any[]} rows */
const scoreChart = (rows) => ({
  title: t('scoreTitle'),
  heading: t('day'),
  labels: rows.map(({ day }) => format.shortDate(day)),
  longLabels: rows.map(({ run_ms: at }) => format.dateTime(at)),
  format: (/** @type {any} */ value) => format.number(value, 1),
  series: [
    {
      label: t('score'),
      kind: /** @type {const} */ ('line'),
      colour: '--accent',
      values: rows.map(({ score }) => score),
    },
  ],
});

/** A single measurement is a number, more are a line. @param {any[]} rows */
const scoreView = (rows) =>
  rows.length > 1
    ? chart(scoreChart(rows))
    : tile({ label: t('score'), value: format.number(rows[0].score, 1), unit: t('outOf100') });

export const qualityPage = {
  source: '/api/quality',
  /** @param {any} answer @param {() => void} redraw */
  show: ({ data }, redraw) => [
    verifyLine(redraw, session.role === 'operator'),
    grid(
      card(
        { title: t('scoreTitle'), why: t('scoreWhy') },
        listing(data.score, { none: t('notMeasured'), missing: t('notMeasured') }, scoreView),
      ),
      card(
        { title: t('rulesTitle') },
        listing(data.rules, { none: t('nothing'), missing: t('notMeasured') }, ruleTable),
      ),
      card(
        { title: t('checksTitle'), why: t('checksWhy'), full: true },
        listing(data.checks, { none: t('nothing') }, checkTable),
      ),
      card(
        { title: t('freshnessTitle'), why: t('freshnessWhy') },
        listing(data.freshness, { none: t('noTables') }, freshnessTable),
      ),
      card(
        { title: t('deadTitle'), full: data.deadLetters?.length > 0 },
        listing(data.deadLetters, { none: t('noDead') }, deadTable),
      ),
    ),
  ],
};
