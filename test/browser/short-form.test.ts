/** One page in each language in a real browser; every page, width and colour runs by `npm run test:browser`. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchChromium, openPage, visitPage } from './chromium.ts';
import { addTicket, type FirmOnline, startFirm } from './firm-online.ts';

void describe('the dashboard in a browser', () => {
  let firm: FirmOnline;
  let browser: Browser;

  before(async () => {
    [firm, browser] = await Promise.all([startFirm(1), launchChromium()]);
  });
  after(async () => {
    await browser.close();
    await firm[Symbol.asyncDispose]();
  });

  void it('shows a change of Dolibarr by itself, in French on a desk', async () => {
    await using watched = await openPage(browser, firm.base, { locale: 'fr', width: 1280 });
    const { page, complaints } = watched;
    await visitPage(page, firm.base, 'overview', 'fr');
    assert.equal(await page.locator('h1').textContent(), "Vue d'ensemble");
    const tickets = page.locator('.tile', { hasText: 'Tickets ouverts' }).locator('.figure');
    const before = Number(await tickets.textContent());
    await addTicket(firm.db);
    await page
      .locator('.tile', { hasText: 'Tickets ouverts' })
      .locator('.figure', { hasText: new RegExp(`^${before + 1}$`) })
      .first()
      .waitFor();
    assert.deepEqual(complaints, []);
  });

  void it('shows what somebody typed as text and never runs it, in English on a phone', async () => {
    await using watched = await openPage(browser, firm.base, { locale: 'en', width: 390, theme: 'dark' });
    const { page, complaints } = watched;
    await visitPage(page, firm.base, 'customers', 'en');
    assert.equal(await page.locator('h1').textContent(), 'Customers');
    await page.waitForSelector('th:has-text("<script>window.hacked=1</script>")');
    assert.equal(await page.evaluate('window.hacked'), undefined);
    const isWide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth');
    assert.equal(isWide, false, 'nothing is wider than the phone');
    assert.deepEqual(complaints, []);
  });
});
