/** The way of a change from Dolibarr to these pages: each part, and what waits before it. */
import { follow, session } from '../api.js';
import { window } from '../browser.js';
import { h } from '../dom.js';
import * as format from '../format.js';
import { card, empty, grid, meter, skeleton, table, tile, tiles } from '../parts.js';
import { live } from '../live.js';
import { named, t } from '../words.js';

/** What the operator has begun here. */
const action = { is: false, /** @type {string} */ told: '' };

/** @param {object} request @param {() => void} redraw @param {(report: any) => string} tell */
async function ask(request, redraw, tell) {
  Object.assign(action, { is: true, told: '' });
  redraw();
  try {
    const onProgress = (/** @type {any} */ { table: name, rowsDone }) => {
      action.told = `${name} : ${format.number(rowsDone)}`;
      redraw();
    };
    action.told = tell(await follow('/api/backfill', request, onProgress));
  } catch (error) {
    action.told = /** @type {Error} */ (error).message;
  }
  action.is = false;
  redraw();
}

/** @param {any} stage */
function lagText(stage) {
  if (!stage || stage.lagRecords === null) return null;
  if (stage.lagRecords === 0) return t('lagNone');
  return t('lagOf', { records: format.number(stage.lagRecords), time: format.duration(stage.lagSeconds) });
}

/** @param {string} name @param {any} stage */
function node(name, stage) {
  const state = stage?.state ?? 'elsewhere';
  const mood =
    { running: 'good', failed: 'bad', retrying: 'warn', starting: 'warn' }[/** @type {string} */ (state)] ??
    'calm';
  const lag = lagText(stage);
  const isLate = (stage?.lagSeconds ?? 0) > 10;
  return h(
    'li',
    { class: `node ${name}` },
    h('span', { class: 'edge' }, lag === null ? null : h('span', { class: isLate ? 'warn' : null }, lag)),
    h(
      'span',
      { class: 'box' },
      h('strong', null, named('stage', name)),
      h('small', null, named('stageNote', name)),
      name === 'log'
        ? null
        : h(
            'span',
            { class: 'state' },
            h('span', { class: `dot ${mood}`, 'aria-hidden': 'true' }),
            named('state', state),
          ),
      stage?.error ? h('small', { class: 'bad' }, stage.error) : null,
    ),
  );
}

/** @param {any} status */
function flow(status) {
  const of = (/** @type {string} */ name) =>
    status.stages.find((/** @type {any} */ stage) => stage.name === name);
  return h(
    'div',
    { class: 'flow' },
    h(
      'ul',
      null,
      h(
        'li',
        { class: 'node source' },
        h('span', { class: 'box' }, h('strong', null, t('source')), h('small', null, t('sourceNote'))),
      ),
      node('capture', of('capture')),
      node('log', null),
    ),
    h('ul', { class: 'branch' }, node('lake', of('lake'))),
    h('ul', { class: 'branch' }, node('warehouse', of('warehouse')), node('model', of('model'))),
    h('ul', { class: 'branch' }, node('analytics', of('analytics')), node('alerting', of('alerting'))),
  );
}

/** @param {any} copy @param {() => void} redraw */
function copyCard(copy, redraw) {
  const isOperator = session.role === 'operator';
  const control = copy?.paused ? 'resume' : 'pause';
  const progress = copy
    ? [
        meter(copy.rowsTotal > 0 ? (100 * copy.rows) / copy.rowsTotal : null, {
          mood: copy.paused ? 'warn' : '',
        }),
        h(
          'p',
          null,
          t('copyDone', {
            done: copy.tablesDone,
            all: copy.tables,
            rows: format.number(copy.rows),
            rate: format.number(copy.rowsPerSecond),
          }),
        ),
        h(
          'p',
          { class: 'why' },
          copy.paused
            ? t('paused')
            : copy.secondsLeft === null
              ? ''
              : t('copyLeft', { time: format.duration(copy.secondsLeft) }),
        ),
      ]
    : empty(t('copyIdle'));
  const pause =
    copy && isOperator
      ? h(
          'button',
          { type: 'button', disabled: action.is, onclick: () => void ask({ control }, redraw, () => '') },
          t(/** @type {any} */ (control)),
        )
      : null;
  return card(
    { title: t('copyTitle'), side: pause },
    progress,
    isOperator ? copyForm(redraw) : h('p', { class: 'why' }, t('viewerOnly')),
  );
}

/** @param {() => void} redraw */
function copyForm(redraw) {
  const submit = (/** @type {any} */ event) => {
    event.preventDefault();
    const globs = new window.FormData(event.target).get('tables');
    void ask({ tables: [String(globs)] }, redraw, ({ rows }) =>
      t('copyFinished', { rows: format.number(rows) }),
    );
  };
  return h(
    'form',
    { class: 'inline', onsubmit: submit },
    h('label', { for: 'copy-tables' }, t('copyAgain')),
    h(
      'span',
      null,
      h('input', {
        id: 'copy-tables',
        name: 'tables',
        required: true,
        placeholder: t('copyAgainHint'),
        autocomplete: 'off',
        spellcheck: 'false',
      }),
      h('button', { disabled: action.is }, t('copyStart')),
    ),
    h('p', { class: 'why', role: 'status' }, action.told),
  );
}

/** @param {any} status */
function waitingTable(status) {
  const waiting = status.stages
    .filter((/** @type {any} */ stage) => (stage.lagRecords ?? 0) > 0)
    .sort((/** @type {any} */ a, /** @type {any} */ b) => b.lagSeconds - a.lagSeconds);
  if (waiting.length === 0) return empty(t('noneWaiting'));
  return table({
    caption: t('waitingTitle'),
    rows: waiting,
    columns: [
      { title: t('reader'), head: true, cell: (row) => named('stage', row.name) },
      { title: t('waiting'), n: true, cell: (row) => format.number(row.lagRecords) },
      { title: t('age'), n: true, cell: (row) => format.duration(row.lagSeconds) },
    ],
  });
}

export const pipelinePage = {
  source: null,
  /** @param {any} _answer @param {() => void} redraw */
  show: (_answer, redraw) => {
    const { status } = live;
    if (status === null) return skeleton();
    const { counts } = status;
    return [
      tiles(
        tile({
          label: t('captured'),
          value: format.number(counts.captured),
          note: `${format.number(status.tables)} ${t('tables')}`,
        }),
        tile({ label: t('loaded'), value: format.number(counts.loaded) }),
        tile({ label: t('laked'), value: format.number(counts.laked) }),
        tile({ label: t('alerted'), value: format.number(counts.alerted) }),
      ),
      grid(
        card(
          { title: t('flowTitle'), full: true },
          flow(status),
          h('p', { class: 'why position' }, `${t('position')} : `, h('code', null, status.position ?? '–')),
        ),
        copyCard(status.copy, redraw),
        card({ title: t('waitingTitle') }, waitingTable(status)),
      ),
    ];
  },
};
