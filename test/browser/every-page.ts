/**
 * Every page in a real browser: both languages, desk and phone, light and dark; what it says to those who cannot see it;
 * and how long a commit takes to be seen. Screenshots go to test/browser/screenshots. Run by `npm run test:browser`.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { packagePath } from '../../app/paths.ts';
import { launchChromium, openPage, type Visit, visitPage } from './chromium.ts';
import { addTicket, type FirmOnline, startFirm } from './firm-online.ts';

const NAMES = [
  ...['overview', 'interventions', 'sites', 'stock', 'customers'],
  ...['alerts', 'quality', 'pipeline', 'sql'],
];
const VISITS: readonly Visit[] = [
  { locale: 'fr', width: 1360, theme: 'light' },
  { locale: 'en', width: 1360, theme: 'dark' },
  { locale: 'fr', width: 390, theme: 'dark' },
  { locale: 'en', width: 390, theme: 'light' },
];
const MONTHS = 18;
const LIVE_CHANGES = 10;
/** A commit is seen within this, by the median of the changes, ms. */
const SEEN_WITHIN_MS = 1000;

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[];
}

/** What axe finds that keeps somebody from using the page. */
async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate<readonly Finding[]>(
    "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }).then(({ violations }) => violations)",
  );
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')}: ${failureSummary}`),
    );
}

void describe('every page of the dashboard', () => {
  const screenshots = packagePath('test', 'browser', 'screenshots');
  let firm: FirmOnline;
  let browser: Browser;

  before(async () => {
    mkdirSync(screenshots, { recursive: true });
    [firm, browser] = await Promise.all([startFirm(MONTHS), launchChromium()]);
    await firm.runtime.analytics.analyze({ module: null }, new AbortController().signal);
  });
  after(async () => {
    await browser.close();
    await firm[Symbol.asyncDispose]();
  });

  for (const visit of VISITS) {
    const { locale, width, theme } = visit;
    for (const name of NAMES) {
      void it(`${name} in ${locale}, ${width} wide, ${theme}`, async () => {
        await using watched = await openPage(browser, firm.base, visit);
        const { page, complaints } = watched;
        await visitPage(page, firm.base, name, locale);
        if (name === 'sql') {
          await page.locator('button.primary').click();
          await page.locator('#sql-result table').waitFor();
        }
        assert.equal(await page.locator('html').getAttribute('lang'), locale);
        assert.equal(await page.evaluate('window.hacked'), undefined);
        assert.equal(
          await page.evaluate('document.documentElement.scrollWidth > window.innerWidth'),
          false,
          'nothing is wider than the window',
        );
        assert.deepEqual(await seriousFindings(page), []);
        await page.screenshot({ path: `${screenshots}/${name}-${locale}-${width}.png`, fullPage: true });
        assert.deepEqual(complaints, []);
      });
    }
  }

  void it('is walked through with the keyboard alone', async () => {
    await using watched = await openPage(browser, firm.base, { locale: 'en', width: 1360 });
    const { page } = watched;
    await visitPage(page, firm.base, 'overview', 'en');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.className'), 'skip');
    for (let n = 0; n < 5; n++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.page:not(:has(.skeleton)):not(#page-overview)');
    assert.equal(await page.evaluate('document.activeElement.id'), 'main');
  });

  void it('shows a commit within a second', async (context) => {
    await using watched = await openPage(browser, firm.base, { locale: 'en', width: 1360 });
    const { page } = watched;
    const tile = page.locator('.tile', { hasText: 'Open tickets' }).locator('.figure');
    const seenMs: number[] = [];
    for (let n = 0; n < LIVE_CHANGES; n++) {
      // Anew each time: a commit by itself is measured, not how often a page that never rests is computed.
      await visitPage(page, firm.base, 'overview', 'en');
      const shown = Number(await tile.textContent());
      await addTicket(firm.db);
      const committedAt = performance.now();
      await tile.filter({ hasText: new RegExp(`^${shown + 1}$`) }).waitFor();
      seenMs.push(performance.now() - committedAt);
    }
    seenMs.sort((a, b) => a - b);
    const median = seenMs[LIVE_CHANGES / 2]!;
    context.diagnostic(`seen after ${seenMs.map(Math.round).join(', ')} ms`);
    assert.ok(median < SEEN_WITHIN_MS, `median ${Math.round(median)} ms`);
  });
});
