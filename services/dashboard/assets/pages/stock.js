/** Stock: what runs out, what to order, and how sure that is. */
import { chart, chartKey } from '../chart.js';
import { h } from '../dom.js';
import * as format from '../format.js';
import { badge, card, grid, listing, meter, notYet, table, tile, tiles } from '../parts.js';
import { named, t } from '../words.js';

/** The product of the chart; null: the likeliest to run out. @type {number | null} */
let chosen = null;

/** @param {any} figures @param {any[] | null} products */
function figureTiles(figures, products) {
  const orders = (products ?? []).filter(({ order_quantity: quantity }) => quantity > 0);
  const cost = orders.reduce((sum, each) => sum + (each.order_value ?? 0), 0);
  return tiles(
    tile({
      label: t('stockValue'),
      value: format.money(figures.value),
      note: t('productsCount', { count: figures.products }),
    }),
    tile({
      label: t('toOrder'),
      value: products === null ? '–' : format.number(orders.length),
      mood: orders.length > 0 ? 'warn' : null,
      note: orders.length > 0 ? t('orderCost', { amount: format.money(cost) }) : null,
    }),
    tile({
      label: t('below'),
      value: format.number(figures.below),
      mood: figures.below > 0 ? 'warn' : null,
    }),
    tile({ label: t('sleeping'), value: format.money(figures.sleeping_value), note: t('sleepingNote') }),
  );
}

/** Months of history, then the expected demand inside its range. @param {any} data @param {any} product */
function demandChart(data, product) {
  const of = (/** @type {any[] | null} */ rows) =>
    (rows ?? []).filter((row) => row.product_id === product.product_id);
  const history = of(data.history);
  const forecast = of(data.forecast);
  const months = [...history, ...forecast].map(({ month }) => month);
  const past = history.length;
  const ahead = (/** @type {string} */ name) =>
    months.map((_month, index) => (index < past ? null : forecast[index - past][name]));
  return {
    title: `${t('demandOf')} : ${product.label}`,
    heading: t('month'),
    labels: months.map(format.month),
    longLabels: months.map(format.longMonth),
    format: (/** @type {any} */ value) => format.number(value, 1),
    axisFormat: format.number,
    series: [
      {
        label: t('quantityOut'),
        kind: /** @type {const} */ ('bar'),
        colour: '--accent',
        values: months.map((_month, index) => (index < past ? history[index].quantity : null)),
      },
      {
        label: t('expected'),
        kind: /** @type {const} */ ('dashed'),
        colour: '--second',
        values: ahead('expected'),
      },
      {
        label: `${t('range80')} ↑`,
        kind: /** @type {const} */ ('edge'),
        colour: '--second',
        values: ahead('high'),
      },
      {
        label: `${t('range80')} ↓`,
        kind: /** @type {const} */ ('edge'),
        colour: '--second',
        values: ahead('low'),
      },
    ],
    band: /** @type {[number, number]} */ ([3, 4]),
  };
}

/** @param {any} data @param {any[]} products @param {() => void} redraw */
function demandCard(data, products, redraw) {
  const product = products.find(({ product_id: id }) => id === chosen) ?? products[0];
  const spec = demandChart(data, product);
  const choose = (/** @type {any} */ event) => {
    chosen = Number(event.target.value);
    redraw();
  };
  const picker = h(
    'label',
    { class: 'picker' },
    h('span', { class: 'hidden' }, t('product')),
    h(
      'select',
      { onchange: choose },
      products.map((each) =>
        h('option', { value: each.product_id, selected: each === product }, `${each.ref} · ${each.label}`),
      ),
    ),
  );
  const keys = { ...spec, series: spec.series.filter(({ kind }) => kind !== 'edge') };
  const band = h('span', null, h('i', { class: 'swatch of-band' }), t('range80'));
  const key = chartKey(keys);
  key.append(band);
  return card(
    { title: t('demandOf'), full: true, side: h('div', { class: 'sides' }, key, picker) },
    chart(spec),
  );
}

const columns = () => [
  {
    title: t('product'),
    head: true,
    cell: (/** @type {any} */ row) =>
      h('span', { class: 'two' }, row.label, h('small', null, `${row.ref} · ${row.abc}`)),
  },
  {
    title: t('onHand'),
    n: true,
    cell: (/** @type {any} */ row) =>
      h('span', { class: row.on_hand <= 0 ? 'bad' : null }, format.number(row.on_hand, 1)),
  },
  {
    title: t('nextMonth'),
    n: true,
    minor: true,
    cell: (/** @type {any} */ row) => format.number(row.next_month),
  },
  {
    title: t('orderLevel'),
    n: true,
    minor: true,
    cell: (/** @type {any} */ row) => format.number(row.level),
  },
  {
    title: t('risk'),
    cell: (/** @type {any} */ row) =>
      meter(row.risk, { mood: row.risk > 50 ? 'bad' : row.risk > 20 ? 'warn' : '' }),
  },
  {
    title: t('runsOut'),
    n: true,
    minor: true,
    cell: (/** @type {any} */ row) => format.date(row.stock_out_on),
  },
];

/** @param {any[]} rows */
const orderTable = (rows) =>
  table({
    caption: t('orderList'),
    rows,
    columns: [
      ...columns(),
      { title: t('order'), n: true, cell: (row) => h('strong', null, format.number(row.order_quantity)) },
    ],
  });

/** @param {any[]} rows */
const otherTable = (rows) =>
  table({
    caption: t('otherProducts'),
    rows,
    columns: [
      ...columns(),
      { title: t('kind'), minor: true, cell: (row) => badge(named('demand', row.demand_class), 'calm') },
    ],
  });

export const stockPage = {
  source: '/api/stock',
  /** @param {any} answer @param {() => void} redraw */
  show: ({ data }, redraw) => {
    const products = data.products;
    const some = products?.length > 0 ? products : null;
    return [
      data.figures?.[0] ? figureTiles(data.figures[0], products) : null,
      grid(
        some
          ? demandCard(data, some, redraw)
          : card({ title: t('demandOf'), full: true }, notYet(t('notYetAnalysis'))),
        card(
          { title: t('orderList'), why: t('orderListWhy'), full: true },
          listing(
            products && products.filter((/** @type {any} */ row) => row.order_quantity > 0),
            { none: t('noOrders'), missing: t('notYetAnalysis') },
            orderTable,
          ),
        ),
        some?.some((/** @type {any} */ row) => !(row.order_quantity > 0))
          ? card(
              { title: t('otherProducts'), full: true },
              otherTable(some.filter((/** @type {any} */ row) => !(row.order_quantity > 0))),
            )
          : null,
      ),
    ];
  },
};
