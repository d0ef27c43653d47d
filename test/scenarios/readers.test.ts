/** Scenarios of what reads the log: the loader, and the alerts. One source; each scenario has a data folder of its own. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openChdb } from '../../adapters/chdb/open-chdb.ts';
import { openEmbeddedLog } from '../../adapters/embedded-log/open-embedded-log.ts';
import type { LoggedBatch } from '../../core/ports/change-log.ts';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';
import { differencesOf, openPipeline, startPipeline, type TestPipeline } from '../support/pipeline.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const never = new AbortController().signal;

let db: TestMariadb;

async function assertEqual(pipeline: TestPipeline, ...tables: readonly string[]): Promise<void> {
  const report = await pipeline.runtime.verify({ tables, excludeTables: [] }, () => undefined, never);
  assert.deepEqual(differencesOf(report), []);
  assert.equal(report.tables.length, tables.length);
}

/** Appends a record to the log of a folder that nobody has open, in the shape of the table's newest one but no such record. */
async function appendPoison(dataDir: string, table: string): Promise<void> {
  const { log, close } = await openEmbeddedLog({ dir: join(dataDir, 'log') });
  const newest: LoggedBatch[] = [];
  const { batches } = await log.read({ from: null, maxBytes: 1 << 24, waitMs: 0 });
  newest.push(batches.filter(({ topic }) => topic.endsWith(`.${table}`)).at(-1)!);
  const { topic, valueSchemaId, keySchemaId, timestampMs, lastSeq } = newest[0]!;
  const poison = Buffer.from([0xff, 0xff, 0x07]);
  await log.append(
    [
      {
        ...{ topic, valueSchemaId, keySchemaId, timestampMs, count: 1, firstSeq: lastSeq, lastSeq },
        ...{ values: poison, valueEnds: Uint32Array.of(poison.length) },
        ...{ keys: new Uint8Array(0), keyEnds: Uint32Array.of(0) },
      },
    ],
    [],
  );
  await close();
}

async function alterMirror(dataDir: string, setting: string): Promise<void> {
  const warehouse = await openChdb({ dir: join(dataDir, 'warehouse') });
  await warehouse.command(`ALTER TABLE mirror.parts ${setting}`);
  await warehouse.close();
}

/** Resolves when the log of the process has such a line. */
async function untilLogged(dataDir: string, pattern: RegExp): Promise<void> {
  const folder = join(dataDir, 'logs');
  for (;;) {
    // The folder is made with the first line.
    const names = await readdir(folder).catch(() => []);
    const texts = names.map((name) => readFile(join(folder, name), 'utf8'));
    if ((await Promise.all(texts)).some((text) => pattern.test(text))) return;
    await pause(20);
  }
}

