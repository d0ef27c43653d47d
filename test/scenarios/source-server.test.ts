/** Scenarios of the source server and of the connection to it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Status } from '../../app/runtime.ts';
import { runCli } from '../support/cli-process.ts';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';
import { differencesOf, openPipeline, startPipeline, type TestPipeline } from '../support/pipeline.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const never = new AbortController().signal;
const LARGE_ROWS = 30_000;

let db: TestMariadb;

async function assertEqual(pipeline: TestPipeline, ...tables: readonly string[]): Promise<void> {
  const report = await pipeline.runtime.verify({ tables, excludeTables: [] }, () => undefined, never);
  assert.deepEqual(differencesOf(report), []);
  assert.equal(report.tables.length, tables.length);
}

const filesOf = async (): Promise<string[]> =>
  (await db.query<{ Log_name: string }>('SHOW BINARY LOGS')).map((log) => log.Log_name);

/** A file that a reader was just sent cannot be purged until the server has noticed that the reader left. */
async function purgeOldFiles(): Promise<void> {
  for (let files = await filesOf(); files.length > 1; files = await filesOf())
    await db.query(`PURGE BINARY LOGS TO '${files.at(-1)!}'`);
}

/** Cuts the connection in the middle of a large transaction; resolves with every position that was told meanwhile. */
async function cutInLargeTransaction(server: TestMariadb): Promise<Set<string | null>> {
  await using link = await TcpProxy.start(server.port);
  const source = server.captureUrl().replace(`:${server.port}`, `:${link.port}`);
  await server.query('CREATE TABLE large (id INT PRIMARY KEY, v VARCHAR(255))');
  await using pipeline = await startPipeline({ source });
  const told = new Set<string | null>();
  const captured = async (): Promise<number> => {
    const { position, counts } = await pipeline.runtime.status();
    told.add(position);
    return counts.captured;
  };
  await server.query(`INSERT INTO large SELECT seq, REPEAT('x', 250) FROM seq_1_to_${LARGE_ROWS}`);
  while ((await captured()) < 2_000) await pause(1);
  link.cut();
  while ((await captured()) < LARGE_ROWS) await pause(10);
  await assertEqual(pipeline, 'large');
  const rows = await pipeline.rows("SELECT count() AS n FROM raw.events WHERE table = 'large'");
  assert.deepEqual(rows, [{ n: String(LARGE_ROWS) }]);
  await captured();
  // The position after it is one that the server goes on from.
  link.cut();
  await server.query('DELETE FROM large WHERE id <= 10');
  await assertEqual(pipeline, 'large');
  return told;
}

/** Capture ends with this failure after the statements. */
async function assertRefused(code: string, ...statements: readonly string[]): Promise<void> {
  const pipeline = await openPipeline({ source: db.captureUrl(), stages: ['capture'] });
  try {
    await pipeline.caughtUp();
    const refused = assert.rejects(pipeline.runtime.finished(), { code });
    const session = await db.connect();
    for (const sql of statements) await session.query(sql).catch(() => undefined);
    await refused;
  } finally {
    await pipeline[Symbol.asyncDispose]();
  }
}

