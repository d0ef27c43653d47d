/** Questions in SQL, read-only, on the endpoint that every ClickHouse client uses. */
import { runSql } from '../api.js';
import { document, window } from '../browser.js';
import { h } from '../dom.js';
import * as format from '../format.js';
import { card, empty, grid } from '../parts.js';
import { t } from '../words.js';

const DATABASE = 'dolibarr_warehouse';
const EXAMPLES = /** @type {const} */ ([
  [
    'example.tables',
    "SELECT database, name, total_rows\nFROM system.tables\nWHERE database NOT IN ('system', 'ingest', 'INFORMATION_SCHEMA', 'information_schema')\nORDER BY database, name",
  ],
  [
    'example.sites',
    `SELECT ref, title, invoiced, spent, margin\nFROM ${DATABASE}.v_site_profitability\nORDER BY margin\nLIMIT 50`,
  ],
  [
    'example.tickets',
    `SELECT month, tickets, solved, open, mean_hours_to_resolve\nFROM ${DATABASE}.v_tickets_monthly\nORDER BY month DESC`,
  ],
  [
    'example.history',
    `SELECT *\nFROM ${DATABASE}.v_record_history(source_table = 'llx_ticket', record = 1)\nORDER BY seq`,
  ],
]);

const asked = {
  sql: /** @type {string} */ (EXAMPLES[0][1]),
  /** @type {any} */
  result: null,
  error: '',
  seconds: 0,
  copied: false,
  /** @type {AbortController | null} */
  running: null,
};

/** @param {() => void} redraw */
async function run(redraw) {
  if (asked.running || asked.sql.trim() === '') return;
  asked.running = new window.AbortController();
  Object.assign(asked, { error: '', copied: false });
  redraw();
  const startedAt = window.performance.now();
  try {
    asked.result = await runSql(asked.sql, asked.running.signal);
  } catch (error) {
    asked.result = null;
    asked.error = asked.running.signal.aborted ? '' : /** @type {Error} */ (error).message;
  }
  asked.seconds = (window.performance.now() - startedAt) / 1000;
  asked.running = null;
  redraw();
}

/** @param {any} value a cell that a spreadsheet must not take for a formula */
function csvCell(value) {
  const text = value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  const plain = /^[=+\-@\t\r]/.test(text) && !Number.isFinite(Number(text)) ? `'${text}` : text;
  return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** @param {() => void} redraw */
async function copyCsv(redraw) {
  const { meta, data } = asked.result;
  const lines = [meta.map((/** @type {any} */ { name }) => name), ...data].map((cells) =>
    cells.map(csvCell).join(','),
  );
  await window.navigator.clipboard.writeText(lines.join('\r\n'));
  asked.copied = true;
  redraw();
}

/** @param {any} value */
function cell(value) {
  if (value === null) return h('span', { class: 'why' }, 'NULL');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function resultTable() {
  const { meta, data } = asked.result;
  const isNumber = meta.map((/** @type {any} */ { type }) =>
    /^(Nullable\()?(U?Int|Float|Decimal)/.test(type),
  );
  return h(
    'div',
    { class: 'scroll tall', tabindex: 0, role: 'region', 'aria-label': t('sqlTitle') },
    h(
      'table',
      { class: 'raw' },
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          meta.map((/** @type {any} */ column, /** @type {number} */ at) =>
            h('th', { scope: 'col', class: isNumber[at] ? 'n' : null, title: column.type }, column.name),
          ),
        ),
      ),
      h(
        'tbody',
        null,
        data.map((/** @type {any[]} */ row) =>
          h(
            'tr',
            null,
            row.map((value, at) => h('td', { class: isNumber[at] ? 'n' : null }, cell(value))),
          ),
        ),
      ),
    ),
  );
}

/** @param {() => void} redraw */
function resultCard(redraw) {
  const { result, error, seconds, copied } = asked;
  if (error !== '')
    return card(
      { title: t('sqlTitle'), full: true, id: 'sql-result' },
      h('pre', { class: 'error', role: 'alert' }, error),
    );
  if (result === null)
    return card({ title: t('sqlTitle'), full: true, id: 'sql-result' }, empty(t('sqlEmpty')));
  const rows = result.data.length;
  const why =
    t('rowsOf', { rows: format.number(rows), time: format.duration(seconds) }) +
    (rows >= 1000 ? ` · ${t('truncated')}` : '');
  const side = h(
    'button',
    { type: 'button', class: 'quiet', onclick: () => void copyCsv(redraw) },
    copied ? t('copied') : t('copyCsv'),
  );
  return card(
    { title: t('sqlTitle'), full: true, id: 'sql-result', why, side },
    rows === 0 ? empty(t('noRows')) : resultTable(),
  );
}

/** @param {string} sql @param {() => void} redraw */
function choose(sql, redraw) {
  asked.sql = sql;
  const area = /** @type {any} */ (document.getElementById('sql-text'));
  area.value = sql;
  area.focus();
  redraw();
}

/** @param {() => void} redraw */
function form(redraw) {
  const onkeydown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    void run(redraw);
  };
  const onsubmit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (asked.running) asked.running.abort();
    else void run(redraw);
  };
  return h(
    'form',
    { class: 'sql', onsubmit },
    h('label', { class: 'hidden', for: 'sql-text' }, t('sqlLabel')),
    h(
      'textarea',
      {
        id: 'sql-text',
        rows: 7,
        spellcheck: 'false',
        autocapitalize: 'off',
        onkeydown,
        oninput: (/** @type {any} */ event) => (asked.sql = event.target.value),
      },
      asked.sql,
    ),
    h(
      'div',
      { class: 'actions' },
      h('button', { class: 'primary' }, asked.running ? t('stop') : t('run')),
      h('span', { class: 'why' }, `${t('examples')} :`),
      EXAMPLES.map(([word, sql]) =>
        h('button', { type: 'button', class: 'quiet', onclick: () => choose(sql, redraw) }, t(word)),
      ),
    ),
  );
}

export const sqlPage = {
  source: null,
  /** @param {any} _answer @param {() => void} redraw */
  show: (_answer, redraw) =>
    grid(card({ title: t('sqlLabel'), why: t('sqlWhy'), full: true }, form(redraw)), resultCard(redraw)),
};
