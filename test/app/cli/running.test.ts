/** Commands beside a running pipeline, and after it was killed; the real program on a real MariaDB. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Status, VerifyReport } from '../../../app/runtime.ts';
import { tableOfEnvelope } from '../../../core/avro-schema.ts';
import { runCli, startCli } from '../../support/cli-process.ts';
import { startTestMariadb } from '../../support/mariadb.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

const TABLE = `CREATE TABLE llx_ticket (
  rowid INT PRIMARY KEY AUTO_INCREMENT, ref VARCHAR(20), api_key VARCHAR(40), cost DECIMAL(24,8))`;

void describe('a running pipeline', () => {
  void it('is asked by commands of other processes, dies by kill -9, and goes on where it was', async () => {
    using folder = makeTemporaryFolder();
    await using db = await startTestMariadb();
    await db.query(
      `${TABLE}; INSERT INTO llx_ticket (ref, api_key, cost) VALUES ('T1', 'k3y-of-s0meb0dy', 1.5)`,
    );
    const here = ['--data', folder.path] as const;
    const start = ['up', '--json', '--http', '127.0.0.1:0', '--source', db.captureUrl(), ...here];
    const ask = async (sql: string): Promise<string> =>
      (await runCli(['query', sql, '--format', 'TSV', ...here])).stdout.trim();

    await using first = startCli(start);
    const [, http] = await first.waitForOutput(/"ready":true,"http":"(http[^"]+)"/);
    await db.query("INSERT INTO llx_ticket (ref, cost) VALUES ('T2', 2.25), ('T3', NULL)");
    const verified = await runCli(['verify', '--json', ...here]);
    assert.equal(verified.code, 0, verified.stderr + verified.stdout);
    const report = JSON.parse(verified.stdout) as VerifyReport;
    assert.deepEqual(
      report.tables.map(({ table, equal }) => [table, equal]),
      [['llx_ticket', true]],
    );
    const mirror = 'SELECT ref, cost FROM mirror.llx_ticket ORDER BY ref';
    assert.equal(await ask(mirror), 'T1\t1.50000000\nT2\t2.25000000\nT3\t\\N');
    const overHttp = await fetch(`${http}/?query=${encodeURIComponent(`${mirror} FORMAT TSV`)}`);
    assert.equal((await overHttp.text()).trim(), 'T1\t1.50000000\nT2\t2.25000000\nT3\t\\N');
    const subjects = (await (await fetch(`${http}/registry/subjects`)).json()) as string[];
    const subject = subjects.find((name) => name.endsWith('.llx_ticket-value'))!;
    const newest = await fetch(`${http}/registry/subjects/${subject}/versions/latest`);
    const { schema } = (await newest.json()) as { schema: string };
    assert.deepEqual(tableOfEnvelope(schema)!.fieldNames, ['rowid', 'ref', 'cost']);
    const status = JSON.parse((await runCli(['status', '--json', ...here])).stdout) as Status;
    assert.equal(status.running, true);
    assert.equal(status.http, http);
    assert.doesNotMatch(JSON.stringify(status), new RegExp(db.capturePassword));
    const backfilled = await runCli(['backfill', '--json', ...here]);
    assert.equal((JSON.parse(backfilled.stdout) as { rows: number }).rows, 3);

    first.kill('SIGKILL');
    await first.result;
    await db.query(
      "UPDATE llx_ticket SET ref = 'T2b' WHERE ref = 'T2'; DELETE FROM llx_ticket WHERE ref = 'T3'",
    );
    const pipeline = await runCli(['pipeline', '--source', db.captureUrl(), ...here]);
    assert.equal(pipeline.code, 0, pipeline.stderr);
    assert.equal(await ask(mirror), 'T1\t1.50000000\nT2b\t2.25000000');
    assert.equal(
      await ask("SELECT op, count() FROM raw.events WHERE op IN ('u', 'd') GROUP BY op ORDER BY op"),
      'd\t1\nu\t1',
    );
    const offline = JSON.parse((await runCli(['status', '--json', ...here])).stdout) as Status;
    assert.equal(offline.running, false);

    const refused = await runCli(['query', 'DROP TABLE mirror.llx_ticket', ...here]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /code: WAREHOUSE_QUERY/);

    const log = readdirSync(join(folder.path, 'logs')).map((name) =>
      readFileSync(join(folder.path, 'logs', name), 'utf8'),
    );
    assert.doesNotMatch(log.join(''), new RegExp(`${db.capturePassword}|k3y-of-s0meb0dy`));
    assert.equal(await ask("SELECT count() FROM raw.events WHERE concat(before, after) LIKE '%k3y%'"), '0');
  });

  void it('ends with 0 at SIGTERM, having finished what it had in hand', async () => {
    using folder = makeTemporaryFolder();
    await using db = await startTestMariadb();
    await db.query(TABLE);
    await using cli = startCli([
      ...['up', '--json', '--http', '127.0.0.1:0', '--source', db.captureUrl(), '--data', folder.path],
    ]);
    await cli.waitForOutput(/"ready":true/);
    cli.kill('SIGTERM');
    const { code, stderr } = await cli.result;
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /could not close/);
  });
});
