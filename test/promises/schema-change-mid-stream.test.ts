/** Whatever a Dolibarr module or its upgrader does to tables while rows flow, the warehouse ends equal to the source. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startTestMariadb } from '../support/mariadb.ts';
import { differencesOf, startPipeline, type TestPipeline } from '../support/pipeline.ts';

async function assertEqual(pipeline: TestPipeline, tables: number): Promise<void> {
  const report = await pipeline.verify();
  assert.deepEqual(differencesOf(report), []);
  assert.equal(report.tables.length, tables);
}

void describe('a schema change in the stream', () => {
  void it('is followed without losing a value, with rows before, between and after it', async () => {
    await using db = await startTestMariadb();
    await db.query('CREATE TABLE a (id INT PRIMARY KEY AUTO_INCREMENT, x INT, note VARCHAR(50))');
    await db.query("INSERT INTO a (x, note) VALUES (1, 'un'), (2, 'deux')");
    await using pipeline = await startPipeline({ source: db.captureUrl() });
    await db.query(
      "ALTER TABLE a ADD first_col VARCHAR(20) FIRST; INSERT INTO a (first_col, x) VALUES ('f', 3)",
    );
    await db.query(
      'ALTER TABLE a ADD after_x INT NOT NULL DEFAULT 7 AFTER x; INSERT INTO a (x, after_x) VALUES (4, 8)',
    );
    await assertEqual(pipeline, 1);
    await db.query(
      'ALTER TABLE a CHANGE note remark TEXT; UPDATE a SET remark = CONCAT(remark, "!") WHERE x = 1',
    );
    await db.query('ALTER TABLE a MODIFY x VARCHAR(30); UPDATE a SET x = "text" WHERE id = 2');
    await db.query('ALTER TABLE a DROP COLUMN first_col; DELETE FROM a WHERE id = 1');
    await db.query('ALTER TABLE a CONVERT TO CHARACTER SET latin1; ALTER TABLE a ADD KEY (after_x)');
    await assertEqual(pipeline, 1);
    await db.query(
      'ALTER TABLE a DROP PRIMARY KEY, ADD PRIMARY KEY (id, after_x); UPDATE a SET after_x = 99 WHERE id = 3',
    );
    await assertEqual(pipeline, 1);
  });

  void it('creates, drops, empties and renames tables in order', async () => {
    await using db = await startTestMariadb();
    await db.query('CREATE TABLE t (id INT PRIMARY KEY, v INT); INSERT INTO t VALUES (1, 1), (2, 2)');
    await using pipeline = await startPipeline({ source: db.captureUrl() });
    await db.query('CREATE TABLE empty_one (id INT PRIMARY KEY, d DECIMAL(10,2))');
    await db.query('CREATE TABLE made AS SELECT * FROM t');
    await db.query('TRUNCATE TABLE t; INSERT INTO t VALUES (2, 20), (3, 30)');
    await assertEqual(pipeline, 3);
    await db.query(
      'DROP TABLE t; CREATE TABLE t (id INT PRIMARY KEY, other VARCHAR(10)); INSERT INTO t VALUES (2, "new")',
    );
    await assertEqual(pipeline, 3);
    // A swap as gh-ost and pt-online-schema-change do it.
    await db.query('CREATE TABLE _t_gho LIKE t; ALTER TABLE _t_gho ADD extra INT DEFAULT 5');
    await db.query(
      'INSERT INTO _t_gho (id, other) SELECT id, other FROM t; RENAME TABLE t TO _t_del, _t_gho TO t',
    );
    await db.query('INSERT INTO t (id, other) VALUES (9, "after")');
    await assertEqual(pipeline, 4);
    assert.deepEqual(await pipeline.rows('SELECT id, other, extra FROM mirror.t ORDER BY id'), [
      { id: 2, other: 'new', extra: 5 },
      { id: 9, other: 'after', extra: 5 },
    ]);
    await db.query('DROP TABLE _t_del, made');
    await assertEqual(pipeline, 2);
  });

  void it('is followed also on a table without a key, whose rows may repeat', async () => {
    await using db = await startTestMariadb();
    await db.query(
      'CREATE TABLE bag (v VARCHAR(10), n INT); INSERT INTO bag VALUES ("x", 1), ("x", 1), (NULL, NULL)',
    );
    await using pipeline = await startPipeline({ source: db.captureUrl() });
    await db.query('INSERT INTO bag VALUES ("x", 1), ("y", 2); DELETE FROM bag WHERE v = "x" LIMIT 1');
    await assertEqual(pipeline, 1);
    await db.query('ALTER TABLE bag ADD z INT DEFAULT 3; UPDATE bag SET n = 5 WHERE v = "x" LIMIT 1');
    await assertEqual(pipeline, 1);
    assert.deepEqual(await pipeline.rows('SELECT count() AS n FROM mirror.bag'), [{ n: '4' }]);
  });

  void it('decodes old rows with the schema they were written in, when the reader was away for several changes', async () => {
    await using db = await startTestMariadb();
    await db.query(
      'CREATE TABLE a (id INT PRIMARY KEY, qty INT, price INT); INSERT INTO a VALUES (1, 20, 88)',
    );
    const folder = await startPipeline({ source: db.captureUrl() });
    await using first = folder;
    await db.query('INSERT INTO a VALUES (2, 21, 89)');
    await db.query('ALTER TABLE a RENAME COLUMN qty TO tmp, RENAME COLUMN price TO qty');
    await db.query('ALTER TABLE a RENAME COLUMN tmp TO price; INSERT INTO a VALUES (3, 90, 22)');
    await db.query('ALTER TABLE a DROP COLUMN price; INSERT INTO a VALUES (4, 91)');
    await assertEqual(first, 1);
    const [row] = await first.rows<{ after: string }>(
      "SELECT after FROM raw.events WHERE op = 'c' ORDER BY seq LIMIT 1",
    );
    assert.deepEqual(JSON.parse(row!.after), { id: 2, qty: 21, price: 89 });
  });
});
