/** A copy that is killed again and again goes on where it was: no row is read into the log twice, and none is missing. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openChdb } from '../../adapters/chdb/open-chdb.ts';
import { openEmbeddedLog } from '../../adapters/embedded-log/open-embedded-log.ts';
import type { VerifyReport } from '../../app/runtime.ts';
import { CAPTURE_OWNER, parseCaptureState } from '../../services/capture/capture-state.ts';
import { auditDataFolder } from '../support/audit-data-folder.ts';
import { createBusyTables, startWriters } from '../support/busy-tables.ts';
import { startCli } from '../support/cli-process.ts';
import { countChanges } from '../support/count-changes.ts';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';
import { UpProcess } from '../support/up-process.ts';
import { createRandom } from '../../simulator/random.ts';

const ROWS = 20_000;
const KILLS = 6;
/** Slow enough that every kill finds the copy at work, in one table or another. */
const ROWS_PER_SECOND = '25000';

async function gtidPosition(db: TestMariadb): Promise<string> {
  const [row] = await db.query<{ gtid: string }>('SELECT @@gtid_binlog_pos AS gtid');
  return row!.gtid;
}

async function firstPosition(up: UpProcess): Promise<void> {
  for (;;) {
    const status = (await (await fetch(`${up.http}/api/status`)).json()) as { position: string | null };
    if (status.position !== null) return;
    await pause(10);
  }
}

async function tablesLeft(dataDir: string): Promise<number> {
  const { log, close } = await openEmbeddedLog({ dir: join(dataDir, 'log') });
  const state = parseCaptureState(await log.getState(CAPTURE_OWNER));
  await close();
  return state.copies.length;
}

/** Keys of which a copied row is in raw.events more than once. The table without a key starts anew and is left out. */
async function doubledRows(dataDir: string): Promise<object[]> {
  const warehouse = await openChdb({ dir: join(dataDir, 'warehouse') });
  const rows = await warehouse.rows<object>(
    `SELECT table, count() AS keys FROM (
       SELECT table, after, count() AS copies FROM raw.events WHERE op = 'r' AND table != 'k_none' GROUP BY table, after
     ) WHERE copies > 1 GROUP BY table`,
  );
  await warehouse.close();
  return rows;
}

void describe('a copy under kill -9', () => {
  void it('goes on at the chunk in hand, with the source equal at the end and nothing doubled', async () => {
    await using db = await startTestMariadb();
    await createBusyTables(db, ROWS);
    const dataDir = await mkdtemp(join(tmpdir(), 'dolistream-backfill-'));
    const random = createRandom(11).next;
    let running: UpProcess | null = null;
    try {
      const up = { source: db.captureUrl(), dataDir, extra: ['--max-rows-per-second', ROWS_PER_SECOND] };
      const from = await gtidPosition(db);
      running = await UpProcess.start(up);
      await firstPosition(running);
      await using writers = startWriters(db, { rows: ROWS, count: 2, seed: 5, moves: false });
      const left: number[] = [];
      for (let kill = 0; kill < KILLS; kill++) {
        await pause(200 + random() * 900);
        await running.kill9();
        left.push(await tablesLeft(dataDir));
        running = await UpProcess.start(up);
      }
      await running.untilStreaming();
      await writers.stop();
      const verified = await startCli(['verify', '--data', dataDir, '--source', up.source, '--json']).result;
      assert.equal(verified.code, 0, verified.stderr + verified.stdout.slice(0, 2000));
      assert.equal((JSON.parse(verified.stdout) as VerifyReport).tables.length, 10);
      assert.equal(await running.stop(), 0);
      assert.ok(left[1]! > 0, `tables left at the kills: ${left.join(', ')}`);
      const server = { port: db.port, user: db.server.user, password: db.server.password };
      const range = { database: db.database, from, to: await gtidPosition(db) };
      assert.deepEqual(await auditDataFolder(dataDir, await countChanges(server, range)), []);
      assert.deepEqual(await doubledRows(dataDir), []);
      running = null;
    } finally {
      await running?.kill9();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
