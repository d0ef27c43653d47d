/**
 * How long after a commit its rows can be queried and its alert is delivered, under a firm's live traffic. Probes are
 * commits of our own among it: their moment is known to the millisecond, which a binlog's own clock is not.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import mysql, { type Connection } from 'mysql2/promise';
import type { PrivateMariadb } from '../adapters/mariadb/private-server/start-private-mariadb.ts';
import { createDolibarr } from '../simulator/create-dolibarr.ts';
import { runTraffic } from '../simulator/run-traffic.ts';
import { seedHistory } from '../simulator/seed-history.ts';
import { answersOf, spawnWorker } from './run-worker.ts';
import { runTicketTraffic } from './ticket-traffic.ts';

export type Traffic = 'tickets' | 'firm';

export interface LatencyReport {
  readonly transactions_s: number;
  readonly seconds: number;
  readonly queryable_ms: Percentiles;
  readonly alert_ms: Percentiles;
  readonly rss_mb: number;
}

interface Percentiles {
  readonly n: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const PROBE_EVERY_MS = 100;
/** Asking is work, too: asked without a pause, the questions alone would keep a core busy. */
const ASK_EVERY_MS = 20;
const ALERT_TIMEOUT_MS = 30_000;

export async function measureLatency(
  server: PrivateMariadb,
  options: {
    readonly traffic: Traffic;
    readonly rate: number;
    readonly seconds: number;
    readonly folder: string;
    readonly say: (line: string) => void;
  },
): Promise<LatencyReport> {
  const { traffic, rate, seconds, folder, say } = options;
  const source = server.url('dolibarr');
  await createDolibarr({ url: source, replace: true });
  await seedHistory({ url: source, seed: 1, months: 6, size: 'small' });
  const connection = await mysql.createConnection(source);
  await connection.query('CREATE TABLE llx_bench_probe (rowid BIGINT PRIMARY KEY, note VARCHAR(64))');
  const alerts = await listenForAlerts();
  const worker = spawnWorker({
    kind: 'serve',
    source,
    dataDir: join(folder, `latency-${traffic}`),
    webhookUrl: alerts.url,
  });
  const answers = answersOf(worker)[Symbol.asyncIterator]();
  const { http } = (await answers.next()).value as { http: string };
  say(`pipeline is up; ${traffic}, ${rate} transactions/s for ${seconds} s`);
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), seconds * 1000);
  const ending = end.signal;
  try {
    const [queryable, alerted, committed] = await Promise.all([
      probeQueries(await mysql.createConnection(source), http, ending),
      probeAlerts(connection, alerts, ending),
      traffic === 'tickets' ? runTicketTraffic(source, rate, ending) : runFirm(source, rate, ending),
    ]);
    say(`traffic committed ${committed} transactions`);
    worker.kill('SIGTERM');
    const { peakMemoryBytes } = (await answers.next()).value as { peakMemoryBytes: number };
    return {
      transactions_s: Math.round(committed / seconds),
      seconds,
      queryable_ms: percentiles(queryable),
      alert_ms: percentiles(alerted),
      rss_mb: Math.round(peakMemoryBytes / 1e6),
    };
  } finally {
    clearTimeout(timer);
    end.abort();
    if (worker.exitCode === null && worker.kill('SIGKILL')) await once(worker, 'exit');
    alerts.server.close();
    await connection.end();
  }
}

/** All that a firm does, in the simulator's shapes over some thirty tables. */
async function runFirm(url: string, rate: number, signal: AbortSignal): Promise<number> {
  return (await runTraffic({ url, seed: 7, rate, signal, alterEvery: 0, anomalyRate: 0 })).committed;
}

/** Commits a row, then asks over HTTP until it is there. */
async function probeQueries(connection: Connection, http: string, ending: AbortSignal): Promise<number[]> {
  const latencies: number[] = [];
  for (let id = 1; !ending.aborted; id++) {
    await connection.query('INSERT INTO llx_bench_probe VALUES (?, ?)', [id, `probe ${id}`]);
    const committedAt = performance.now();
    const url = `${http}/?query=${encodeURIComponent(`SELECT count() FROM mirror.llx_bench_probe WHERE rowid = ${id}`)}`;
    for (;;) {
      const response = await fetch(url);
      if ((await response.text()).trim() === '1') break;
      await pause(ASK_EVERY_MS);
    }
    latencies.push(performance.now() - committedAt);
    await pause(PROBE_EVERY_MS);
  }
  await connection.end();
  return latencies;
}

interface AlertReceiver {
  readonly url: string;
  readonly server: Server;
  /** Resolves with performance.now() when a message that holds the text arrives. */
  arrival(text: string): Promise<number>;
}

/** A Slack-compatible receiver. */
async function listenForAlerts(): Promise<AlertReceiver> {
  const waiting = new Map<string, (at: number) => void>();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      const at = performance.now();
      for (const [text, resolve] of waiting) if (body.includes(text)) resolve(at);
      response.end('ok');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}/hook`,
    server,
    async arrival(text) {
      const at = await Promise.race([
        new Promise<number>((resolve) => waiting.set(text, resolve)),
        pause(ALERT_TIMEOUT_MS).then(() => null),
      ]);
      waiting.delete(text);
      if (at === null) throw new Error(`no alert for ${text} within ${ALERT_TIMEOUT_MS} ms`);
      return at;
    },
  };
}

/** Closes an intervention whose customer is unhappy, a rule that no habit changes, then waits for its alert. */
async function probeAlerts(
  connection: Connection,
  alerts: AlertReceiver,
  ending: AbortSignal,
): Promise<number[]> {
  const latencies: number[] = [];
  const [rows] = await connection.query(
    'SELECT type_intervention AS type FROM llx_fichinter_extrafields WHERE type_intervention IS NOT NULL LIMIT 1',
  );
  const type = (rows as { type: string }[])[0]!.type;
  for (let number = 1; !ending.aborted; number++) {
    const ref = `FIBENCH-${String(number).padStart(5, '0')}`;
    const arrived = alerts.arrival(ref);
    await connection.query('START TRANSACTION');
    const [inserted] = await connection.query(
      'INSERT INTO llx_fichinter (fk_soc, ref, entity, fk_statut, description) VALUES (1, ?, 1, 3, ?)',
      [ref, 'bench'],
    );
    await connection.query(
      'INSERT INTO llx_fichinter_extrafields (fk_object, type_intervention, duree_estimee, duree_reelle, satisfaction, cout, ville) VALUES (?, ?, 4, 4, 1, 240, ?)',
      [(inserted as { insertId: number }).insertId, type, 'Lyon'],
    );
    await connection.query('COMMIT');
    const committedAt = performance.now();
    latencies.push((await arrived) - committedAt);
    await pause(PROBE_EVERY_MS);
  }
  return latencies;
}

function percentiles(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { n: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
