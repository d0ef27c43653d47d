/** What doctor, tap and top print, over a pipeline that answers at once. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { formatEvent } from '../../../app/cli/print-event.ts';
import { runCommandLine } from '../../../app/cli/run-command-line.ts';
import { formatTop, TopMeter } from '../../../app/cli/top-view.ts';
import { ScriptedComposition } from '../../support/scripted-composition.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

const plain = (_colour: string, text: string): string => text;

async function run(...argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runCommandLine({
    ...{ argv, env: {}, cwd: '/nowhere', signal: new AbortController().signal },
    io: {
      stdout,
      stderr,
      ask: null,
      drained: () => Promise.resolve(),
      readPassword: () => Promise.resolve('short'),
    },
    loadComposition: () => Promise.resolve(new ScriptedComposition()),
  });
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

void test('doctor tells what is wrong with its fix, prints the least rights, and makes nothing', async () => {
  using folder = makeTemporaryFolder();
  const data = join(folder.path, 'not-there');
  const source = ['--source', 'mysql://cdc:pw@h/erp', '--data', data, '--http', '127.0.0.1:0'];
  const { code, out } = await run('doctor', ...source);
  assert.equal(code, 3);
  assert.match(out, /FAIL binlog_format {8}binlog_format is MIXED\n {7}fix: SET GLOBAL binlog_format=ROW;/);
  assert.match(out, /warn retention/);
  assert.match(
    out,
    /GRANT REPLICATION SLAVE, BINLOG MONITOR ON \*\.\* TO 'cdc'@'%';\n {2}GRANT SELECT ON `erp`\.\*/,
  );
  assert.ok(!out.includes('\u001b') && !out.includes('pw@'));
  assert.equal(existsSync(data), false);
});

void test('doctor names a disk that is full and a source that is missing', async () => {
  const { out, code } = await run('doctor', '--data', '/proc/none', '--http', '127.0.0.1:0');
  assert.match(out, /FAIL disk {17}0\.0 GiB free\n {7}fix: Free space/);
  assert.match(out, /warn address .*no source is named/);
  assert.equal(code, 1);
});

void test('an event is one line that says what changed, and no text of the source moves the cursor', async () => {
  using folder = makeTemporaryFolder();
  const { out } = await run('tap', 'llx_a', '--data', folder.path);
  assert.equal(out, '1970-01-01 00:00:01 update llx_a @7  rowid=1  ref: A [31m → B\n');
  const gone = {
    topic: 't',
    partition: 0,
    offset: 1,
    value: { op: 'd', before: { rowid: 3, note: 'x'.repeat(99) }, after: null },
  };
  assert.match(formatEvent(gone, plain), /delete t @1 {2}rowid=3 note=x{59}…$/);
});

void test('top shows rates of two looks, and needs a pipeline that runs', async () => {
  using folder = makeTemporaryFolder();
  assert.match((await run('top', '--data', folder.path)).err, /Nothing runs on the data folder/);
  const meter = new TopMeter();
  const status = await new ScriptedComposition()
    .createRuntime({} as never)
    .then((runtime) => runtime.status());
  meter.sample(status, [], 1000);
  const counts = { ...status.counts, captured: status.counts.captured + 500 };
  const picture = meter.sample({ ...status, counts }, [], 2000);
  assert.equal(picture.rates.captured, 500);
  assert.match(formatTop(picture, 80).join('\n'), /warehouse {6}running {4}34 records, 1\.3 s/);
});

void test('a password that is too short makes no user', async () => {
  const { code, err } = await run('hash-password', 'paul');
  assert.equal(code, 2);
  assert.match(err, /fewer than 10 characters/);
  assert.match((await run('hash-password', 'a:b')).err, /cannot be the name of a user/);
});
