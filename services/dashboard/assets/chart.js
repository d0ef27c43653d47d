/** Charts: uPlot with our colours, an own tooltip, and the same figures as a table for whoever cannot see them. */
import uPlot from '/charts/uPlot.esm.js';
import { document, window } from './browser.js';
import { h } from './dom.js';
import { table } from './parts.js';
import { t } from './words.js';

/**
 * @typedef {object} Series
 * @property {string} label
 * @property {(number | null)[]} values
 * @property {'bar' | 'line' | 'dashed' | 'edge'} kind `edge` is the border of a band and is not drawn
 * @property {string} colour name of a CSS variable
 * @property {boolean} [quiet] left out of tooltip, key and table
 */
/**
 * @typedef {object} Spec
 * @property {string} title what the chart shows, for a screen reader
 * @property {string} heading of the first column of the table
 * @property {string[]} labels short, for the axis
 * @property {string[]} [longLabels] for tooltip and table
 * @property {Series[]} series
 * @property {[number, number]} [band] numbers of the series above and below
 * @property {(value: any) => string} format
 * @property {(value: any) => string} [axisFormat]
 */

const SHORTEST = 200;
/** @type {Set<{redraw: () => void}>} */
const charts = new Set();

/** @param {string} name */
const colour = (name) => window.getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** @param {Series[]} series */
const told = (series) => series.filter(({ quiet }) => !quiet);

/** @type {(spec: Spec) => any} */
const dataOf = (spec) => [
  spec.labels.map((_label, index) => index),
  ...spec.series.map(({ values }) => values),
];

/** @param {Spec} spec @param {Series} series */
function seriesOptions(spec, series) {
  const stroke = colour(series.colour);
  const common = { label: series.label, points: { show: false }, spanGaps: false };
  if (series.kind === 'bar') {
    const paths = uPlot.paths.bars?.({ size: [0.62, 28], radius: 0.12 });
    return { ...common, paths, fill: stroke, stroke, width: 0 };
  }
  if (series.kind === 'edge') return { ...common, stroke: 'transparent', width: 0 };
  return { ...common, stroke, width: 2, ...(series.kind === 'dashed' ? { dash: [5, 5] } : {}) };
}

/** Zero belongs to every scale: a difference must not look larger than it is. */
/** @param {any} _plot @param {number} low @param {number} high */
const range = (_plot, low, high) => {
  const bottom = Math.min(0, low ?? 0);
  const top = Math.max(0, high ?? 0);
  const room = (top - bottom || 1) * 0.08;
  return [bottom < 0 ? bottom - room : 0, top + room];
};

/** @param {Spec} spec @param {number} width @param {number} height @returns {any} */
function options(spec, width, height) {
  const axis = { stroke: colour('--soft'), font: '12px system-ui, sans-serif', ticks: { show: false } };
  const grid = { stroke: colour('--line'), width: 1 };
  const format = spec.axisFormat ?? spec.format;
  const step = Math.max(1, Math.ceil(spec.labels.length / Math.max(2, Math.floor(width / 76))));
  const last = spec.labels.length - 1;
  return {
    width,
    height,
    padding: [10, 22, 0, 0],
    legend: { show: false },
    cursor: { x: true, y: false, points: { size: 7 }, drag: { x: false, y: false } },
    scales: { x: { time: false, range: () => [-0.6, last + 0.6] }, y: { range } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        splits: () =>
          spec.labels.map((_label, index) => index).filter((index) => (last - index) % step === 0),
        values: (/** @type {any} */ _plot, /** @type {number[]} */ at) =>
          at.map((index) => spec.labels[index] ?? ''),
      },
      {
        ...axis,
        grid,
        size: 62,
        values: (/** @type {any} */ _plot, /** @type {number[]} */ at) => at.map((value) => format(value)),
      },
    ],
    series: [{}, ...spec.series.map((series) => seriesOptions(spec, series))],
    bands: spec.band ? [{ series: spec.band, fill: colour('--band') }] : [],
  };
}

