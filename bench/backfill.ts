/**
 * The first copy of a large table while it is written to: rows a second to the log and to queryable tables, memory over
 * time, and what the source's own users feel of it, as the latency of single changes with and without the copy. Then the
 * same under kill -9, compared with the source afterwards, and Debezium's snapshot under the same load.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import type { PrivateMariadb } from '../adapters/mariadb/private-server/start-private-mariadb.ts';
import type { Run } from './peers/contest.ts';
import { holdContest } from './peers/hold-contest.ts';
import { runWorker, spawnWorker } from './run-worker.ts';
import { createEmptyDolibarr, growTickets } from './wide-tickets.ts';

interface Measured {
  readonly rowsPerSecond: number;
  /** Of our process alone; hardly depends on what else the machine does. */
  readonly processorMicrosPerRow: number;
  readonly peakMemoryBytes: number;
  /** In each fifth of the time. */
  readonly memoryBytes: readonly number[];
}

interface Compared {
  readonly unequal: readonly string[];
  readonly doubled: number;
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
  /** Processor time of our process, µs a row: the source and its writers come on top. */
  readonly to_log_cpu_us: number;
  readonly to_log_rss_mb: number;
  readonly to_log_rss_over_time_mb: readonly number[];
  readonly to_queryable_rows_s: number;
  readonly to_queryable_cpu_us: number;
  readonly to_queryable_rss_mb: number;
  readonly to_queryable_rss_over_time_mb: readonly number[];
  readonly writers_alone: WriterFigures;
  readonly writers_during_copy_to_log: WriterFigures;
  readonly writers_during_copy_to_queryable: WriterFigures;
  /** Tables that differ after a copy that was killed so many times, and copied rows that were read twice. */
  readonly kills: number;
  readonly unequal: readonly string[];
  readonly doubled: number;
  /** null when it was not asked for. */
  readonly debezium_rows_s: number | null;
  readonly debezium_rss_mb: number | null;
  readonly writers_during_debezium: WriterFigures | null;
}

export interface BackfillOptions {
  readonly rows: number;
  /** Changes a second beside the copy. */
  readonly rate: number;
  /** kill -9 of a copy that is compared with the source in the end; 0: there is none. */
  readonly kills: number;
  /** Whether Debezium copies the table, too. */
  readonly beside: boolean;
  readonly folder: string;
  readonly say: (line: string) => void;
}

interface Load {
  readonly source: string;
  readonly rows: number;
  readonly rate: number;
}

const WRITERS = 4;
/** From the start of a process to its first rows, and what a row then takes at the least: a kill is to hit the copy. */
const FIRST_LIFE_MS = 4_000;
const MS_PER_ROW = 0.01;
const ALONE_SECONDS = 8;
const tenth = (value: number): number => Math.round(value * 10) / 10;
const megabytes = (bytes: number): number => Math.round(bytes / 1e6);

export async function measureBackfill(
  server: PrivateMariadb,
  options: BackfillOptions,
): Promise<BackfillReport> {
  const { rows, rate, folder, say } = options;
  const source = server.url('dolibarr');
  await createEmptyDolibarr(source);
  say(`writing ${rows} wide tickets to the source`);
  await growTickets(source, rows, (done) => say(`  ${done} rows`));
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
  const killed = await copyUnderKills(load, options);
  const peer = options.beside ? await copyPeer(server, load, options) : null;
  return {
    rows,
    changes_per_s: rate,
    to_log_rows_s: toLog.rowsPerSecond,
    to_log_cpu_us: tenth(toLog.processorMicrosPerRow),
    to_log_rss_mb: megabytes(toLog.peakMemoryBytes),
    to_log_rss_over_time_mb: toLog.memoryBytes.map(megabytes),
    to_queryable_rows_s: queryable.rowsPerSecond,
    to_queryable_cpu_us: tenth(queryable.processorMicrosPerRow),
    to_queryable_rss_mb: megabytes(queryable.peakMemoryBytes),
    to_queryable_rss_over_time_mb: queryable.memoryBytes.map(megabytes),
    writers_alone: alone,
    writers_during_copy_to_log: duringLog,
    writers_during_copy_to_queryable: duringQueryable,
    kills: options.kills,
    ...killed,
    debezium_rows_s: peer?.run.recordsPerSecond ?? null,
    debezium_rss_mb: peer ? megabytes(peer.run.peakMemoryBytes) : null,
    writers_during_debezium: peer?.writers ?? null,
  };
}

/** A copy to queryable that is killed so many times on its way, by the time that a whole one would take. */
async function copyUnderKills(load: Load, { kills, folder, say }: BackfillOptions): Promise<Compared> {
  if (kills === 0) return { unequal: [], doubled: 0 };
  const { source, rows } = load;
  const task = {
    ...{ kind: 'drain' as const, source, dataDir: join(folder, 'copy-killed'), rows },
    stages: ['capture', 'warehouse'] as const,
  };
  const [, compared] = await underLoad(load, async () => {
    for (let kill = 1; kill <= kills; kill++) {
      const child = spawnWorker(task);
      const exited = once(child, 'exit');
      await pause(FIRST_LIFE_MS + (rows / kills) * MS_PER_ROW);
      child.kill('SIGKILL');
      await exited;
      say(`kill ${kill} of ${kills}`);
    }
    return runWorker<Compared>({ ...task, verifies: true });
  });
  say(`after ${kills} kills: ${JSON.stringify(compared)}`);
  return { unequal: compared.unequal, doubled: compared.doubled };
}

async function copyPeer(
  server: PrivateMariadb,
  load: Load,
  { rows, folder, say }: BackfillOptions,
): Promise<{ readonly run: Run; readonly writers: WriterFigures }> {
  return holdContest({ server, rows, isTuned: false, folder, say }, async (contest) => {
    const [writers, run] = await underLoad(load, () => contest.copyPeer());
    say(`Debezium: ${run.recordsPerSecond} rows/s, writers: ${JSON.stringify(writers)}`);
    return { run, writers };
  });
}

/** Runs `work` while `rate` changes a second are made, each by itself; latencies count from when a change was due. */
async function underLoad<Result>(load: Load, work: () => Promise<Result>): Promise<[WriterFigures, Result]> {
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
