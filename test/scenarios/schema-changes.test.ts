/** Scenarios of schema changes. One source, and one data folder that the pipeline leaves and comes back to. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';
import { differencesOf, openPipeline, startPipeline, type TestPipeline } from '../support/pipeline.ts';

const never = new AbortController().signal;

let db: TestMariadb;
let dataDir: string;
let pipeline: TestPipeline | null = null;

async function begin(stages: 'capture' | 'all' = 'all'): Promise<TestPipeline> {
  const place = { source: db.captureUrl(), dataDir };
  if (stages === 'capture') pipeline = await openPipeline({ ...place, stages: ['capture'] });
  else pipeline = await startPipeline(place);
  return pipeline;
}

async function leave(): Promise<void> {
  await pipeline?.[Symbol.asyncDispose]();
  pipeline = null;
}

async function assertEqual(...tables: readonly string[]): Promise<void> {
  const report = await pipeline!.runtime.verify({ tables, excludeTables: [] }, () => undefined, never);
  assert.deepEqual(differencesOf(report), []);
  assert.equal(report.tables.length, tables.length);
}

const imagesOf = async (table: string, op: string): Promise<unknown[]> => {
  const rows = await pipeline!.rows<{ after: string }>(
    `SELECT after FROM raw.events WHERE table = '${table}' AND op = '${op}' ORDER BY seq`,
  );
  return rows.map(({ after: image }) => JSON.parse(image) as unknown);
};

/** So many sessions insert into `table` until `stop` is called; resolves with how many rows there are. */
function keepInserting(table: string, sessions: number): { stop(): Promise<void> } {
  let isStopped = false;
  const work = async (session: number): Promise<void> => {
    const connection = await db.connect();
    for (let n = 0; !isStopped; n++) {
      await connection.query(`INSERT INTO ${table} (id, v) VALUES (?, ?), (?, ?)`, [
        ...[session * 1_000_000 + n * 2, n],
        ...[session * 1_000_000 + n * 2 + 1, n],
      ]);
    }
    await connection.end();
  };
  const working = Promise.all(Array.from({ length: sessions }, (_, index) => work(index + 1)));
  return {
    stop: async () => {
      isStopped = true;
      await working;
    },
  };
}

