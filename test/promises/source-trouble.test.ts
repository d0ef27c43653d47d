/** What the source does to a reader, and what the reader makes of it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startCli } from '../support/cli-process.ts';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';
import { startPipeline, type TestPipeline } from '../support/pipeline.ts';
import { UpProcess } from '../support/up-process.ts';

async function untilStage(pipeline: TestPipeline, name: string, state: string): Promise<void> {
  for (;;) {
    const { stages } = await pipeline.runtime.status();
    if (stages.find((stage) => stage.name === name)?.state === state) return;
    await pause(20);
  }
}

/** A log that a reader was just sent cannot be purged until the server has noticed that the reader left. */
async function purgeOldLogs(db: TestMariadb): Promise<void> {
  for (;;) {
    const logs = await db.query<{ Log_name: string }>('SHOW BINARY LOGS');
    if (logs.length === 1) return;
    await db.query(`PURGE BINARY LOGS TO '${logs.at(-1)!.Log_name}'`);
  }
}

void describe('a source that', () => {
  void it('freezes without closing the connection is noticed, and followed again when it wakes', async () => {
    await using db = await startTestMariadb();
    await db.query('CREATE TABLE a (id INT PRIMARY KEY)');
    await using pipeline = await startPipeline({ source: db.captureUrl(), flags: { staleSeconds: '4' } });
    process.kill(db.server.pid, 'SIGSTOP');
    await untilStage(pipeline, 'capture', 'retrying');
    process.kill(db.server.pid, 'SIGCONT');
    await db.query('INSERT INTO a VALUES (1)');
    await pipeline.caughtUp();
    assert.deepEqual(await pipeline.rows('SELECT id FROM mirror.a'), [{ id: 1 }]);
  });

  void it('no longer has the binlog that comes next stops capture by name, and a restart copies anew', async () => {
    await using db = await startTestMariadb();
    await db.query('CREATE TABLE a (id INT PRIMARY KEY); INSERT INTO a VALUES (1)');
    const dataDir = await mkdtemp(join(tmpdir(), 'dolistream-purged-'));
    try {
      const first = await startPipeline({ source: db.captureUrl(), dataDir });
      await first[Symbol.asyncDispose]();
      await db.query(
        'DELETE FROM a; INSERT INTO a VALUES (2); FLUSH BINARY LOGS; INSERT INTO a VALUES (3); FLUSH BINARY LOGS',
      );
      await purgeOldLogs(db);
      await assert.rejects(startPipeline({ source: db.captureUrl(), dataDir }), {
        code: 'SOURCE_POSITION_LOST',
      });
      const restarted = await startCli([
        'backfill',
        '--restart',
        '--data',
        dataDir,
        '--source',
        db.captureUrl(),
      ]).result;
      assert.equal(restarted.code, 0, restarted.stderr);
      const again = await startPipeline({ source: db.captureUrl(), dataDir });
      const report = await again.verify();
      await again[Symbol.asyncDispose]();
      assert.equal(report.equal, true, JSON.stringify(report.tables));
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  void it('changes rows as statements ends capture, for those rows are not in the binlog', async () => {
    await using db = await startTestMariadb();
    await db.query('CREATE TABLE a (id INT PRIMARY KEY)');
    const pipeline = await startPipeline({ source: db.captureUrl() });
    const finished = assert.rejects(pipeline.runtime.finished(), { code: 'SOURCE_STATEMENT_FORMAT' });
    await db.query("SET SESSION binlog_format = 'STATEMENT'; INSERT INTO a VALUES (1)");
    await finished;
    await pipeline[Symbol.asyncDispose]();
  });

  void it('changes rows that reach no binlog is found out by verify, down to row and column', async () => {
    await using db = await startTestMariadb();
    await db.query(
      'CREATE TABLE a (id INT PRIMARY KEY, v INT, w INT); INSERT INTO a VALUES (1, 1, 1), (2, 2, 2)',
    );
    await using pipeline = await startPipeline({ source: db.captureUrl() });
    await db.query(
      'SET SESSION sql_log_bin = 0; UPDATE a SET w = 9 WHERE id = 2; INSERT INTO a VALUES (3, 3, 3); SET SESSION sql_log_bin = 1',
    );
    const report = await pipeline.verify();
    assert.equal(report.equal, false);
    assert.deepEqual([...report.tables[0]!.differences].sort(), [
      'id=2: differs in w',
      'id=3: only in the source',
    ]);
  });

  void it('commits one very large transaction fills the log in parts, and a kill in its middle doubles nothing', async () => {
    await using db = await startTestMariadb();
    await db.query(
      'CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(255)); CREATE TABLE seq AS SELECT seq AS n FROM seq_1_to_60000',
    );
    const dataDir = await mkdtemp(join(tmpdir(), 'dolistream-large-'));
    try {
      const up = { source: db.captureUrl(), dataDir };
      let running = await UpProcess.start(up);
      await running.untilStreaming();
      await db.query("INSERT INTO a SELECT n, REPEAT('x', 250) FROM seq");
      const captured = async (): Promise<number> => {
        const status = (await (await fetch(`${running.http}/api/status`)).json()) as {
          counts: { captured: number };
        };
        return status.counts.captured;
      };
      while ((await captured()) < 60_000 + 2_000) await pause(5);
      await running.kill9();
      running = await UpProcess.start(up);
      await db.query('DELETE FROM a WHERE id <= 10');
      const verified = await startCli(['verify', '--data', dataDir, '--source', up.source]).result;
      assert.equal(verified.code, 0, verified.stdout + verified.stderr);
      assert.equal(await captured(), 60_000 + 60_000 + 10);
      await running.stop();
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
