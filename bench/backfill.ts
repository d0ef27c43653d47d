/**
 * The first copy of a large table while it is written to: rows a second to the log and to queryable tables, memory, and
 * what the source's own users feel of it, as the latency of single changes with and without the copy.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import type { PrivateMariadb } from '../adapters/mariadb/private-server/start-private-mariadb.ts';
import { runWorker } from './run-worker.ts';
import { createEmptyDolibarr, fillTickets } from './wide-tickets.ts';

interface Measured {
  readonly rowsPerSecond: number;
  readonly peakMemoryBytes: number;
}

interface WriterFigures {
  readonly changes: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
}

export interface BackfillReport {
  readonly rows: number;
  readonly changes_per_s: number;
  readonly to_log_rows_s: number;
  readonly to_log_rss_mb: number;
  readonly to_queryable_rows_s: number;
  readonly to_queryable_rss_mb: number;
  readonly writers_alone: WriterFigures;
  readonly writers_during_copy_to_log: WriterFigures;
  readonly writers_during_copy_to_queryable: WriterFigures;
}

const WRITERS = 4;
const ALONE_SECONDS = 8;
const megabytes = (bytes: number): number => Math.round(bytes / 1e6);

export async function measureBackfill(
  server: PrivateMariadb,
  options: {
    readonly rows: number;
    readonly rate: number;
    readonly folder: string;
    readonly say: (line: string) => void;
  },
): Promise<BackfillReport> {
  const { rows, rate, folder, say } = options;
  const source = server.url('dolibarr');
  await createEmptyDolibarr(source);
  say(`writing ${rows} wide tickets to the source`);
  await fillTickets(source, rows, (done) => say(`  ${done} rows`));
  const load = { source, rows, rate };
  const [alone] = await underLoad(load, () => pause(ALONE_SECONDS * 1000));
  say(`writers alone: ${JSON.stringify(alone)}`);
  const copy = (name: string, stages: readonly ('capture' | 'warehouse')[]): Promise<Measured> =>
    runWorker<Measured>({ kind: 'drain', source, dataDir: join(folder, name), rows, stages });
  const [duringLog, toLog] = await underLoad(load, () => copy('copy-to-log', ['capture']));
  say(`to the log: ${toLog.rowsPerSecond} rows/s, writers: ${JSON.stringify(duringLog)}`);
  const [duringQueryable, queryable] = await underLoad(load, () =>
    copy('copy-to-queryable', ['capture', 'warehouse']),
  );
  say(`to queryable: ${queryable.rowsPerSecond} rows/s, writers: ${JSON.stringify(duringQueryable)}`);
  return {
    rows,
    changes_per_s: rate,
    to_log_rows_s: toLog.rowsPerSecond,
    to_log_rss_mb: megabytes(toLog.peakMemoryBytes),
    to_queryable_rows_s: queryable.rowsPerSecond,
    to_queryable_rss_mb: megabytes(queryable.peakMemoryBytes),
    writers_alone: alone,
    writers_during_copy_to_log: duringLog,
    writers_during_copy_to_queryable: duringQueryable,
  };
}

/** Runs `work` while `rate` changes a second are made, each by itself; latencies count from when a change was due. */
async function underLoad<Result>(
  load: { readonly source: string; readonly rows: number; readonly rate: number },
  work: () => Promise<Result>,
): Promise<[WriterFigures, Result]> {
  const latencies: number[] = [];
  let stopped = false;
  const write = async (writer: number): Promise<void> => {
    const connection = await mysql.createConnection(load.source);
    const startedAt = performance.now();
    for (let n = 0; !stopped && load.rate > 0; n++) {
      const due = startedAt + ((n * WRITERS + writer) * 1000) / load.rate;
      if (due > performance.now()) await pause(due - performance.now());
      const rowid = 1 + ((n * 7919 + writer * 104_729) % load.rows);
      await connection.query('UPDATE llx_ticket SET progress = ? WHERE rowid = ?', [n % 100, rowid]);
      latencies.push(performance.now() - due);
    }
    await connection.end();
  };
  const writing = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
  try {
    const result = await work();
    return [figuresOf(latencies), result];
  } finally {
    stopped = true;
    await writing;
  }
}

function figuresOf(latencies: readonly number[]): WriterFigures {
  const sorted = [...latencies].sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) * 100) / 100;
  return { changes: sorted.length, p50_ms: at(0.5), p99_ms: at(0.99) };
}
