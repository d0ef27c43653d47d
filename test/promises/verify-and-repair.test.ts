/** What changed without a word in the binlog, or behind our back in ClickHouse, is found to the row and repaired. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VerifyReport, VerifyRequest } from '../../app/runtime.ts';
import { startTestMariadb } from '../support/mariadb.ts';
import { differencesOf, startPipeline, type TestPipeline } from '../support/pipeline.ts';

const never = new AbortController().signal;
const EVERY_TABLE = { tables: ['*'], excludeTables: [] };

const verify = (pipeline: TestPipeline, request: Partial<VerifyRequest> = {}): Promise<VerifyReport> =>
  pipeline.runtime.verify({ ...EVERY_TABLE, ...request }, () => undefined, never);

/** Compares, expects these differences, repairs, and expects none any more. */
async function repairs(pipeline: TestPipeline, expected: readonly string[]): Promise<VerifyReport> {
  const before = await verify(pipeline);
  assert.deepEqual(differencesOf(before).sort(), expected);
  const repaired = await verify(pipeline, { repair: true });
  assert.deepEqual(differencesOf(repaired), []);
  assert.equal(repaired.equal, true);
  assert.equal((await verify(pipeline)).equal, true);
  return repaired;
}

void describe('verify --repair', () => {
  void it('writes what foreign keys cascaded and what statements changed as events, in the log and its readers', async () => {
    await using db = await startTestMariadb();
    await db.query(`
      CREATE TABLE parent (id INT PRIMARY KEY) ENGINE=InnoDB;
      CREATE TABLE child (id INT PRIMARY KEY, parent INT, v VARCHAR(20), d DOUBLE, b VARBINARY(4), t TIMESTAMP(3) NULL,
        FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE CASCADE) ENGINE=InnoDB;
      CREATE TABLE counter (id INT PRIMARY KEY, n INT);
      CREATE FUNCTION bump(wanted INT) RETURNS INT DETERMINISTIC MODIFIES SQL DATA
        BEGIN UPDATE counter SET n = n + 1 WHERE id = wanted; RETURN 1; END;
      INSERT INTO parent VALUES (1), (2), (3);
      INSERT INTO child VALUES (10, 1, 'a', 1.25, x'00ff', '2024-05-06 07:08:09.123'), (11, 2, 'b', NULL, NULL, NULL), (12, 3, 'c', 0.1, x'', NULL);
      INSERT INTO counter VALUES (1, 1), (2, 1);`);
    await using pipeline = await startPipeline({
      source: db.captureUrl(),
      stages: ['capture', 'warehouse', 'lake'],
    });
    await db.query('DELETE FROM parent WHERE id = 1; UPDATE parent SET id = 9 WHERE id = 2');
    await db.query("SET SESSION binlog_format = 'STATEMENT'; SELECT bump(2)");
    const { repaired } = await repairs(pipeline, [
      'child: id=10: only in the warehouse; id=11: differs in parent',
      'counter: id=2: differs in n',
    ]);
    assert.deepEqual(repaired, [
      { table: 'child', events: 2, isWhole: false },
      { table: 'counter', events: 1, isWhole: false },
    ]);
    const events = await pipeline.rows(
      "SELECT op, count() AS events FROM raw.events WHERE topic LIKE '%child' GROUP BY op ORDER BY op",
    );
    assert.deepEqual(events, [
      { op: 'd', events: '1' },
      { op: 'r', events: '4' },
    ]);
    const [gone] = await pipeline.rows<{ before: string }>(
      "SELECT toString(before) AS before FROM raw.events WHERE op = 'd' AND topic LIKE '%child'",
    );
    assert.match(gone!.before, /"v":"a"/);
  });

  void it('puts back what was changed, added, removed and forged in ClickHouse', async () => {
    await using db = await startTestMariadb();
    await db.query(`
      CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(20));
      CREATE TABLE named (code VARCHAR(20) PRIMARY KEY, v INT);
      CREATE TABLE keyless (v INT);
      CREATE TABLE dated (d DATE, n INT, v INT, PRIMARY KEY (d, n));
      SET SESSION sql_mode = '';
      INSERT INTO dated VALUES ('0000-00-00', 1, 1), ('2024-01-02', 1, 1), ('1970-01-01', 2, 1);
      INSERT INTO a SELECT seq, CONCAT('v', seq) FROM seq_1_to_9000;
      INSERT INTO named VALUES ('Ä', 1), ('b', 2), ('c', 3);
      INSERT INTO keyless VALUES (1), (1), (2);`);
    await using pipeline = await startPipeline({ source: db.captureUrl() });
    const tamper = (sql: string): Promise<unknown> => pipeline.tamper(sql);
    await tamper("ALTER TABLE mirror.a UPDATE v = 'other' WHERE id IN (5, 7000) SETTINGS mutations_sync = 2");
    await tamper('DELETE FROM mirror.a WHERE id = 4000');
    await tamper(
      "INSERT INTO mirror.a VALUES (20000, 'forged', 1, 0), (6, 'forged', 99999999, 0), (8999, '', 99999999, 1)",
    );
    await tamper("DELETE FROM mirror.named WHERE code = 'Ä'");
    await tamper("INSERT INTO mirror.named VALUES ('ä', 1, 1, 0)");
    await tamper('ALTER TABLE mirror.dated UPDATE v = 9 WHERE n = 1 SETTINGS mutations_sync = 2');
    await tamper('INSERT INTO ingest.keyless__copies SELECT * FROM ingest.keyless__copies WHERE v = 2');
    const { repaired } = await repairs(pipeline, [
      'a: id=5: differs in v; id=6: differs in v; id=4000: only in the source; id=7000: differs in v; id=20000: only in the warehouse; id=8999: only in the source',
      'dated: d=1970-01-01, n=1: differs in v; d=2024-01-02, n=1: differs in v',
      'keyless: ["2"]: 1 more in the warehouse',
      'named: code=ä: only in the warehouse; code=Ä: only in the source',
    ]);
    assert.deepEqual(repaired, [
      { table: 'a', events: 6, isWhole: false },
      { table: 'dated', events: 2, isWhole: false },
      { table: 'keyless', events: 3, isWhole: true },
      { table: 'named', events: 2, isWhole: false },
    ]);
  });

  void it('gives way to the stream: rows that change meanwhile end as the source has them', async () => {
    await using db = await startTestMariadb();
    await db.query(`
      CREATE TABLE a (id INT PRIMARY KEY, v INT NOT NULL);
      INSERT INTO a SELECT seq, 0 FROM seq_1_to_3000;`);
    await using pipeline = await startPipeline({ source: db.captureUrl() });
    await db.query(
      'SET SESSION sql_log_bin = 0; UPDATE a SET v = 1 WHERE id % 2 = 0; SET SESSION sql_log_bin = 1',
    );
    const repair = verify(pipeline, { repair: true });
    let isOver = false;
    void repair.finally(() => (isOver = true)).catch(() => undefined);
    for (let turn = 0; !isOver; turn++) {
      await db.query('UPDATE a SET v = v + 10 WHERE id = ?', [(turn * 7) % 3000]);
      await db.query('DELETE FROM a WHERE id = ?', [(turn * 11) % 3000]);
      await db.query('INSERT INTO a (id, v) VALUES (?, 5)', [10_000 + turn]);
      if (turn === 20) await db.query('ALTER TABLE a ADD w INT NOT NULL DEFAULT 4');
    }
    await repair.catch((error: { code?: string }) => assert.equal(error.code, 'SOURCE_TABLE_CHANGED'));
    const last = await verify(pipeline, { repair: true });
    assert.deepEqual(differencesOf(last), []);
    assert.equal(last.equal, true);
  });
});