void describe('the source server', () => {
  before(async () => {
    db = await startTestMariadb();
    await db.query(
      'CREATE TABLE a (id INT PRIMARY KEY, v INT, w INT); INSERT INTO a VALUES (1, 1, 1), (2, 2, 2); CREATE DATABASE elsewhere',
    );
  });
  after(() => db[Symbol.asyncDispose]());

  void it('C15 has purged what was not read: that is forecast, then named, and a new copy mends it', async () => {
    using folder = makeTemporaryFolder();
    const place = { source: db.captureUrl(), dataDir: folder.path };
    const cli = ['--data', folder.path, '--source', place.source];
    const first = await startPipeline(place);
    await first[Symbol.asyncDispose]();
    await db.query(
      'SET GLOBAL binlog_expire_logs_seconds = 7200; UPDATE a SET v = 3; FLUSH BINARY LOGS; DELETE FROM a WHERE id = 2',
    );
    const { purge } = JSON.parse((await runCli(['status', '--json', ...cli])).stdout) as Status;
    assert.ok(purge!.unreadBytes! > 0);
    assert.ok(purge!.secondsLeft! > 3600 && purge!.secondsLeft! <= 7200, `${purge!.secondsLeft} s`);
    await purgeOldFiles();
    await assert.rejects(startPipeline(place), { code: 'SOURCE_POSITION_LOST' });
    const restarted = await runCli(['backfill', '--restart', ...cli]);
    assert.equal(restarted.code, 0, restarted.stderr);
    await using again = await startPipeline(place);
    await assertEqual(again, 'a');
  });

  void it('C16 is idle or busy elsewhere while its files rotate: the position moves on, and old files may go', async () => {
    using folder = makeTemporaryFolder();
    const place = { source: db.captureUrl(), dataDir: folder.path };
    const first = await startPipeline(place);
    await db.query('CREATE OR REPLACE TABLE elsewhere.t (id INT PRIMARY KEY)');
    for (let n = 1; n <= 3; n++) await db.query(`FLUSH BINARY LOGS; INSERT INTO elsewhere.t VALUES (${n})`);
    const newest = (await filesOf()).at(-1)!;
    while (!(await first.runtime.status()).position?.includes(newest)) await pause(10);
    await first[Symbol.asyncDispose]();
    await db.query('FLUSH BINARY LOGS');
    await purgeOldFiles();
    await db.query('INSERT INTO a VALUES (16, 1, 1)');
    await using again = await startPipeline(place);
    await assertEqual(again, 'a');
  });

  void it('C18 is cut off inside a transaction: all of it is read again, and no row is left out or doubled', async () => {
    await cutInLargeTransaction(db);
  });

  void it('C19 is MariaDB 11.4, whose events in a transaction have no end: the position moves only at a commit', async () => {
    await using server = await startTestMariadb({ version: '11.4' });
    const told = await cutInLargeTransaction(server);
    const [row] = await server.query<{ gtid: string }>('SELECT @@gtid_binlog_pos AS gtid');
    const gtids = [...told].map((position) => /:0-1-(\d+)@/.exec(position!)![1]!).map(Number);
    const last = Number(row!.gtid.split('-')[2]);
    assert.deepEqual([...new Set(gtids)], [last - 2, last - 1]);
  });

  void it('C28 writes partial rows, statements or an incident to its binlog: capture refuses by name', async () => {
    await assertRefused(
      'SOURCE_NOT_READY',
      "SET SESSION binlog_row_image = 'MINIMAL'",
      'UPDATE a SET w = 5 WHERE id = 1',
    );
    await assertRefused(
      'SOURCE_STATEMENT_FORMAT',
      "SET SESSION binlog_format = 'STATEMENT'",
      'UPDATE a SET w = 6 WHERE id = 1',
    );
    // A table without transactions is changed by more than the statement cache can take: the server notes an incident.
    await db.query('CREATE TABLE elsewhere.loud (v VARCHAR(255)) ENGINE=MyISAM');
    await db.query('SET GLOBAL binlog_stmt_cache_size = 4096; SET GLOBAL max_binlog_stmt_cache_size = 4096');
    await assertRefused(
      'SOURCE_EVENT_UNSUPPORTED',
      "INSERT INTO elsewhere.loud SELECT REPEAT('x', 250) FROM seq_1_to_200",
    );
    await db.query('SET GLOBAL max_binlog_stmt_cache_size = 18446744073709547520; DROP TABLE elsewhere.loud');
  });

  void it('C29 has a row of 20 MB, larger than a packet and than max_allowed_packet: streamed and copied as it is', async () => {
    await db.query('CREATE TABLE wide (id INT PRIMARY KEY, v LONGTEXT)');
    await using pipeline = await startPipeline({ source: db.captureUrl() });
    await db.query("INSERT INTO wide VALUES (1, CONCAT(REPEAT('é', 10000000), 'end')), (2, 'short')");
    await assertEqual(pipeline, 'wide');
    await db.query('SET GLOBAL max_allowed_packet = 1048576');
    // The server can no longer tell the GTID at a place of this file.
    await pipeline.runtime.backfill({ tables: ['wide'], excludeTables: [] }, () => undefined, never);
    await db.query('UPDATE wide SET id = id + 10');
    await assertEqual(pipeline, 'wide');
    await db.query('SET GLOBAL max_allowed_packet = 67108864; DROP TABLE wide');
  });

  void it('C30 restarts, and numbers tables of the same name in two databases anew: their rows never mix', async () => {
    await db.query(
      `CREATE TABLE facture (id INT PRIMARY KEY, ref VARCHAR(20)); INSERT INTO facture VALUES (1, 'ours');
       CREATE TABLE elsewhere.facture (id INT PRIMARY KEY, ref VARCHAR(20)); INSERT INTO elsewhere.facture VALUES (1, 'theirs')`,
    );
    await using pipeline = await startPipeline({ source: db.captureUrl() });
    await db.query(
      "INSERT INTO facture VALUES (2, 'ours'); INSERT INTO elsewhere.facture VALUES (2, 'theirs')",
    );
    await pipeline.caughtUp();
    await db.server.restart();
    await db.query("INSERT INTO elsewhere.facture VALUES (3, 'theirs')");
    await db.query("INSERT INTO facture VALUES (3, 'ours'); UPDATE elsewhere.facture SET ref = 'other'");
    await assertEqual(pipeline, 'facture');
    const rows = await pipeline.rows('SELECT DISTINCT ref FROM mirror.facture');
    assert.deepEqual(rows, [{ ref: 'ours' }]);
    assert.deepEqual(await pipeline.rows('SELECT DISTINCT database FROM raw.events'), [
      { database: 'dolibarr' },
    ]);
  });
});