void describe('schema changes', () => {
  before(async () => {
    db = await startTestMariadb();
    await db.query('CREATE TABLE wide (id INT PRIMARY KEY, v INT)');
    dataDir = await mkdtemp(join(tmpdir(), 'dolistream-scenario-'));
    await begin();
  });
  after(async () => {
    await leave();
    await rm(dataDir, { recursive: true, force: true });
    await db[Symbol.asyncDispose]();
  });

  void it('C08 no value is lost when a column is added sixty times under load, each followed by an INSERT', async () => {
    const load = keepInserting('wide', 2);
    for (let n = 1; n <= 60; n++) {
      const added = n % 10 === 0 ? `INT NOT NULL DEFAULT ${n}` : 'INT NULL';
      await db.query(
        `ALTER TABLE wide ADD c${n} ${added}; INSERT INTO wide (id, c${n}) VALUES (${n}, ${n * 100})`,
      );
    }
    await load.stop();
    await assertEqual('wide');
    const sum = Array.from({ length: 60 }, (_, index) => `if(id = ${index + 1}, c${index + 1}, 0)`).join(
      ' + ',
    );
    const rows = await pipeline!.rows(`SELECT sum(${sum}) AS total FROM mirror.wide FINAL WHERE id <= 60`);
    assert.deepEqual(rows, [{ total: String((100 * 60 * 61) / 2) }]);
  });

  void it('C09 rows that wait before and behind a DDL, from four writers, are all kept, each in its shape', async () => {
    await db.query('CREATE TABLE queued (id INT PRIMARY KEY, v INT)');
    await leave();
    const capture = await begin('capture');
    const load = keepInserting('queued', 4);
    await db.query('ALTER TABLE queued ADD w INT NULL AFTER id; INSERT INTO queued VALUES (1, 2, 3)');
    await db.query('ALTER TABLE queued DROP COLUMN w; INSERT INTO queued VALUES (2, 4)');
    await db.query("ALTER TABLE queued ADD w VARCHAR(5) NULL; INSERT INTO queued VALUES (3, 6, 'w')");
    await load.stop();
    await capture.caughtUp();
    await leave();
    await begin();
    await assertEqual('queued');
    const images = (await imagesOf('queued', 'c')) as { id: number }[];
    assert.deepEqual(
      images.filter(({ id }) => id < 10),
      [
        { id: 1, w: 2, v: 3 },
        { id: 2, v: 4 },
        { id: 3, v: 6, w: 'w' },
      ],
    );
  });

  void it('C10 old rows are decoded with the shape they had, when the reader was away for several ALTERs', async () => {
    await db.query('CREATE TABLE away (id INT PRIMARY KEY, qty INT, price INT)');
    await pipeline!.caughtUp();
    await leave();
    await db.query('INSERT INTO away VALUES (1, 20, 88)');
    // The two columns change places: whoever asks the catalog now labels the first row wrongly.
    await db.query('ALTER TABLE away RENAME COLUMN qty TO tmp, RENAME COLUMN price TO qty');
    await db.query('ALTER TABLE away RENAME COLUMN tmp TO price; INSERT INTO away VALUES (2, 90, 22)');
    await db.query('ALTER TABLE away DROP COLUMN price; INSERT INTO away VALUES (3, 91)');
    await begin();
    await assertEqual('away');
    assert.deepEqual(await imagesOf('away', 'c'), [
      { id: 1, qty: 20, price: 88 },
      { id: 2, price: 90, qty: 22 },
      { id: 3, qty: 91 },
    ]);
  });

  void it('C11 DROP, RENAME, MODIFY and CHANGE of columns, FIRST and AFTER, and defaults on old rows are followed', async () => {
    await db.query('CREATE TABLE cols (id INT PRIMARY KEY, a INT, b VARCHAR(20), c DATE)');
    await db.query("INSERT INTO cols VALUES (1, 1, 'un', '2026-01-01'), (2, 2, 'deux', NULL)");
    const changes = [
      "ADD f VARCHAR(5) NOT NULL DEFAULT 'd' FIRST",
      'ADD g INT NOT NULL DEFAULT 7 AFTER a',
      'RENAME COLUMN a TO aa',
      'CHANGE b remark TEXT',
      'MODIFY aa VARCHAR(30)',
      'DROP COLUMN f',
      'MODIFY remark TEXT AFTER id',
      'DROP COLUMN c',
    ];
    for (const [index, change] of changes.entries()) {
      await db.query(`ALTER TABLE cols ${change}; INSERT INTO cols (id) VALUES (${index + 10})`);
      await db.query(`DELETE FROM cols WHERE id = ${index + 9}`);
    }
    await assertEqual('cols');
    const rows = await pipeline!.rows(
      'SELECT * EXCEPT (_seq, _deleted) FROM mirror.cols FINAL ORDER BY id LIMIT 2',
    );
    assert.deepEqual(rows, [
      { id: 1, remark: 'un', aa: '1', g: 7 },
      { id: 2, remark: 'deux', aa: '2', g: 7 },
    ]);
  });

  void it('C12 schema and rows go on through a table swap as gh-ost and pt-online-schema-change do it', async () => {
    await db.query(
      "CREATE TABLE swap (id INT PRIMARY KEY, v VARCHAR(10)); INSERT INTO swap VALUES (1, 'a'), (2, 'b')",
    );
    await db.query(
      'CREATE TABLE _swap_gho LIKE swap; ALTER TABLE _swap_gho ADD extra INT NOT NULL DEFAULT 5',
    );
    await db.query(
      "INSERT INTO _swap_gho (id, v) SELECT id, v FROM swap; UPDATE swap SET v = 'A' WHERE id = 1",
    );
    await db.query(
      "REPLACE INTO _swap_gho VALUES (1, 'A', 5); RENAME TABLE swap TO _swap_del, _swap_gho TO swap",
    );
    await db.query(
      "INSERT INTO swap VALUES (3, 'c', 6); UPDATE swap SET extra = 8 WHERE id = 2; DROP TABLE _swap_del",
    );
    await assertEqual('swap');
    const gone = await pipeline!.rows(
      "SELECT name FROM system.tables WHERE database = 'mirror' AND name LIKE '%swap\\\\_%'",
    );
    assert.deepEqual(gone, []);
  });

  void it('C13 TRUNCATE, DROP and CREATE under the same name, and a dropped partition empty the table once', async () => {
    await db.query(
      'CREATE TABLE emptied (id INT PRIMARY KEY, v INT); INSERT INTO emptied VALUES (1, 1), (2, 2)',
    );
    await db.query('TRUNCATE TABLE emptied; INSERT INTO emptied VALUES (2, 20)');
    await db.query('CREATE TABLE made (id INT PRIMARY KEY, v INT); INSERT INTO made VALUES (1, 1), (2, 2)');
    await db.query(
      "DROP TABLE made; CREATE TABLE made (id INT PRIMARY KEY, w VARCHAR(5)); INSERT INTO made VALUES (2, 'w')",
    );
    await db.query(
      `CREATE TABLE parted (id INT PRIMARY KEY, v INT) PARTITION BY RANGE (id)
         (PARTITION p1 VALUES LESS THAN (10), PARTITION p2 VALUES LESS THAN (20));
       INSERT INTO parted VALUES (1, 1), (11, 1), (12, 1)`,
    );
    await assertEqual('emptied', 'made', 'parted');
    await db.query('ALTER TABLE parted DROP PARTITION p1; INSERT INTO parted VALUES (13, 2)');
    await assertEqual('parted');
    await db.query('ALTER TABLE parted TRUNCATE PARTITION p2; INSERT INTO parted VALUES (14, 3)');
    await assertEqual('parted');
    const truncates = await pipeline!.rows(
      "SELECT table, count() AS n FROM raw.events WHERE op = 't' AND table IN ('emptied', 'made') GROUP BY table ORDER BY table",
    );
    assert.deepEqual(truncates, [
      { table: 'emptied', n: '1' },
      { table: 'made', n: '1' },
    ]);
  });
});
