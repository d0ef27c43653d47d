/** What a user can get wrong, on the real program and real servers: one clear message, the fix, the exit code. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openDataDir } from '../../../app/data-dir.ts';
import { type CliResult, runCli, startCli } from '../../support/cli-process.ts';
import { startTestMariadb, type TestMariadb } from '../../support/mariadb.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
  readonly exitCode: number;
}

/** The one error that `--json` prints; checks that nothing else came with it. */
function failureOf(result: CliResult): Failure {
  const errors = result.stderr.split('\n').filter((line) => line.startsWith('{"error":'));
  assert.equal(errors.length, 1, result.stderr);
  const { error } = JSON.parse(errors[0]!) as { error: Failure };
  assert.equal(error.exitCode, result.code);
  assert.ok(error.fix.length > 0);
  return error;
}

const up = (db: Pick<TestMariadb, 'captureUrl'>, data: string): readonly string[] => [
  ...['up', '--json', '--http', '127.0.0.1:0', '--source', db.captureUrl(), '--data', data],
];

void describe('bad input', () => {
  void it('on the command line ends with 2 and the nearest known option', async () => {
    const result = await runCli(['up', '--json', '--sorce', 'mysql://u@h/d']);
    const failure = failureOf(result);
    assert.equal(failure.code, 'CONFIG_INVALID');
    assert.equal(failure.exitCode, 2);
    assert.match(failure.message, /--sorce is not an option; did you mean --source\?/);
  });

  void it('as a data folder that cannot be written ends with 1 and names the folder', async () => {
    const result = await runCli([
      'up',
      '--json',
      '--source',
      'mysql://u@127.0.0.1:1/d',
      '--data',
      '/proc/dolistream',
    ]);
    const failure = failureOf(result);
    assert.equal(failure.code, 'DATA_DIR_UNUSABLE');
    assert.equal(failure.exitCode, 1);
    assert.match(failure.message, /\/proc\/dolistream/);
    assert.match(failure.fix, /--data/);
  });

  void it('as a change log of garbage ends with 1 and leaves the file as it is', async () => {
    using folder = makeTemporaryFolder();
    const dataDir = openDataDir(folder.path);
    const file = join(dataDir.folder('log'), 'log.mdb');
    const garbage = Buffer.alloc(65_536, 'garbage ');
    writeFileSync(file, garbage);
    dataDir.release();
    const result = await runCli(['status', '--json', '--data', folder.path]);
    const failure = failureOf(result);
    assert.equal(failure.code, 'LOG_CORRUPT');
    assert.equal(failure.exitCode, 1);
    assert.deepEqual(readFileSync(file), garbage);
  });

  void it('as a source that is not there, or refuses the password, ends with 3 and no password', async () => {
    using folder = makeTemporaryFolder();
    await using db = await startTestMariadb();
    const wrong = db.captureUrl().replace(db.capturePassword, 'guessed-wrong');
    const refused = failureOf(await runCli(['up', '--json', '--source', wrong, '--data', folder.path]));
    assert.equal(refused.code, 'SOURCE_AUTH');
    assert.equal(refused.exitCode, 3);
    assert.doesNotMatch(JSON.stringify(refused), /guessed-wrong/);
    const nowhere = [
      'up',
      '--json',
      '--source',
      'mysql://u:guessed-wrong@127.0.0.1:1/d',
      '--data',
      folder.path,
    ];
    const unreachable = failureOf(await runCli(nowhere));
    assert.equal(unreachable.code, 'SOURCE_UNREACHABLE');
    assert.equal(unreachable.exitCode, 3);
    assert.doesNotMatch(JSON.stringify(unreachable), /guessed-wrong/);
  });

  void it('as a source set up for other things ends with 3 and lists every setting with its fix', async () => {
    using folder = makeTemporaryFolder();
    await using db = await startTestMariadb({
      args: ['--binlog-format=MIXED', '--binlog-row-metadata=NO_LOG'],
    });
    const failure = failureOf(await runCli(up(db, folder.path)));
    assert.equal(failure.code, 'SOURCE_NOT_READY');
    assert.equal(failure.exitCode, 3);
    const test = await runCli(['extract', '--test-connection', '--json', '--source', db.captureUrl()]);
    assert.equal(test.code, 3);
    const report = JSON.parse(test.stdout) as { ready: boolean; problems: { check: string; fix: string }[] };
    assert.equal(report.ready, false);
    for (const check of ['binlog_format', 'binlog_row_metadata']) {
      const problem = report.problems.find((entry) => entry.check === check);
      assert.match(problem?.fix ?? 'not reported', new RegExp(`SET GLOBAL ${check}=`));
      assert.match(`${failure.message}${failure.fix}`, new RegExp(check));
    }
  });

  void it('as a source without a binlog ends with 3 and the lines for my.cnf', async () => {
    await using db = await startTestMariadb({ args: ['--skip-log-bin'] });
    const { code, stdout } = await runCli(['extract', '--test-connection', '--source', db.captureUrl()]);
    assert.equal(code, 3);
    assert.match(stdout, /log_bin: .*\n +fix: .*log_bin=binlog/);
  });

  void it('as a second process on the data folder ends with 1 and names the first', async () => {
    using folder = makeTemporaryFolder();
    await using db = await startTestMariadb();
    await db.query('CREATE TABLE llx_ticket (rowid INT PRIMARY KEY)');
    await using first = startCli(up(db, folder.path));
    await first.waitForOutput(/"ready":true/);
    const failure = failureOf(await runCli(up(db, folder.path)));
    assert.equal(failure.code, 'DATA_DIR_LOCKED');
    assert.equal(failure.exitCode, 1);
    assert.match(failure.message, new RegExp(`process ${first.pid} `));
    first.kill('SIGTERM');
    assert.equal((await first.result).code, 0);
  });
});