void describe('readers of the log', () => {
  before(async () => {
    db = await startTestMariadb();
  });
  after(() => db[Symbol.asyncDispose]());

  void it('C31 a record that cannot be read goes to the dead letters with its reason, and all others go on in order', async () => {
    using folder = makeTemporaryFolder();
    const place = { source: db.captureUrl(), dataDir: folder.path };
    await db.query(
      'CREATE TABLE good (id INT PRIMARY KEY, v INT); CREATE TABLE sick (id INT PRIMARY KEY, v INT); INSERT INTO sick VALUES (1, 1), (2, 2)',
    );
    const capture = await openPipeline({ ...place, stages: ['capture'] });
    await capture.caughtUp();
    await capture[Symbol.asyncDispose]();
    await appendPoison(folder.path, 'sick');
    await db.query(
      'UPDATE sick SET v = 20 WHERE id = 2; INSERT INTO sick VALUES (3, 3); INSERT INTO good VALUES (1, 1)',
    );
    // A table that is gone by the time its rows are read is none of the reader's business.
    await db.query('CREATE TABLE gone (id INT PRIMARY KEY); INSERT INTO gone VALUES (1); DROP TABLE gone');
    await using pipeline = await startPipeline(place);
    await assertEqual(pipeline, 'good', 'sick');
    const letters = await pipeline.rows<{ topic: string; reason: string }>(
      'SELECT topic, reason FROM raw.dead_letters',
    );
    assert.deepEqual(
      letters.map(({ topic }) => topic),
      ['dolibarr.dolibarr.sick'],
    );
    assert.match(letters[0]!.reason, /\S/);
    await db.query('DROP TABLE good, sick');
  });

  void it('C32 numbers of date-times are read as what they are, and too many parts make the loader wait, not lose', async () => {
    using folder = makeTemporaryFolder();
    const place = { source: db.captureUrl(), dataDir: folder.path };
    await db.query('CREATE TABLE parts (id INT PRIMARY KEY, at DATETIME(6))');
    const first = await startPipeline(place);
    await db.query("INSERT INTO parts VALUES (1, '2026-01-01 00:00:00.000001')");
    await db.query("INSERT INTO parts SELECT seq + 1, '1969-12-31 23:59:59.999999' FROM seq_1_to_3000");
    await assertEqual(first, 'parts');
    const rows = await first.rows('SELECT DISTINCT toString(at) AS at FROM mirror.parts FINAL ORDER BY id');
    assert.deepEqual(rows, [{ at: '2026-01-01 00:00:00.000001' }, { at: '1969-12-31 23:59:59.999999' }]);
    await first[Symbol.asyncDispose]();
    await alterMirror(folder.path, 'MODIFY SETTING parts_to_throw_insert = 1, parts_to_delay_insert = 1');
    const second = await openPipeline({ ...place, flags: { logLevel: 'warn' } });
    await db.query("UPDATE parts SET at = '2026-02-02' WHERE id = 1; DELETE FROM parts WHERE id > 3000");
    await untilLogged(folder.path, /Too many parts.*trying again/);
    await second[Symbol.asyncDispose]();
    await alterMirror(folder.path, 'RESET SETTING parts_to_throw_insert, parts_to_delay_insert');
    await using third = await startPipeline(place);
    await assertEqual(third, 'parts');
    const [counts] = await third.rows('SELECT count() AS n, uniqExact(seq) AS seqs FROM raw.events');
    assert.deepEqual(counts, { n: '3003', seqs: '3003' });
    await db.query('DROP TABLE parts');
  });

  void it('C33 an alert is sent once, also when its rows are copied again and the process starts again', async () => {
    using folder = makeTemporaryFolder();
    const sent: string[] = [];
    const receiver = createServer((request, response) => {
      sent.push(String(request.headers['idempotency-key']));
      request.resume().on('end', () => response.end('ok'));
    });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const webhookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    await db.query(
      `CREATE TABLE llx_fichinter (rowid INT PRIMARY KEY, ref VARCHAR(30), entity INT, tms TIMESTAMP);
       CREATE TABLE llx_fichinter_extrafields (rowid INT PRIMARY KEY, fk_object INT, type_intervention VARCHAR(255),
         duree_estimee DOUBLE(24,8), duree_reelle DOUBLE(24,8), satisfaction INT, cout DOUBLE(24,8), ville VARCHAR(255))`,
    );
    const start = (): Promise<TestPipeline> =>
      startPipeline({
        ...{ source: db.captureUrl(), dataDir: folder.path, flags: { webhookUrl } },
        stages: ['capture', 'warehouse', 'analytics', 'alerting'],
      });
    const first = await start();
    await db.query(
      `INSERT INTO llx_fichinter VALUES (1, 'FI-1', 1, NOW());
       INSERT INTO llx_fichinter_extrafields VALUES (1, 1, 'plomberie', 5, 14, 4, 700, 'Lyon')`,
    );
    while (sent.length === 0) await pause(10);
    await first.runtime.backfill({ tables: ['llx_*'], excludeTables: [] }, () => undefined, never);
    await first[Symbol.asyncDispose]();
    const again = await start();
    await again.runtime.backfill({ tables: ['llx_*'], excludeTables: [] }, () => undefined, never);
    const { counts } = await again.runtime.status();
    await again[Symbol.asyncDispose]();
    receiver.close();
    assert.equal(counts.alerted, 1);
    assert.equal(sent.length, 1);
  });
});
