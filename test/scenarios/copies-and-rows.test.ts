/** Scenarios of copies and rows: each is named by its number in test/scenarios/README.md. One source, one pipeline. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';
import { differencesOf, openPipeline, type TestPipeline } from '../support/pipeline.ts';

const never = new AbortController().signal;

let db: TestMariadb;
let pipeline: TestPipeline;

/** Source and warehouse hold the same rows of these tables. */
async function assertEqual(...tables: readonly string[]): Promise<void> {
  const report = await pipeline.runtime.verify({ tables, excludeTables: [] }, () => undefined, never);
  assert.deepEqual(differencesOf(report), []);
  assert.equal(report.tables.length, tables.length);
}

/** Changes rows of `busy` until `stop` is called. */
function keepChanging(): { stop(): Promise<number> } {
  let isStopped = false;
  const work = async (): Promise<number> => {
    for (let round = 1; ; round++) {
      if (isStopped) return round;
      await db.query(
        'UPDATE busy SET v = ? WHERE id MOD 50 = ?; DELETE FROM busy WHERE id = ?; INSERT INTO busy VALUES (?, ?, "new")',
        [round, round % 50, round * 7, 100_000 + round, round],
      );
    }
  };
  const working = work();
  return {
    stop: () => {
      isStopped = true;
      return working;
    },
  };
}

/** Resolves when a session of the capture user waits for a table. */
async function untilCaptureWaits(): Promise<void> {
  for (;;) {
    const waiting = await db.query(
      "SELECT 1 FROM information_schema.PROCESSLIST WHERE user = ? AND state LIKE 'Waiting for table%'",
      [db.captureUser],
    );
    if (waiting.length > 0) return;
    await pause(10);
  }
}