class Chart {
  /** @param {any} place @param {Spec} spec */
  constructor(place, spec) {
    this.place = place;
    this.spec = spec;
    this.canvas = h('div', { class: 'plot' });
    this.tip = h('div', { class: 'tip', hidden: true });
    this.canvas.append(this.tip);
    this.details = h('div', {});
    place.append(this.canvas, this.details);
    this.plot = null;
    this.width = 0;
    this.height = 0;
    this.observer = new window.ResizeObserver(() => this.fit());
    this.observer.observe(this.canvas);
    charts.add(this);
    this.describe();
  }

  fit() {
    if (!this.canvas.isConnected) return this.end();
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width > 0 && (width !== this.width || Math.abs(height - this.height) > 1)) this.redraw();
  }

  redraw() {
    if (!this.canvas.isConnected) return this.end();
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.plot?.destroy();
    const hooks = { setCursor: [(/** @type {any} */ plot) => this.point(plot)] };
    this.plot = new uPlot(
      { ...options(this.spec, this.width, Math.max(SHORTEST, this.height)), hooks },
      dataOf(this.spec),
      this.canvas,
    );
    this.canvas.append(this.tip);
  }

  /** @param {Spec} spec */
  update(spec) {
    const sameShape =
      spec.labels.join() === this.spec.labels.join() && spec.series.length === this.spec.series.length;
    const same = sameShape && JSON.stringify(dataOf(spec)) === JSON.stringify(dataOf(this.spec));
    const sameWords = spec.title === this.spec.title && spec.heading === this.spec.heading;
    this.spec = spec;
    if (same && sameWords) return;
    if (sameShape && sameWords) this.plot?.setData(dataOf(spec));
    else if (this.plot) this.redraw();
    this.describe();
  }

  end() {
    this.observer.disconnect();
    this.plot?.destroy();
    charts.delete(this);
  }

  /** @param {any} plot */
  point(plot) {
    const index = plot.cursor.idx;
    this.tip.hidden = index === null || index === undefined || plot.cursor.left < 0;
    if (this.tip.hidden) return;
    const { labels, longLabels, series, format } = this.spec;
    this.tip.replaceChildren(
      h('strong', null, (longLabels ?? labels)[index]),
      ...told(series)
        .filter(({ values }) => values[index] !== null && values[index] !== undefined)
        .map((each) =>
          h('div', { class: 'tip-line' }, swatch(each), each.label, h('b', null, format(each.values[index]))),
        ),
    );
    const left = plot.valToPos(index, 'x') + plot.bbox.left / window.devicePixelRatio;
    const isRight = left > this.width / 2;
    this.tip.style.left = isRight ? 'auto' : `${left + 14}px`;
    this.tip.style.right = isRight ? `${this.width - left + 14}px` : 'auto';
  }

  describe() {
    const { title, heading, labels, longLabels, series, format } = this.spec;
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-label', title);
    const isOpen = this.details.querySelector('details')?.open ?? false;
    const shown = told(series);
    this.details.replaceChildren(
      h(
        'details',
        { class: 'figures', open: isOpen },
        h('summary', null, t('showFigures')),
        table({
          caption: title,
          columns: [
            { title: heading, head: true, cell: (index) => longLabels?.[index] ?? labels[index] },
            ...shown.map((each) => ({
              title: each.label,
              n: true,
              cell: (/** @type {number} */ index) => format(each.values[index]),
            })),
          ],
          rows: labels.map((_, index) => index),
        }),
      ),
    );
  }
}

/** @param {Series} series */
const swatch = (series) =>
  h('i', { class: `swatch of-${series.kind}`, 'data-colour': series.colour.slice(2) });

/** The key of a chart, for the head of its card. @param {Spec} spec */
export function chartKey(spec) {
  return h(
    'div',
    { class: 'key' },
    told(spec.series).map((series) => h('span', null, swatch(series), series.label)),
  );
}

/** A chart that fills its place, and is updated in place by patch. @param {Spec} spec */
export function chart(spec) {
  const place = h('div', { class: 'chart' });
  place.chart = {
    spec,
    /** @param {Spec} fresh */
    update(fresh) {
      place.chart.spec = fresh;
      place.drawn?.update(fresh);
    },
  };
  // Drawn when it is in the page and has a width.
  window.queueMicrotask(() => (place.drawn = new Chart(place, place.chart.spec)));
  return place;
}

/** After a change of colours. */
export function redrawCharts() {
  for (const each of charts) each.redraw();
}
