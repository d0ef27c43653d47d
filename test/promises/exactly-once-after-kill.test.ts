/**
 * The short form of `npm run check:real`: live traffic of the simulator, `dolistream up` killed in the middle of it again
 * and again, MariaDB killed once. What was committed is there once and in order; what was rolled back, or is secret,
 * is nowhere in the data folder.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { VerifyReport } from '../../app/runtime.ts';
import { createDolibarr } from '../../simulator/create-dolibarr.ts';
import { SECRET_MARKER } from '../../simulator/rows/people-rows.ts';
import { ROLLED_BACK_MARKER, runTraffic } from '../../simulator/run-traffic.ts';
import { seedHistory } from '../../simulator/seed-history.ts';
import { auditDataFolder } from '../support/audit-data-folder.ts';
import { startCli } from '../support/cli-process.ts';
import { countChanges } from '../support/count-changes.ts';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';
import { UpProcess } from '../support/up-process.ts';

const KILLS = 4;
const TRANSACTIONS_PER_LIFE = 150;

async function gtidPosition(db: TestMariadb): Promise<string> {
  const [row] = await db.query<{ gtid: string }>('SELECT @@gtid_binlog_pos AS gtid');
  return row!.gtid;
}

/** Files of the folder that hold the text, by grep, which reads bytes as they are. */
function filesWith(folder: string, text: string): string[] {
  try {
    return execFileSync('grep', ['-rlaF', text, folder], { encoding: 'utf8' }).trim().split('\n');
  } catch (error) {
    if ((error as { status?: number }).status === 1) return [];
    throw error;
  }
}

void describe('after kill -9 of dolistream and of MariaDB in live traffic', () => {
  void it('source and warehouse are equal, every change is there once, and nothing rolled back or secret is', async () => {
    await using db = await startTestMariadb({ args: ['--innodb-flush-log-at-trx-commit=2'] });
    const url = db.url();
    await createDolibarr({ url, replace: true });
    await seedHistory({ url, seed: 3, months: 6, size: 'small' });
    const dataDir = await mkdtemp(join(tmpdir(), 'dolistream-promise-'));
    try {
      const up = { source: db.captureUrl(), dataDir, extra: ['--lake-roll-seconds', '1'] };
      const from = await gtidPosition(db);
      let running = await UpProcess.start(up);
      await running.untilStreaming();
      const { signal } = new AbortController();
      let rolledBack = 0;
      for (let life = 0; life <= KILLS; life++) {
        // The traffic goes on while the process dies and comes back.
        const traffic = runTraffic({
          url,
          signal,
          seed: life,
          rate: 200,
          transactions: TRANSACTIONS_PER_LIFE,
          alterEvery: 60,
          rollbackRate: 0.2,
        });
        if (life > 0) {
          await running.kill9();
          running = await UpProcess.start(up);
        }
        rolledBack += (await traffic).rolledBack;
        if (life === 2) {
          await db.server.kill9();
          await db.server.restart();
        }
      }
      const verified = await startCli(['verify', '--data', dataDir, '--source', up.source, '--json']).result;
      assert.equal(verified.code, 0, verified.stderr + verified.stdout.slice(0, 2000));
      const report = JSON.parse(verified.stdout) as VerifyReport;
      assert.ok(report.tables.length >= 50, `${report.tables.length} tables`);
      assert.equal(await running.stop(), 0);
      const server = { port: db.port, user: db.server.user, password: db.server.password };
      const expected = await countChanges(server, {
        database: db.database,
        from,
        to: await gtidPosition(db),
      });
      assert.deepEqual(await auditDataFolder(dataDir, expected), []);
      assert.ok(rolledBack > 20, `${rolledBack} transactions were rolled back`);
      assert.deepEqual(filesWith(dataDir, ROLLED_BACK_MARKER), []);
      assert.deepEqual(filesWith(dataDir, SECRET_MARKER), []);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
