/** The commands by which people look into a running pipeline and keep copies of it: the real program on a real MariaDB. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { DoctorReport } from '../../../app/doctor/run-doctor.ts';
import type { VerifyReport } from '../../../app/runtime.ts';
import type { TapEvent } from '../../../app/tap/tap-events.ts';
import { runCommandLine } from '../../../app/cli/run-command-line.ts';
import { pipelineComposition } from '../../../app/pipeline.ts';
import { startCli } from '../../support/cli-process.ts';
import { startTestMariadb } from '../../support/mariadb.ts';
import { makeCertificate } from '../../support/self-signed.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

const TABLE = `CREATE TABLE llx_ticket (
  rowid INT PRIMARY KEY AUTO_INCREMENT, ref VARCHAR(20), email VARCHAR(60), api_key VARCHAR(40), cost DECIMAL(24,8))`;
const TOKEN = 'a-token-0f-the-operator';
const SMTP = 'smtp://mailer:sm7p-passw0rd@127.0.0.1:1';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command in this process; `until` ends it as Ctrl-C does once that was printed. */
async function runCli(
  argv: readonly string[],
  { env = {}, until }: { readonly env?: Record<string, string>; readonly until?: RegExp } = {},
): Promise<Outcome> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const ended = new AbortController();
  const said = { stdout: '', stderr: '' };
  stdout.on('data', (bytes: Buffer) => {
    said.stdout += bytes.toString();
    if (until?.test(said.stdout)) ended.abort();
  });
  stderr.on('data', (bytes: Buffer) => (said.stderr += bytes.toString()));
  const code = await runCommandLine({
    ...{ argv, env, cwd: '/nowhere', signal: ended.signal },
    io: { stdout, stderr, ask: null, drained: () => Promise.resolve() },
    loadComposition: () => Promise.resolve(pipelineComposition),
  });
  return { code, ...said };
}

void describe('a pipeline that speaks TLS', () => {
  void it('is looked into, copied while it runs, killed, and restored equal to the source', async () => {
    using folder = makeTemporaryFolder();
    await using db = await startTestMariadb();
    await db.query(`${TABLE}; INSERT INTO llx_ticket (ref, email, api_key, cost)
      VALUES ('T1', 'anne@firm.example', 'k3y-of-s0meb0dy', -1.5), ('T2', NULL, NULL, 0)`);
    const pem = await makeCertificate();
    const [cert, key] = [join(folder.path, 'cert.pem'), join(folder.path, 'key.pem')];
    writeFileSync(cert, pem.cert);
    writeFileSync(key, pem.key);
    const data = join(folder.path, 'data');
    const env = { DOLISTREAM_HTTP_TOKEN: TOKEN, DOLISTREAM_SMTP_URL: SMTP };
    const here = ['--data', data] as const;
    const cli = (...words: readonly string[]) => runCli([...words, ...here], { env });
    const up = [
      ...['up', '--json', '--http', '127.0.0.1:0', '--source', db.captureUrl(), ...here],
      ...['--http-cert', cert, '--http-key', key],
    ];
    await using running = startCli(up, { env });
    await running.waitForOutput(/"ready":true,"http":"https:/);

    const doctor = await runCli(['doctor', '--json', '--source', db.captureUrl(), ...here], { env });
    const report = JSON.parse(doctor.stdout) as DoctorReport;
    const found = (name: string) => report.checks.find((check) => check.name === name);
    assert.equal(found('binlog_format')?.value, 'ROW');
    assert.deepEqual([found('capture')?.state, found('warehouse')?.state], ['pass', 'pass']);
    assert.equal(found('mail')?.state, 'fail');
    assert.equal(doctor.code, 1);
    assert.match(report.sql.join('\n'), /GRANT SELECT ON `[^`]+`\.\* TO/);

    // A pipeline is ready before its first copy is done; a name with * waits for the topic.
    await cli('tap', 'llx_*', '--from', '0', '--limit', '1');
    const old = await cli('tap', 'llx_ticket', '--from', '0', '--limit', '2', '--json');
    assert.equal(old.code, 0, old.stderr);
    const events = old.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as TapEvent);
    const images = events.map(({ value }) => value['after']);
    assert.deepEqual(images, [
      { rowid: 1, ref: 'T1', email: 'anne@firm.example', cost: '-1.50000000' },
      { rowid: 2, ref: 'T2', email: null, cost: '0.00000000' },
    ]);
    assert.equal((await cli('tap', 'llx_nothing')).code, 2);

    assert.equal((await runCli(['top', '--json', ...here], { env, until: /"stages":\[\{"name"/ })).code, 0);

    const bundle = join(folder.path, 'bundle.tar.gz');
    const collected = await cli('support-bundle', '--source', db.captureUrl(), '--output', bundle);
    assert.equal(collected.code, 0, collected.stderr);
    const archive = gunzipSync(readFileSync(bundle));
    const secrets = [TOKEN, 'sm7p-passw0rd', db.capturePassword, 'k3y-of-s0meb0dy', 'anne@firm.example'];
    assert.deepEqual(
      secrets.filter((secret) => archive.includes(secret)),
      [],
    );
    assert.ok(archive.includes('"binlog_format"') && archive.includes('"lagRecords"'));
    assert.equal(statSync(bundle).mode & 0o077, 0);

    const following = cli('tap', 'llx_*', '--limit', '1');
    const copy = join(folder.path, 'copy');
    const backup = await cli('backup', copy, '--json');
    assert.equal(backup.code, 0, backup.stderr);
    await db.query(
      "INSERT INTO llx_ticket (ref, cost) VALUES ('T3', 3); DELETE FROM llx_ticket WHERE ref = 'T2'",
    );
    const live = await following;
    assert.match(live.stdout, /insert llx_ticket @\d+ {2}rowid=3 ref=T3 cost=3\.0/, live.stderr);
    running.kill('SIGKILL');
    await running.result;
    assert.deepEqual(
      readdirSync(data).filter((name) => name.startsWith('backup-stage')),
      [],
    );

    rmSync(data, { recursive: true });
    const restored = await cli('restore', copy, '--json');
    assert.equal(restored.code, 0, restored.stderr);
    const again = await cli('restore', copy);
    assert.deepEqual([again.code, /is not empty/.test(again.stderr)], [1, true]);
    const pipeline = await cli('pipeline', '--source', db.captureUrl());
    assert.equal(pipeline.code, 0, pipeline.stderr);
    const verified = await cli('verify', '--json', '--source', db.captureUrl());
    assert.equal(verified.code, 0, verified.stderr);
    assert.equal((JSON.parse(verified.stdout) as VerifyReport).equal, true);
    const counted = await cli(
      'query',
      'SELECT count(), uniqExact(partition, offset) FROM raw.events',
      '--format',
      'TSV',
    );
    assert.equal(counted.stdout.trim(), '4\t4');

    const file = join(copy, 'files', 'server-id');
    writeFileSync(file, '7\n');
    const other = join(folder.path, 'other');
    const damaged = await runCli(['restore', copy, '--data', other]);
    assert.match(damaged.stderr, /server-id is not as it was written/);
    assert.equal(existsSync(other), false);
  });
});
