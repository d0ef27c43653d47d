/** The frame of all pages: where one is, how the pipeline is, and which page is shown. */
import { loadSession, session } from './api.js';
import { document, window } from './browser.js';
import { redrawCharts } from './chart.js';
import { h, patch } from './dom.js';
import * as format from './format.js';
import { followLive, live } from './live.js';
import { icon } from './icons.js';
import { PageView } from './page-view.js';
import { chooseLanguage, loadSettings, nextTheme, settings } from './settings.js';
import { t } from './words.js';

const NAMES = /** @type {const} */ ([
  'overview',
  'interventions',
  'sites',
  'stock',
  'customers',
  'alerts',
  'quality',
  'pipeline',
  'sql',
]);

const pathOf = (/** @type {string} */ name) => (name === 'overview' ? '/' : `/${name}`);
const nameOf = () => NAMES.find((name) => pathOf(name) === window.location.pathname) ?? 'overview';

const root = /** @type {any} */ (document.getElementById('app'));
let view = new PageView(nameOf());
let isMenuOpen = false;

/** What the head says of the pipeline, worst first. */
function pipelineState() {
  const { status, connected, heardAt } = live;
  if (!connected && status) return { mood: 'bad', text: t('disconnected'), stale: heardAt };
  if (!status) return { mood: 'calm', text: t('loading') };
  if (status.failed.length > 0)
    return { mood: 'bad', text: t('trouble', { names: status.failed.join(', ') }) };
  if (status.copy) return { mood: 'warn', text: t('copying') };
  if (!status.isUpToDate && status.behindSeconds > 10) {
    return { mood: 'warn', text: t('behind', { time: format.duration(status.behindSeconds) }) };
  }
  return { mood: 'good', text: t('upToDate') };
}

function statusLine() {
  const { mood, text } = pipelineState();
  const at = live.status?.lastEventAt ?? null;
  const change = !live.status
    ? ''
    : at === null
      ? t('noChangeYet')
      : t('lastChange', { ago: format.ago(at) });
  return h(
    'a',
    { class: 'pulse', href: '/pipeline', 'data-link': true },
    h('span', { class: `dot ${mood}`, 'aria-hidden': 'true' }),
    h('strong', null, text),
    h('span', { class: 'since' }, change),
  );
}

function navigation() {
  const current = nameOf();
  return h(
    'nav',
    { id: 'menu', 'aria-label': t('menu'), class: isMenuOpen ? 'open' : null },
    NAMES.map((name) =>
      h(
        'a',
        { href: pathOf(name), 'data-link': true, 'aria-current': name === current ? 'page' : null },
        icon(name),
        h('span', null, t(name)),
      ),
    ),
  );
}

function foot() {
  return h(
    'div',
    { class: 'tools' },
    h(
      'button',
      { type: 'button', lang: settings.language === 'fr' ? 'en' : 'fr', onclick: changeLanguage },
      t('language'),
    ),
    h(
      'button',
      { type: 'button', onclick: changeTheme },
      `${t('theme')} · `,
      h('span', null, t(/** @type {any} */ (`theme.${settings.theme}`))),
    ),
    h('button', { type: 'button', onclick: () => window.print() }, t('print')),
    session.csrf ? h('form', { method: 'post', action: '/logout' }, h('button', null, t('logOut'))) : null,
    live.status ? h('p', { class: 'version' }, `Dolistream ${live.status.version}`) : null,
  );
}

function frame() {
  const { stale } = pipelineState();
  return h(
    'div',
    { id: 'app' },
    h('a', { class: 'skip', href: '#main' }, t('skip')),
    h(
      'header',
      { class: 'bar' },
      h('a', { class: 'brand', href: '/', 'data-link': true }, icon('brand'), 'Dolistream'),
      statusLine(),
      h(
        'button',
        {
          type: 'button',
          class: 'menu-button',
          'aria-expanded': String(isMenuOpen),
          'aria-controls': 'menu',
          onclick: toggleMenu,
        },
        t('menu'),
      ),
    ),
    h('aside', { class: `side${isMenuOpen ? ' open' : ''}` }, navigation(), foot()),
    h(
      'main',
      { id: 'main', tabindex: -1 },
      stale === undefined
        ? h('div', { class: 'stale', hidden: true })
        : h('div', { class: 'stale', role: 'status' }, t('staleSince', { time: format.time(stale) })),
      h('h1', null, t(nameOf())),
      view.render(),
    ),
  );
}

function render() {
  document.title = `${t(nameOf())} · Dolistream`;
  patch(root, frame());
}

function changeLanguage() {
  chooseLanguage(settings.language === 'fr' ? 'en' : 'fr');
  render();
  redrawCharts();
}

function changeTheme() {
  nextTheme();
  render();
  redrawCharts();
}

function toggleMenu() {
  isMenuOpen = !isMenuOpen;
  render();
}

function showPage() {
  isMenuOpen = false;
  view.leave();
  view = new PageView(nameOf());
  render();
  void view.enter(render);
}

/** Links between pages change the page without loading it. @param {MouseEvent} event */
function follow(event) {
  const target = /** @type {any} */ (event.target);
  const link = target?.closest?.('a[data-link]');
  if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (link.href === window.location.href) return;
  window.history.pushState(null, '', link.href);
  showPage();
  window.scrollTo(0, 0);
  document.getElementById('main')?.focus({ preventScroll: true });
}

async function start() {
  await loadSession().catch(() => undefined);
  loadSettings(session.locale);
  document.addEventListener('click', follow);
  window.addEventListener('popstate', showPage);
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && isMenuOpen) toggleMenu();
  });
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redrawCharts);
  window.addEventListener('beforeprint', redrawCharts);
  render();
  void view.enter(render);
  followLive({ onStatus: render, onData: () => void view.refresh() });
  // Ages in the head grow by themselves.
  window.setInterval(render, 5000);
}

void start();
