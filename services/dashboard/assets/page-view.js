/** One page on the screen: reads its figures, shows them, and reads them again when they have changed. */
import { get } from './api.js';
import { window } from './browser.js';
import { h } from './dom.js';
import { failure, skeleton } from './parts.js';
import { alertsPage } from './pages/alerts.js';
import { customersPage } from './pages/customers.js';
import { interventionsPage } from './pages/interventions.js';
import { overviewPage } from './pages/overview.js';
import { pipelinePage } from './pages/pipeline.js';
import { qualityPage } from './pages/quality.js';
import { sitesPage } from './pages/sites.js';
import { sqlPage } from './pages/sql.js';
import { stockPage } from './pages/stock.js';

/**
 * @typedef {object} Page
 * @property {string | null} source what to get; null: the page gets what it needs itself
 * @property {string} [more] what else to get, where the process has it
 * @property {(answer: any, redraw: () => void, again: () => void) => any} show
 */
/** @type {Record<string, Page>} */
const PAGES = {
  overview: overviewPage,
  interventions: interventionsPage,
  sites: sitesPage,
  stock: stockPage,
  customers: customersPage,
  alerts: alertsPage,
  quality: qualityPage,
  pipeline: pipelinePage,
  sql: sqlPage,
};

/** While changes never stop, figures that move more often than this cannot be read, ms. */
const SHORTEST_PAUSE_MS = 400;

/** Null where this process does not do that. @param {string} path @param {AbortSignal} signal */
const getIfThere = (path, signal) =>
  get(path, signal).catch((error) => {
    if (error.status === 404 || error.status === 503) return null;
    throw error;
  });

export class PageView {
  /** @param {string} name */
  constructor(name) {
    this.name = name;
    this.page = /** @type {Page} */ (PAGES[name]);
    /** @type {any} */
    this.answer = this.page.source === null ? {} : null;
    /** @type {any} */
    this.error = null;
    this.leaving = new window.AbortController();
    /** @type {() => void} */
    this.redraw = () => undefined;
    this.isReading = false;
    this.isWanted = false;
    this.readAt = -Infinity;
    this.timer = 0;
  }

  /** @param {() => void} redraw */
  async enter(redraw) {
    this.redraw = redraw;
    await this.refresh();
  }

  leave() {
    this.leaving.abort();
    window.clearTimeout(this.timer);
  }

  /** At once when the last time is a while ago, else in a moment; never two at a time. */
  async refresh() {
    if (this.page.source === null || this.leaving.signal.aborted) return;
    if (this.isReading) {
      this.isWanted = true;
      return;
    }
    const wait = this.readAt + SHORTEST_PAUSE_MS - window.performance.now();
    if (wait > 0) {
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.refresh(), wait);
      return;
    }
    this.isReading = true;
    this.isWanted = false;
    try {
      const { source, more } = this.page;
      const { signal } = this.leaving;
      const [answer, extra] = await Promise.all([
        get(source, signal),
        more ? getIfThere(more, signal) : null,
      ]);
      this.answer = more ? { ...answer, extra } : answer;
      this.error = null;
    } catch (error) {
      if (this.leaving.signal.aborted) return;
      this.error = error;
    } finally {
      this.isReading = false;
      this.readAt = window.performance.now();
    }
    this.redraw();
    if (this.isWanted) await this.refresh();
  }

  render() {
    const again = () => {
      this.readAt = -Infinity;
      void this.refresh();
    };
    // Figures that were read stay when the next ones cannot be: the head says that they are old.
    if (this.answer === null)
      return h(
        'div',
        { class: 'page', id: `page-${this.name}` },
        this.error ? failure(this.error, again) : skeleton(),
      );
    return h(
      'div',
      { class: 'page', id: `page-${this.name}` },
      this.page.show(this.answer, this.redraw, again),
    );
  }
}