void describe('copies and rows', () => {
  before(async () => {
    db = await startTestMariadb({ args: ['--sql-mode='] });
    await db.query(
      `CREATE TABLE busy (id INT PRIMARY KEY, v INT, note VARCHAR(100));
       INSERT INTO busy SELECT seq, 0, REPEAT('x', 80) FROM seq_1_to_4000`,
    );
  });
  after(async () => {
    await pipeline[Symbol.asyncDispose]();
    await db[Symbol.asyncDispose]();
  });

  void it('C01 rows that are written during the first copy are there once, with their latest value', async () => {
    const writer = keepChanging();
    pipeline = await openPipeline({ source: db.captureUrl(), flags: { maxRowsPerSecond: '6000' } });
    await pipeline.caughtUp();
    const rounds = await writer.stop();
    await pipeline.runtime.backfill(
      { tables: ['nothing'], excludeTables: [], control: 'resume', maxRowsPerSecond: 1_000_000 },
      () => undefined,
      never,
    );
    assert.ok(rounds > 5, `${rounds} rounds`);
    await assertEqual('busy');
    const doubled = await pipeline.rows(
      "SELECT JSONExtractInt(after, 'id') AS id FROM raw.events WHERE op = 'r' GROUP BY id HAVING count() > 1",
    );
    assert.deepEqual(doubled, []);
  });

  void it('C02 a row that is changed or deleted while its chunk is read stays so: the stream wins', async () => {
    await db.query(
      "CREATE TABLE chunk (id INT PRIMARY KEY, v VARCHAR(10)); INSERT INTO chunk VALUES (1, 'old'), (2, 'old'), (3, 'old')",
    );
    await pipeline.caughtUp();
    // The lock lets the copy begin its view of the table and keeps it from reading it.
    const session = await db.connect();
    await session.query('LOCK TABLES chunk WRITE');
    const copied = pipeline.runtime.backfill(
      { tables: ['chunk'], excludeTables: [] },
      () => undefined,
      never,
    );
    await untilCaptureWaits();
    await session.query(
      "UPDATE chunk SET v = 'new' WHERE id = 1; DELETE FROM chunk WHERE id = 2; INSERT INTO chunk VALUES (4, 'new')",
    );
    await session.query('UNLOCK TABLES');
    await copied;
    await assertEqual('chunk');
    const events = await pipeline.rows<{ event: string }>(
      `SELECT concat(op, ' ', if(op = 'd', before, after)) AS event FROM raw.events
       WHERE table = 'chunk' AND seq > (SELECT max(seq) - 4 FROM raw.events WHERE table = 'chunk') ORDER BY seq`,
    );
    assert.deepEqual(
      events.map(({ event }) => event),
      ['u {"id":1,"v":"new"}', 'd {"id":2,"v":"old"}', 'c {"id":4,"v":"new"}', 'r {"id":3,"v":"old"}'],
    );
  });

  void it('C04 rows that are deleted in bulk and inserted again under their keys in the same second are there', async () => {
    await db.query('CREATE TABLE again (id INT PRIMARY KEY, v INT)');
    for (let round = 1; round <= 5; round++) {
      await db.query(`DELETE FROM again; INSERT INTO again SELECT seq, ${round} FROM seq_1_to_500`);
      await db.query(
        `BEGIN; DELETE FROM again; INSERT INTO again SELECT seq, -${round} FROM seq_1_to_400; COMMIT`,
      );
    }
    await assertEqual('again');
    const counts = await pipeline.rows('SELECT count() AS n, min(v) AS low FROM mirror.again FINAL');
    assert.deepEqual(counts, [{ n: '400', low: -5 }]);
  });

  void it('C25 a row whose key changes is gone under the old key and there under the new one', async () => {
    await db.query('CREATE TABLE moved (a INT, b VARCHAR(5), v INT, PRIMARY KEY (a, b))');
    await db.query("INSERT INTO moved VALUES (1, 'x', 1), (2, 'y', 2), (3, 'z', 3)");
    await db.query("UPDATE moved SET a = 10 WHERE a = 1; UPDATE moved SET b = 'Y' WHERE a = 2");
    await db.query('UPDATE moved SET a = a + 1 ORDER BY a DESC');
    await assertEqual('moved');
    assert.deepEqual(await pipeline.rows('SELECT a, b, v FROM mirror.moved FINAL ORDER BY a'), [
      { a: 3, b: 'Y', v: 2 },
      { a: 4, b: 'z', v: 3 },
      { a: 11, b: 'x', v: 1 },
    ]);
  });

  void it('C26 equal rows of a table without a key do not become one', async () => {
    await db.query(
      "CREATE TABLE bag (v VARCHAR(5), n INT); INSERT INTO bag VALUES ('x', 1), ('x', 1), (NULL, NULL)",
    );
    await db.query("INSERT INTO bag SELECT * FROM bag; DELETE FROM bag WHERE v = 'x' LIMIT 1");
    await db.query('UPDATE bag SET n = 5 WHERE v IS NULL LIMIT 1');
    await assertEqual('bag');
    assert.deepEqual(
      await pipeline.rows('SELECT v, n, count() AS c FROM mirror.bag GROUP BY v, n ORDER BY v, n'),
      [
        { v: 'x', n: 1, c: '3' },
        { v: null, n: 5, c: '1' },
        { v: null, n: null, c: '1' },
      ],
    );
  });

  void it('C27 rows that a foreign key deletes are missed by no check, and those that a trigger deletes are streamed', async () => {
    await db.query(
      `CREATE TABLE parent (id INT PRIMARY KEY);
       CREATE TABLE child (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE);
       CREATE TABLE line (id INT PRIMARY KEY, p INT);
       INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (1, 1), (2, 2); INSERT INTO line VALUES (1, 1), (2, 2)`,
    );
    const trigger = await db.connect();
    await trigger.query(
      'CREATE TRIGGER tidy AFTER DELETE ON parent FOR EACH ROW DELETE FROM line WHERE p = OLD.id',
    );
    await trigger.query('DELETE FROM parent WHERE id = 1');
    await assertEqual('parent', 'line');
    const report = await pipeline.runtime.verify(
      { tables: ['child'], excludeTables: [] },
      () => undefined,
      never,
    );
    assert.deepEqual(differencesOf(report), ['child: id=1: only in the warehouse']);
    await pipeline.runtime.backfill({ tables: ['child'], excludeTables: [] }, () => undefined, never);
    await assertEqual('child');
  });
});
