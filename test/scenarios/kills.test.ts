/** Scenarios of `kill -9`: one process as users run it, killed and started again over one data folder. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openChdb } from '../../adapters/chdb/open-chdb.ts';
import { openEmbeddedLog } from '../../adapters/embedded-log/open-embedded-log.ts';
import type { VerifyReport } from '../../app/runtime.ts';
import { CAPTURE_OWNER, parseCaptureState } from '../../services/capture/capture-state.ts';
import { runCli } from '../support/cli-process.ts';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';
import { differencesOf } from '../support/pipeline.ts';
import { UpProcess, type UpOptions } from '../support/up-process.ts';

const ROWS = 12_000;

interface KilledLog {
  readonly seq: number;
  readonly newest: number;
  readonly copying: boolean;
}

const killedLogs: KilledLog[] = [];
let db: TestMariadb;
let up: UpOptions;
let running: UpProcess;

async function captured(): Promise<number> {
  const answer = await fetch(`${running.http}/api/status`);
  const { counts } = (await answer.json()) as { counts: { captured: number } };
  return counts.captured;
}

async function untilCaptured(records: number): Promise<void> {
  while ((await captured()) < records) await pause(10);
}

/** The saved state and the newest seq in the log, of a folder that nobody has open. */
async function readLog(): Promise<KilledLog> {
  const { log, close } = await openEmbeddedLog({ dir: join(up.dataDir, 'log') });
  try {
    const state = parseCaptureState(await log.getState(CAPTURE_OWNER));
    let newest = 0;
    for await (const { lastSeq } of log.summaries(null)) newest = Math.max(newest, lastSeq);
    return { seq: state.seq, newest, copying: state.copies.length > 0 };
  } finally {
    await close();
  }
}

async function verify(): Promise<void> {
  const answer = await fetch(`${running.http}/api/verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tables: ['*'] }),
  });
  const last = (await answer.text()).trimEnd().split('\n').at(-1)!;
  const { report } = JSON.parse(last) as { report?: VerifyReport };
  assert.ok(report, last);
  assert.deepEqual(differencesOf(report), []);
  assert.equal(report.tables.length, 2);
}

/** kill -9; the log that it leaves is looked at by C07. */
async function kill9(): Promise<KilledLog> {
  await running.kill9();
  const log = await readLog();
  killedLogs.push(log);
  return log;
}

/** What is in `raw` more than once, of a folder that nobody has open. */
async function doubledEvents(): Promise<object[]> {
  const warehouse = await openChdb({ dir: join(up.dataDir, 'warehouse') });
  try {
    return await warehouse.rows<object>(
      'SELECT topic, offset, count() AS times FROM raw.events GROUP BY topic, offset HAVING times > 1 LIMIT 3',
    );
  } finally {
    await warehouse.close();
  }
}

void describe('after kill -9', () => {
  before(async () => {
    db = await startTestMariadb();
    await db.query(
      `CREATE TABLE big (id INT PRIMARY KEY, v INT, note VARCHAR(100));
       INSERT INTO big SELECT seq, seq, REPEAT('x', 90) FROM seq_1_to_${ROWS};
       CREATE TABLE counter (id INT PRIMARY KEY, v INT); INSERT INTO counter SELECT seq, 0 FROM seq_1_to_50`,
    );
    up = { source: db.captureUrl(), dataDir: await mkdtemp(join(tmpdir(), 'dolistream-kills-')) };
  });
  after(async () => {
    await running.kill9();
    await rm(up.dataDir, { recursive: true, force: true });
    await db[Symbol.asyncDispose]();
  });

  void it('C03 a first copy goes on behind the last chunk that is in the log: none is lost, none is doubled', async () => {
    running = await UpProcess.start({ ...up, extra: ['--max-rows-per-second', '5000'] });
    await untilCaptured(3_000);
    assert.equal((await kill9()).copying, true);
    running = await UpProcess.start(up);
    await running.untilStreaming();
    await verify();
    assert.equal(await captured(), ROWS + 50);
  });

  void it('C05 what is read again after a restart never wins over what is newer, also within one second', async () => {
    for (let round = 1; round <= 60; round++) await db.query('UPDATE counter SET v = ?', [round]);
    await kill9();
    for (let round = 61; round <= 90; round++) await db.query('UPDATE counter SET v = ?', [round]);
    running = await UpProcess.start(up);
    await verify();
    const body = 'SELECT min(v), max(v) FROM mirror.counter FINAL FORMAT TSV';
    const answer = await fetch(running.http, { method: 'POST', body });
    assert.equal(await answer.text(), '90\t90\n');
  });

  void it('C06 a crash between insert and saved cursor doubles nothing, and a second process is refused the folder', async () => {
    const writing = (async () => {
      for (let round = 100; round < 160; round++) await db.query('UPDATE counter SET v = ?', [round]);
    })();
    // A moment in the middle of the loader's work, not a wait for something.
    await pause(150);
    const second = await runCli(['up', '--source', up.source, '--data', up.dataDir, '--http', '127.0.0.1:0']);
    assert.equal(second.code, 1);
    assert.match(second.stderr, /DATA_DIR_LOCKED/);
    await kill9();
    await writing;
    running = await UpProcess.start(up);
    await verify();
    assert.equal(await running.stop(), 0);
    assert.deepEqual(await doubledEvents(), []);
  });

  void it('C07 the position that is saved is that of the newest record in the log, never none and never another', () => {
    assert.equal(killedLogs.length, 3);
    for (const { seq, newest } of killedLogs) {
      assert.ok(seq > 3_000);
      assert.equal(seq, newest);
    }
  });
});
