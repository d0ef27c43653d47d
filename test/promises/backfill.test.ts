/** Tables are copied while they are written to, and come out equal: every row once, the newest version of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { TableProgress } from '../../app/runtime.ts';
import { BUSY_TABLES, createBusyTables, startWriters } from '../support/busy-tables.ts';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';
import { differencesOf, openPipeline, startPipeline, type TestPipeline } from '../support/pipeline.ts';

const ROWS = 4_000;
const never = new AbortController().signal;
const EVERYTHING = { tables: ['*'], excludeTables: [] };

async function assertEqual(pipeline: TestPipeline): Promise<void> {
  const report = await pipeline.verify();
  assert.deepEqual(differencesOf(report), []);
  assert.deepEqual(report.leftOut, []);
}

/** Resolves when so many rows of the table were copied. */
function backfillUntil(
  pipeline: TestPipeline,
  rows: number,
  request: { readonly maxRowsPerSecond?: number } = {},
): { readonly reached: Promise<void>; readonly done: Promise<unknown> } {
  let tell: () => void;
  const reached = new Promise<void>((resolve) => (tell = resolve));
  const onProgress = ({ rowsDone }: TableProgress): void => {
    if (rowsDone >= rows) tell();
  };
  const done = pipeline.runtime.backfill({ ...EVERYTHING, ...request }, onProgress, never);
  done.catch(() => undefined);
  return { reached, done };
}

async function createOneTable(db: TestMariadb, rows: number): Promise<void> {
  await db.query('CREATE TABLE t (id INT PRIMARY KEY, v INT, note VARCHAR(200))');
  await db.query(`INSERT INTO t SELECT seq, seq, REPEAT('x', 150) FROM seq_1_to_${rows}`);
}

