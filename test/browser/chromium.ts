/** Debian's Chromium, driven by playwright-core; installed as MariaDB is when it is missing. */
import { access } from 'node:fs/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { installPackages } from '../../adapters/mariadb/private-server/install-packages.ts';

const LONGEST_WAIT_MS = 120_000;
const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** A font with all the signs of the pages. */
const PACKAGES = ['chromium', 'fonts-inter'];

async function findProgram(): Promise<string | null> {
  for (const path of PATHS) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return null;
}

/** Rejects with MISSING_PROGRAM and what to type when it is missing and cannot be installed. */
export async function launchChromium(): Promise<Browser> {
  if ((await findProgram()) === null) {
    await installPackages(PACKAGES, 'Chromium', { log: (line) => process.stderr.write(`${line}\n`) });
  }
  const executablePath = (await findProgram()) ?? PATHS[0]!;
  // Root has no sandbox of its own; what is opened here is ours alone.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}

export interface Visit {
  readonly locale: 'fr' | 'en';
  readonly width: number;
  readonly theme?: 'light' | 'dark';
}

/** A page, and everything that went wrong on it. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors and warnings of scripts and of the policy, and requests to another host. */
  readonly complaints: string[];
}

export async function openPage(browser: Browser, base: string, visit: Visit): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: visit.width, height: visit.width < 600 ? 844 : 900 },
    colorScheme: visit.theme ?? 'light',
    locale: visit.locale === 'fr' ? 'fr-FR' : 'en-GB',
    timezoneId: 'Europe/Paris',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  // A busy machine is slow; what never comes fails all the same.
  page.setDefaultTimeout(LONGEST_WAIT_MS);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'data:' && protocol !== 'blob:' && origin !== base) complaints.push(request.url());
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

/** Opens a page of the dashboard and waits until its figures are there. */
export async function visitPage(page: Page, base: string, name: string, locale: string): Promise<void> {
  await page.goto(`${base}/${name === 'overview' ? '' : name}?lang=${locale}`);
  await page.waitForSelector('.page:not(:has(.skeleton))');
  await page.waitForSelector('.pulse .since:not(:empty)');
  const charts = await page.locator('.chart').count();
  if (charts > 0) await page.locator('.chart canvas').first().waitFor();
}
