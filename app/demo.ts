/**
 * The demo: a private MariaDB with a simulated Dolibarr, live traffic on it, and the whole pipeline behind, all under
 * the data folder. A later demo on the same folder goes on where the last one ended.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { installMariadb } from '../adapters/mariadb/private-server/install-mariadb.ts';
import {
  type PrivateMariadb,
  startPrivateMariadb,
} from '../adapters/mariadb/private-server/start-private-mariadb.ts';
import { systemClock } from '../core/clock.ts';
import { createDolibarr } from '../simulator/create-dolibarr.ts';
import { runTraffic } from '../simulator/run-traffic.ts';
import { seedHistory } from '../simulator/seed-history.ts';
import { type OpenFolder, openFolder, openRuntimeIn } from './connect-runtime.ts';
import { openDataDir } from './data-dir.ts';
import type { Options } from './options.ts';
import type { Composition, PipelineCounts, Runtime, Status } from './runtime.ts';
import type { SourceAddress } from './source-address.ts';

const DATABASE = 'dolibarr';
const CAPTURE_USER = 'dolistream';
const REDRAW_MS = 500;
const DEMO_ROLL_SECONDS = 5;

/** How the demo talks while it runs. */
export interface DemoView extends Disposable {
  /** A line that stays. */
  say(line: string): void;
  /** The state right now; called often. */
  show(status: Status, now: number): void;
}

export interface DemoRequest {
  /** Its source is ignored: the demo makes its own. */
  readonly options: Options;
  readonly composition: Composition;
  readonly view: DemoView;
  /** null: nobody can be asked, go on. */
  readonly ask: ((question: string) => Promise<boolean>) | null;
  readonly signal: AbortSignal;
}

/** What this run has done. */
export interface DemoReport {
  readonly counts: PipelineCounts;
}

/** Runs until the time of --for is over or `signal` aborts; both end it cleanly. */
export async function runDemo(request: DemoRequest): Promise<DemoReport> {
  const { view, composition, signal } = request;
  const password = randomBytes(18).toString('base64url');
  const planned = withSource(request.options, { ...CAPTURE_ADDRESS, password });
  const folder = openFolder(openDataDir(planned.data), { options: planned, terminal: null });
  await using opened = folder.opened;
  folder.dataDir.claim('demo');
  const server = await startSource(folder, request);
  opened.add(() => server.stop());
  await fillDolibarr(server, request);
  await createCaptureUser(server, password);
  signal.throwIfAborted();
  const options = {
    ...withSource(planned, { ...planned.source, host: server.host, port: server.port }),
    // Whoever watches wants to see files now, not in a minute.
    lakeRollSeconds: Math.min(planned.lakeRollSeconds, DEMO_ROLL_SECONDS),
  };
  const { runtime } = await openRuntimeIn(folder, { options, composition });
  view.say('Starting capture, lake, warehouse and alerts.');
  const before = (await runtime.status()).counts;
  await runtime.start({ http: true });
  await runLive(request, runtime, server);
  const after = (await runtime.status()).counts;
  return { counts: subtractCounts(after, before) };
}

const CAPTURE_ADDRESS = { host: '127.0.0.1', port: 3306, user: CAPTURE_USER, database: DATABASE };

function withSource(options: Options, source: SourceAddress): Options & { readonly source: SourceAddress } {
  return { ...options, source };
}

async function startSource(folder: OpenFolder, request: DemoRequest): Promise<PrivateMariadb> {
  const { view, options, ask } = request;
  const log = (line: string): void => view.say(line);
  await installMariadb(ask === null || options.yes ? { log } : { log, ask });
  const dir = join(folder.dataDir.folder('demo'), 'mariadb');
  const server = await startPrivateMariadb({ dir });
  view.say(`MariaDB ${server.version} runs in ${dir}, port ${server.port}.`);
  return server;
}

/** A marker file tells a history that is complete from one whose making was interrupted. */
async function fillDolibarr(server: PrivateMariadb, { view, options }: DemoRequest): Promise<void> {
  const marker = join(options.data, 'demo', 'filled');
  if (existsSync(marker)) return;
  view.say(`Inventing a construction firm with ${options.demoMonths} months of history.`);
  const url = server.url(DATABASE);
  await createDolibarr({ url, replace: true });
  await seedHistory({ url, seed: options.demoSeed, months: options.demoMonths, timeZone: options.timeZone });
  writeFileSync(marker, `${options.demoSeed}\n`);
}

/** The same rights as docs/05-operations.md asks for; the password is new at each start and kept nowhere. */
async function createCaptureUser(server: PrivateMariadb, password: string): Promise<void> {
  const connection = await mysql.createConnection(server.url());
  try {
    const user = `${mysql.escapeId(CAPTURE_USER)}@'%'`;
    await connection.query(`CREATE OR REPLACE USER ${user} IDENTIFIED BY ?`, [password]);
    await connection.query(`GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO ${user}`);
    await connection.query(`GRANT SELECT ON ${mysql.escapeId(DATABASE)}.* TO ${user}`);
  } finally {
    await connection.end();
  }
}

/** Traffic and view until the end; then the traffic stops and the stages finish what was committed. */
async function runLive(request: DemoRequest, runtime: Runtime, server: PrivateMariadb): Promise<void> {
  const { options, signal, view } = request;
  const ending = new AbortController();
  const end = (): void => ending.abort();
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  // Not AbortSignal.any(AbortSignal.timeout()): Node 20 may collect those as garbage, and the end never comes.
  const timer = options.runFor === null ? undefined : setTimeout(end, options.runFor);
  const show = async (): Promise<void> => {
    const status = await runtime.status().catch(() => null); // A missed picture; the next one comes.
    if (status !== null && !ending.signal.aborted) view.show(status, systemClock.now());
  };
  const redraw = setInterval(() => void show(), REDRAW_MS);
  try {
    const traffic = runTraffic({
      url: server.url(DATABASE),
      seed: systemClock.now() % 2 ** 32,
      rate: options.demoRate,
      timeZone: options.timeZone,
      signal: ending.signal,
    });
    await Promise.race([traffic, runtime.finished()]);
    await traffic;
    view.say('Traffic has ended; finishing what was committed.');
    await runtime.waitUntilCaughtUp(new AbortController().signal);
  } finally {
    end();
    clearTimeout(timer);
    clearInterval(redraw);
    signal.removeEventListener('abort', end);
  }
}

function subtractCounts(after: PipelineCounts, before: PipelineCounts): PipelineCounts {
  return {
    captured: after.captured - before.captured,
    loaded: after.loaded - before.loaded,
    laked: after.laked - before.laked,
    alerted: after.alerted - before.alerted,
  };
}