void describe('copying beside the stream', () => {
  void it('comes out equal for keys of every kind, the first time and anew, with writers at work', async () => {
    await using db = await startTestMariadb();
    await createBusyTables(db, ROWS);
    await using writers = startWriters(db, { rows: ROWS, count: 3, seed: 1 });
    await using pipeline = await startPipeline({ source: db.captureUrl() });
    await pipeline.runtime.backfill(EVERYTHING, () => undefined, never);
    const during = writers.transactions;
    await writers.stop();
    assert.ok(during > 50, `${during} transactions`);
    await assertEqual(pipeline);
    const counts = await pipeline.rows<{ t: string; r: string }>(
      "SELECT table AS t, countIf(op = 'r') AS r FROM raw.events GROUP BY table",
    );
    assert.equal(counts.filter(({ r }) => Number(r) > 0).length, BUSY_TABLES.length);
  });

  void it('follows ALTER, TRUNCATE, DROP, RENAME and new keys of the tables that are being copied', async () => {
    await using db = await startTestMariadb();
    await createBusyTables(db, ROWS);
    await using pipeline = await openPipeline({
      source: db.captureUrl(),
      flags: { maxRowsPerSecond: '15000' },
    });
    const statements = [
      'ALTER TABLE k_int ADD extra INT NOT NULL DEFAULT 7; UPDATE k_int SET extra = 8 WHERE id MOD 100 = 0',
      'ALTER TABLE k_ci_text ADD remark VARCHAR(20) NULL FIRST; INSERT INTO k_ci_text VALUES ("r", "new", 1, "")',
      'TRUNCATE TABLE k_bytes; INSERT INTO k_bytes VALUES ("after", 1, "")',
      'DROP TABLE k_double',
      'RENAME TABLE k_uuid TO k_uuid_old, k_decimal TO k_uuid; UPDATE k_uuid SET v = 0 WHERE v < 50',
      'ALTER TABLE k_unicode DROP PRIMARY KEY, ADD PRIMARY KEY (part, code); DELETE FROM k_unicode WHERE part < 20',
      'ALTER TABLE k_few_many MODIFY v BIGINT; ALTER TABLE k_few_many DROP COLUMN note',
      'ALTER TABLE k_none ADD z INT DEFAULT 3; DELETE FROM k_none WHERE n = 3',
      'ALTER TABLE k_big RENAME COLUMN note TO text; ALTER TABLE k_big CONVERT TO CHARACTER SET latin1',
      'CREATE TABLE k_new AS SELECT * FROM k_int; ALTER TABLE k_new ADD PRIMARY KEY (id)',
    ];
    for (const sql of statements) {
      await db.query(sql);
      await pause(60);
    }
    await pipeline.caughtUp();
    await assertEqual(pipeline);
  });

  void it('copies a condition and leaves the other rows as they are', async () => {
    await using db = await startTestMariadb();
    await createOneTable(db, 3_000);
    await using pipeline = await startPipeline({ source: db.captureUrl() });
    await db.query(
      'SET SESSION sql_log_bin = 0; UPDATE t SET v = -1 WHERE id MOD 2 = 0; SET SESSION sql_log_bin = 1',
    );
    const report = await pipeline.runtime.backfill(
      { ...EVERYTHING, where: 'id <= 100 OR note = "(;"' },
      () => undefined,
      never,
    );
    assert.equal(report.rows, 100);
    assert.deepEqual(await pipeline.rows('SELECT count() AS n FROM mirror.t FINAL WHERE v = -1'), [
      { n: '50' },
    ]);
    for (const where of ['id = (SELECT 1)', 'id = 1; DROP TABLE t', 'nothing = 1', '1) OR (1', 'SLEEP(9)']) {
      await assert.rejects(
        pipeline.runtime.backfill({ ...EVERYTHING, where }, () => undefined, never),
        { code: 'CONFIG_INVALID' },
        where,
      );
    }
  });

  void it('rests when it is paused, while the stream goes on, and then goes on where it was', async () => {
    await using db = await startTestMariadb();
    await createOneTable(db, 20_000);
    await using pipeline = await startPipeline({ source: db.captureUrl() });
    const copy = backfillUntil(pipeline, 2_000, { maxRowsPerSecond: 4_000 });
    await copy.reached;
    await pipeline.runtime.backfill({ ...EVERYTHING, control: 'pause' }, () => undefined, never);
    await pipeline.caughtUp();
    const [before] = await pipeline.rows<{ n: string }>("SELECT count() AS n FROM raw.events WHERE op = 'r'");
    await db.query('UPDATE t SET v = -5 WHERE id MOD 1000 = 0; DELETE FROM t WHERE id = 77');
    await pipeline.caughtUp();
    const [after] = await pipeline.rows<{ n: string }>("SELECT count() AS n FROM raw.events WHERE op = 'r'");
    assert.ok(Number(before!.n) < 40_000, `${before!.n} rows`);
    assert.equal(after!.n, before!.n);
    await pipeline.runtime.backfill(
      { ...EVERYTHING, control: 'resume', maxRowsPerSecond: 1_000_000 },
      () => undefined,
      never,
    );
    await copy.done;
    await assertEqual(pipeline);
  });

  void it('goes on behind the last chunk when the source cuts every connection', async () => {
    await using db = await startTestMariadb();
    await createOneTable(db, 20_000);
    await using pipeline = await openPipeline({
      source: db.captureUrl(),
      flags: { maxRowsPerSecond: '10000' },
    });
    for (let cut = 0; cut < 3; cut++) {
      await pause(300);
      const sessions = await db.query<{ id: number }>(
        'SELECT id FROM information_schema.PROCESSLIST WHERE user = ?',
        [db.captureUser],
      );
      for (const { id } of sessions) await db.query(`KILL ${id}`).catch(() => undefined);
      await db.query('UPDATE t SET v = v + 1 WHERE id MOD 50 = ?', [cut]);
    }
    await pipeline.caughtUp();
    await assertEqual(pipeline);
    assert.deepEqual(await pipeline.rows("SELECT count() AS n FROM raw.events WHERE op = 'r'"), [
      { n: String(20_000 - (await leftToTheStream(pipeline))) },
    ]);
  });
});

/** Rows that no copy brought: the stream told of them while their chunk was read. */
async function leftToTheStream(pipeline: TestPipeline): Promise<number> {
  const [row] = await pipeline.rows<{ n: string }>(
    `SELECT count() AS n FROM (
       SELECT JSONExtractInt(after, 'id') AS id FROM raw.events GROUP BY id HAVING countIf(op = 'r') = 0
     )`,
  );
  return Number(row!.n);
}
