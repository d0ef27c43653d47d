/**
 * How fast the KPI views answer on a large firm while changes load, and how long a change takes to be in a view. The firm's
 * past is made directly in the mirror (shipping it would measure the loader); the changes go through the whole pipeline.
 */
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import type { PrivateMariadb } from '../adapters/mariadb/private-server/start-private-mariadb.ts';
import { packagePath } from '../app/paths.ts';
import { DolistreamError } from '../core/errors.ts';
import { createDolibarr } from '../simulator/create-dolibarr.ts';
import { seedHistory } from '../simulator/seed-history.ts';
import { answersOf, runWorker, spawnWorker } from './run-worker.ts';
import { runTicketTraffic } from './ticket-traffic.ts';

export interface KpiReport {
  readonly tickets: number;
  readonly rebuild_s: number;
  readonly changes_s: number;
  readonly views: readonly { readonly name: string; readonly p50_ms: number; readonly p95_ms: number }[];
  readonly freshness_p50_ms: number;
  readonly freshness_p99_ms: number;
  readonly rss_mb: number;
}

export interface KpiOptions {
  readonly tickets: number;
  readonly seconds: number;
  readonly folder: string;
  readonly say: (line: string) => void;
}

/** A ticket with its extrafields and event is six row changes. */
const CHANGES_PER_TRANSACTION = 6;
const CHANGES_PER_SECOND = 300;
/** One person looking at a page after the other. */
const BETWEEN_VIEWS_MS = 100;
const PROBE_EVERY_MS = 100;
/** Asking is work, too: asked without a pause, the questions alone would keep a core busy. */
const ASK_EVERY_MS = 25;
/** Made in one block, a million rows do not fit into the engine's memory. */
const SMALL_BLOCKS = 'SETTINGS min_insert_block_size_rows = 65000, min_insert_block_size_bytes = 16777216';
/** A view that takes parameters is asked with these. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  v_stock_at_date: '(day = today() - 100)',
  v_record_history: "(source_table = 'llx_ticket', record = 1)",
};
export async function measureKpis(server: PrivateMariadb, options: KpiOptions): Promise<KpiReport> {
  const { tickets, seconds, folder, say } = options;
  const source = server.url('dolibarr');
  const dataDir = join(folder, `kpi-${tickets}`);
  await createDolibarr({ url: source, replace: true });
  await seedHistory({ url: source, seed: 1, months: 6, size: 'small' });
  await runWorker({ kind: 'prepare', source, dataDir });
  const { seconds: fillSeconds } = await runWorker<{ seconds: number }>({ kind: 'fill', dataDir, tickets });
  say(`${tickets} tickets' firm made in ${Math.round(fillSeconds)} s`);
  const startedAt = performance.now();
  const worker = spawnWorker({ kind: 'serve', source, dataDir, webhookUrl: 'http://127.0.0.1:9/none' });
  const answers = answersOf(worker)[Symbol.asyncIterator]();
  const { http } = (await answers.next()).value as { http: string };
  const rebuildSeconds = (performance.now() - startedAt) / 1000;
  say(`model derived and pipeline up in ${Math.round(rebuildSeconds)} s`);
  const end = new AbortController();
  try {
    const traffic = runTicketTraffic(source, CHANGES_PER_SECOND / CHANGES_PER_TRANSACTION, end.signal);
    const trafficStarted = performance.now();
    const freshness = probeFreshness(source, http, end.signal);
    const views = await timeViews(http, seconds * 1000);
    end.abort();
    const committed = await traffic;
    const trafficSeconds = (performance.now() - trafficStarted) / 1000;
    const delays = (await freshness).sort((a, b) => a - b);
    worker.kill('SIGTERM');
    const { peakMemoryBytes } = (await answers.next()).value as { peakMemoryBytes: number };
    return {
      tickets,
      rebuild_s: Math.round(rebuildSeconds),
      changes_s: Math.round((committed * CHANGES_PER_TRANSACTION) / trafficSeconds),
      views,
      freshness_p50_ms: at(delays, 0.5),
      freshness_p99_ms: at(delays, 0.99),
      rss_mb: Math.round(peakMemoryBytes / 1e6),
    };
  } finally {
    end.abort();
    if (worker.exitCode === null && worker.kill('SIGKILL')) await once(worker, 'exit');
  }
}

const at = (sorted: readonly number[], share: number): number =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);

async function ask(http: string, sql: string): Promise<string> {
  const response = await fetch(`${http}/?query=${encodeURIComponent(sql)}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`${sql}: ${text}`);
  return text;
}

async function timeViews(http: string, forMs: number): Promise<KpiReport['views']> {
  const files = await readdir(packagePath('clickhouse', 'views'));
  const names = files.map((file) => file.replace(/\.sql$/, '')).sort();
  const times = new Map(names.map((name) => [name, [] as number[]]));
  const endAt = performance.now() + forMs;
  while (performance.now() < endAt) {
    for (const name of names) {
      const startedAt = performance.now();
      await ask(http, `SELECT * FROM dolibarr_warehouse.${name}${ARGUMENTS[name] ?? ''} FORMAT Null`);
      times.get(name)!.push(performance.now() - startedAt);
      await pause(BETWEEN_VIEWS_MS);
    }
  }
  return [...times].map(([name, list]) => {
    const sorted = list.sort((a, b) => a - b);
    return { name, p50_ms: at(sorted, 0.5), p95_ms: at(sorted, 0.95) };
  });
}

/** Commits a ticket, then asks until the fact that the views read has it. */
async function probeFreshness(source: string, http: string, ending: AbortSignal): Promise<number[]> {
  const connection = await mysql.createConnection(source);
  const delays: number[] = [];
  for (let number = 1; !ending.aborted; number++) {
    const [inserted] = await connection.query(
      "INSERT INTO llx_ticket (entity, ref, track_id, fk_soc, subject, fk_statut, datec) VALUES (1, ?, ?, 1, 'Sonde', 0, NOW())",
      [`PROBE${number}`, `probe-${number}`],
    );
    const committedAt = performance.now();
    const sql = `SELECT count() FROM dolibarr_warehouse.fact_tickets WHERE ticket_id = ${(inserted as { insertId: number }).insertId}`;
    while ((await ask(http, sql)).trim() !== '1') await pause(ASK_EVERY_MS);
    delays.push(performance.now() - committedAt);
    await pause(PROBE_EVERY_MS);
  }
  await connection.end();
  return delays;
}

/** Fills the mirror of a stopped pipeline, and makes the model be derived anew at the next start. */
export async function fillMirror(
  stores: {
    readonly command: (sql: string) => Promise<void>;
    readonly forgetModel: () => Promise<void>;
  },
  tickets: number,
): Promise<{ seconds: number }> {
  const startedAt = performance.now();
  const text = await readFile(packagePath('bench', 'kpi-fill.sql'), 'utf8');
  for (const statement of text.split(/;\s*$/m)) {
    if (statement.replace(/^--.*$/gm, '').trim() === '') continue;
    const sql = `${statement.replaceAll('{tickets}', String(tickets))} ${SMALL_BLOCKS}`;
    await untilThereIsMemory(() => stores.command(sql));
  }
  await stores.forgetModel();
  return { seconds: (performance.now() - startedAt) / 1000 };
}

/** The engine gives memory back when its merges end. An insert that failed half way is repeated: the rows have keys. */
async function untilThereIsMemory(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DolistreamError) || !error.retryable) throw error;
      await pause(1000);
    }
  }
}
