/**
 * What an office does to a pipeline at work: pages that are open (server-sent events, and the page's figures whenever they
 * have changed) and questions in SQL, while a firm's changes stream. Everything, this program included, shares the machine.
 */
import { once } from 'node:events';
import { get } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import type { PrivateMariadb } from '../adapters/mariadb/private-server/start-private-mariadb.ts';
import { createDolibarr } from '../simulator/create-dolibarr.ts';
import { seedHistory } from '../simulator/seed-history.ts';
import { answersOf, spawnWorker } from './run-worker.ts';
import { runTicketTraffic } from './ticket-traffic.ts';

interface Times {
  readonly n: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

export interface DashboardLoadReport {
  readonly clients: number;
  readonly seconds: number;
  readonly changes_s: number;
  readonly queries_s: number;
  /** Events that the open pages were sent, all together, a second. */
  readonly told_s: number;
  /** From the commit of a row until a question finds it. */
  readonly queryable_ms: Times;
  readonly page_ms: Times;
  readonly query_ms: Times;
  readonly refused: number;
  readonly rss_mb: number;
}

/** Rows that a ticket of ticket-traffic.ts writes. */
const CHANGES_PER_TICKET = 6;
const PROBE_EVERY_MS = 500;
const ASK_EVERY_MS = 25;
const PAGES = ['overview', 'interventions', 'sites', 'stock', 'customers', 'quality'];
const QUESTIONS = [
  'SELECT count() FROM mirror.llx_ticket',
  'SELECT fk_statut, count() FROM mirror.llx_ticket GROUP BY fk_statut',
  'SELECT ref, subject FROM mirror.llx_ticket ORDER BY rowid DESC LIMIT 20',
  'SELECT * FROM dolibarr_warehouse.v_tickets_monthly LIMIT 12',
  'SELECT * FROM dolibarr_warehouse.v_active_projects LIMIT 20',
];

export async function measureDashboardLoad(
  server: PrivateMariadb,
  options: {
    readonly clients: number;
    readonly queries: number;
    readonly changes: number;
    readonly seconds: number;
    readonly folder: string;
    readonly say: (line: string) => void;
  },
): Promise<DashboardLoadReport> {
  const { clients, seconds, say } = options;
  const source = server.url('dolibarr');
  await createDolibarr({ url: source, replace: true });
  await seedHistory({ url: source, seed: 1, months: 6, size: 'small' });
  const connection = await mysql.createConnection(source);
  await connection.query('CREATE TABLE llx_bench_probe (rowid BIGINT PRIMARY KEY)');
  const dataDir = join(options.folder, 'dashboard-load');
  const worker = spawnWorker({ kind: 'serve', source, dataDir, webhookUrl: 'http://127.0.0.1:65535/' });
  const answers = answersOf(worker)[Symbol.asyncIterator]();
  const { http } = (await answers.next()).value as { http: string };
  say(`pipeline is up; ${clients} pages, ${options.queries} questions/s, ${options.changes} changes/s`);
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), seconds * 1000);
  const load = new Load(http, end.signal);
  try {
    const [tickets] = await Promise.all([
      runTicketTraffic(source, options.changes / CHANGES_PER_TICKET, end.signal),
      load.probe(connection),
      load.ask(options.queries),
      ...Array.from({ length: clients }, (_, index) => load.open(PAGES[index % PAGES.length]!)),
    ]);
    worker.kill('SIGTERM');
    const { peakMemoryBytes } = (await answers.next()).value as { peakMemoryBytes: number };
    return {
      ...{ clients, seconds, changes_s: Math.round((tickets * CHANGES_PER_TICKET) / seconds) },
      queries_s: Math.round(load.queries.length / seconds),
      told_s: Math.round(load.told / seconds),
      queryable_ms: timesOf(load.seen),
      page_ms: timesOf(load.pages),
      query_ms: timesOf(load.queries),
      refused: load.refused,
      rss_mb: Math.round(peakMemoryBytes / 1e6),
    };
  } finally {
    clearTimeout(timer);
    end.abort();
    if (worker.exitCode === null && worker.kill('SIGKILL')) await once(worker, 'exit');
    await connection.end();
  }
}

class Load {
  readonly #http: string;
  readonly #ending: AbortSignal;
  readonly pages: number[] = [];
  readonly queries: number[] = [];
  readonly seen: number[] = [];
  told = 0;
  refused = 0;

  constructor(http: string, ending: AbortSignal) {
    this.#http = http;
    this.#ending = ending;
  }

  /** One open page, as services/dashboard/assets/live.js does it: a change is asked for once the last answer is there. */
  async open(page: string): Promise<void> {
    const response = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
      get(`${this.#http}/api/live`, { agent: false, signal: this.#ending }, resolve).on('error', reject);
    });
    let etag = '';
    let isStale = false;
    let asking: Promise<void> | null = null;
    const refresh = async (): Promise<void> => {
      while (isStale && !this.#ending.aborted) {
        isStale = false;
        etag = await this.#read(page, etag);
      }
      asking = null;
    };
    try {
      for await (const line of createInterface({ input: response })) {
        if (!line.startsWith('event: data')) continue;
        this.told++;
        isStale = true;
        asking ??= refresh();
      }
    } catch (error) {
      if (!this.#ending.aborted) throw error;
    }
    await asking;
  }

  async #read(page: string, etag: string): Promise<string> {
    const startedAt = performance.now();
    const response = await fetch(`${this.#http}/api/${page}`, { headers: { 'if-none-match': etag } });
    await response.arrayBuffer();
    this.pages.push(performance.now() - startedAt);
    if (response.status !== 200 && response.status !== 304) this.refused++;
    return response.headers.get('etag') ?? '';
  }

  /** So many questions a second, however long the answers take. */
  async ask(perSecond: number): Promise<void> {
    const startedAt = performance.now();
    const asked: Promise<void>[] = [];
    for (let count = 0; !this.#ending.aborted; count++) {
      const aheadMs = (count * 1000) / perSecond - (performance.now() - startedAt);
      if (aheadMs > 0) await pause(aheadMs);
      asked.push(this.#query(QUESTIONS[count % QUESTIONS.length]!));
    }
    await Promise.all(asked);
  }

  async #query(sql: string): Promise<void> {
    const startedAt = performance.now();
    const response = await fetch(`${this.#http}/?query=${encodeURIComponent(sql)}`);
    await response.arrayBuffer();
    this.queries.push(performance.now() - startedAt);
    if (response.status !== 200) this.refused++;
  }

  /** Commits a row, then asks until it is there. */
  async probe(connection: mysql.Connection): Promise<void> {
    for (let id = 1; !this.#ending.aborted; id++) {
      await connection.query('INSERT INTO llx_bench_probe VALUES (?)', [id]);
      const committedAt = performance.now();
      const sql = `SELECT count() FROM mirror.llx_bench_probe WHERE rowid = ${id}`;
      for (;;) {
        const response = await fetch(`${this.#http}/?query=${encodeURIComponent(sql)}`);
        if ((await response.text()).trim() === '1') break;
        await pause(ASK_EVERY_MS);
      }
      this.seen.push(performance.now() - committedAt);
      await pause(PROBE_EVERY_MS);
    }
  }
}

function timesOf(values: readonly number[]): Times {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return { n: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1) };
}
