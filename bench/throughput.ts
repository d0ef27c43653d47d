/** Rows a second from the binlog to the log and to queryable tables, beside zongji's bare decoding in the same run. */
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import type { PrivateMariadb } from '../adapters/mariadb/private-server/start-private-mariadb.ts';
import { runWorker } from './run-worker.ts';
import { createEmptyDolibarr, fillTickets } from './wide-tickets.ts';

interface Measured {
  readonly rowsPerSecond: number;
  readonly peakMemoryBytes: number;
}

export interface ThroughputReport {
  readonly rows: number;
  readonly bare_decode_rows_s: number;
  readonly to_log_rows_s: number;
  readonly to_log_ratio: number;
  readonly to_log_rss_mb: number;
  readonly to_queryable_rows_s: number;
  readonly to_queryable_ratio: number;
  readonly to_queryable_rss_mb: number;
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
const ratio = (a: number, b: number): number => Math.round((a / b) * 100) / 100;

export async function measureThroughput(
  server: PrivateMariadb,
  options: { readonly rows: number; readonly folder: string; readonly say: (line: string) => void },
): Promise<ThroughputReport> {
  const { rows, folder, say } = options;
  const source = server.url('dolibarr');
  await createEmptyDolibarr(source);
  const logFolder = join(folder, 'log-only');
  const fullFolder = join(folder, 'queryable');
  await runWorker({ kind: 'prepare', source, dataDir: logFolder });
  await runWorker({ kind: 'prepare', source, dataDir: fullFolder });
  const from = await gtidPosition(server);
  say(`writing ${rows} wide tickets to the source`);
  await fillTickets(source, rows, (done) => say(`  ${done} rows`));
  // Decoding is measured before and after, since the machine's speed drifts; the mean is what we are held against.
  const first = await runWorker<Measured>({ kind: 'decode', source, from, rows });
  say(`zongji alone: ${first.rowsPerSecond} rows/s`);
  const toLog = await runWorker<Measured>({
    kind: 'drain',
    source,
    dataDir: logFolder,
    rows,
    stages: ['capture'],
  });
  say(`to the log: ${toLog.rowsPerSecond} rows/s`);
  const queryable = await runWorker<Measured>({
    kind: 'drain',
    source,
    dataDir: fullFolder,
    rows,
    stages: ['capture', 'warehouse'],
  });
  say(`to queryable: ${queryable.rowsPerSecond} rows/s`);
  const second = await runWorker<Measured>({ kind: 'decode', source, from, rows });
  say(`zongji alone: ${second.rowsPerSecond} rows/s`);
  const bare = Math.round((first.rowsPerSecond + second.rowsPerSecond) / 2);
  return {
    rows,
    bare_decode_rows_s: bare,
    to_log_rows_s: toLog.rowsPerSecond,
    to_log_ratio: ratio(toLog.rowsPerSecond, bare),
    to_log_rss_mb: megabytes(toLog.peakMemoryBytes),
    to_queryable_rows_s: queryable.rowsPerSecond,
    to_queryable_ratio: ratio(queryable.rowsPerSecond, bare),
    to_queryable_rss_mb: megabytes(queryable.peakMemoryBytes),
  };
}

async function gtidPosition(server: PrivateMariadb): Promise<string> {
  const connection = await mysql.createConnection(server.url());
  const [rows] = await connection.query('SELECT @@gtid_binlog_pos AS gtid');
  await connection.end();
  return (rows as { gtid: string }[])[0]!.gtid;
}
