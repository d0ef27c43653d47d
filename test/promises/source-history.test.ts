/** A source whose binlog is no longer the one that was read: it is noticed, named, and a new copy mends it. */
import assert from 'node:assert/strict';
import { cp, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { openEmbeddedLog } from '../../adapters/embedded-log/open-embedded-log.ts';
import {
  CAPTURE_OWNER,
  captureStateJson,
  parseCaptureState,
  restartedState,
} from '../../services/capture/capture-state.ts';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';
import { differencesOf, openPipeline, startPipeline, type TestPipeline } from '../support/pipeline.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts';

let db: TestMariadb;
let folder: TemporaryFolder;

const place = (): { source: string; dataDir: string } => ({ source: db.captureUrl(), dataDir: folder.path });

/** Runs the pipeline until it has read everything, and ends it. */
async function readAll(): Promise<void> {
  const pipeline = await startPipeline(place());
  await pipeline[Symbol.asyncDispose]();
}

async function assertEqual(pipeline: TestPipeline): Promise<void> {
  const report = await pipeline.verify();
  assert.deepEqual(differencesOf(report), []);
  assert.equal(report.tables.length, 1);
}

/** What `dolistream backfill --restart` does before it copies everything anew. */
async function forgetPlace(): Promise<void> {
  const { log, close } = await openEmbeddedLog({ dir: join(folder.path, 'log') });
  const state = restartedState(parseCaptureState(await log.getState(CAPTURE_OWNER)));
  await log.setState([{ owner: CAPTURE_OWNER, state: captureStateJson(state) }]);
  await close();
}

async function assertNamedAndMended(message: RegExp): Promise<void> {
  await assert.rejects(startPipeline(place()), (error: Error & { code: string; fix: string }) => {
    assert.equal(error.code, 'SOURCE_HISTORY_CHANGED');
    assert.match(error.message, message);
    assert.match(error.fix, /backfill --restart/);
    return true;
  });
  await forgetPlace();
  await using pipeline = await startPipeline(place());
  await db.query('UPDATE a SET v = v + 1 WHERE id = 1');
  await assertEqual(pipeline);
}

void describe('a source with another past', () => {
  before(async () => {
    db = await startTestMariadb();
  });
  after(() => db[Symbol.asyncDispose]());
  beforeEach(async () => {
    folder = makeTemporaryFolder();
    await db.query(
      'CREATE OR REPLACE TABLE a (id INT PRIMARY KEY, v INT); INSERT INTO a SELECT seq, 0 FROM seq_1_to_20',
    );
  });
  afterEach(() => folder[Symbol.dispose]());

  void it('after RESET MASTER is noticed, before and after it has come to the same GTID again', async () => {
    await readAll();
    const [before] = await db.query<{ gtid: string }>('SELECT @@gtid_binlog_pos AS gtid');
    const sequence = Number(before!.gtid.split('-')[2]);
    await db.query('RESET MASTER; DELETE FROM a WHERE id = 3');
    await assert.rejects(startPipeline(place()), { code: 'SOURCE_HISTORY_CHANGED' });
    for (let n = 1; n < sequence + 5; n++) await db.query('UPDATE a SET v = ? WHERE id = 2', [n]);
    await assertNamedAndMended(/begun anew .*binlog\.000001:\d+ was 0-1-\d+, and is /);
  });

  void it('that was restored from a backup is noticed, before and after it has come to the same GTID again', async () => {
    const data = join(db.server.dir, 'data');
    await db.server.stop();
    await cp(data, `${data}.backup`, { recursive: true });
    await db.server.restart();
    for (let n = 1; n <= 5; n++) await db.query('UPDATE a SET v = ? WHERE id = 5', [n]);
    await readAll();
    await db.server.stop();
    await rm(data, { recursive: true });
    await cp(`${data}.backup`, data, { recursive: true });
    await db.server.restart();
    await assert.rejects(startPipeline(place()), {
      code: 'SOURCE_HISTORY_CHANGED',
      message: /does not know transaction 0-1-\d+/,
    });
    for (let n = 1; n <= 9; n++) await db.query('DELETE FROM a WHERE id = ?', [n + 10]);
    await assertNamedAndMended(/begun anew|does not know/);
  });

  void it('that lost the end of a transaction in a crash is copied anew where that matters, and followed on', async () => {
    await readAll();
    // The reader meets the torn transaction only on its way from one that it has not read.
    await db.query('INSERT INTO a VALUES (500, 5)');
    await db.query('BEGIN; UPDATE a SET v = -1; INSERT INTO a SELECT seq, -2 FROM seq_1001_to_3000; COMMIT');
    const [newest] = (await db.query<{ Log_name: string }>('SHOW BINARY LOGS')).slice(-1);
    const events = await db.query<{ Event_type: string; Pos: number }>(
      `SHOW BINLOG EVENTS IN '${newest!.Log_name}'`,
    );
    const end = events.filter(({ Event_type: type }) => type === 'Xid').at(-1)!;
    await db.server.kill9();
    await truncate(join(db.server.dir, 'data', newest!.Log_name), Number(end.Pos));
    await db.server.restart();
    await using pipeline = await openPipeline(place());
    await db.query('DELETE FROM a WHERE id > 2500; INSERT INTO a VALUES (9000, 9)');
    await pipeline.caughtUp();
    await assertEqual(pipeline);
  });
});
