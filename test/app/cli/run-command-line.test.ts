import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { type Invocation, runCommandLine } from '../../../app/cli/run-command-line.ts';
import { openDataDir } from '../../../app/data-dir.ts';
import type { Composition } from '../../../app/runtime.ts';
import { DolistreamError } from '../../../core/errors.ts';
import { ScriptedComposition } from '../../support/scripted-composition.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

const SOURCE = 'mysql://u:hunter22@h/d';

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(argv: readonly string[], more: Partial<Invocation> = {}): Promise<Outcome> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const code = await runCommandLine({
    argv,
    env: {},
    cwd: '/nowhere',
    signal: new AbortController().signal,
    loadComposition: () => Promise.resolve(new ScriptedComposition()),
    ...more,
    io: { stdout, stderr, ask: null, drained: () => Promise.resolve() },
  });
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

void describe('a command line from start to end', () => {
  void it('prints the overview, the help of a command, and the version, without loading an engine', async () => {
    const loadComposition = (): Promise<Composition> => assert.fail('an engine was loaded');
    assert.match((await run([], { loadComposition })).out, /^dolistream: .*Exit codes/s);
    assert.match((await run(['help', 'demo'], { loadComposition })).out, /--for TIME/);
    assert.match((await run(['--version'], { loadComposition })).out, /^dolistream \d/);
  });

  void it('ends with 2 on wrong usage, on standard error, with the fix', async () => {
    const { code, out, err } = await run(['statsu']);
    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(
      err,
      /^error: "statsu" is not a command; did you mean status\?\n {2}fix: .*\n {2}code: CONFIG_INVALID/,
    );
  });

  void it('says failures as JSON to programs', async () => {
    const { code, err } = await run(['up', '--json']);
    const { error } = JSON.parse(err) as { error: Record<string, unknown> };
    assert.equal(code, 2);
    assert.equal(error['code'], 'CONFIG_INVALID');
    assert.match(String(error['message']), /--source/);
    assert.match(String(error['fix']), /DOLISTREAM_SOURCE_PASSWORD/);
  });

  void it('asks for the operand that is missing and refuses one too many', async () => {
    assert.match((await run(['query'])).err, /query needs SQL/);
    assert.match((await run(['status', 'now'])).err, /"now" is too much for status/);
  });

  void it('runs everything until the signal, then closes and gives the folder up', async () => {
    using folder = makeTemporaryFolder();
    const composition = new ScriptedComposition();
    const outcome = await run(['up', '--source', SOURCE, '--data', folder.path, '--json'], {
      loadComposition: () => Promise.resolve(composition),
      signal: AbortSignal.abort(),
    });
    assert.equal(outcome.code, 0);
    assert.deepEqual(composition.calls, ['start all http', 'status', 'close']);
    assert.deepEqual(JSON.parse(outcome.out), {
      ready: true,
      http: null,
      dataDir: folder.path,
      source: 'mysql://u@h:3306/d',
    });
    assert.doesNotMatch(outcome.err, /hunter22/);
    openDataDir(folder.path).release();
  });

  void it('passes on the exit code of a source that is not ready and still gives the folder up', async () => {
    using folder = makeTemporaryFolder();
    const composition = new ScriptedComposition();
    composition.failure = new DolistreamError('SOURCE_AUTH', `no entry for ${SOURCE}`, {
      fix: 'Check hunter22.',
    });
    const { code, err } = await run(['up', '--source', SOURCE, '--data', folder.path], {
      loadComposition: () => Promise.resolve(composition),
    });
    assert.equal(code, 3);
    assert.match(err, /no entry for mysql:\/\/u:\*\*\*@h\/d/);
    assert.doesNotMatch(err, /hunter22/);
    assert.equal(composition.calls.at(-1), 'close');
    openDataDir(folder.path).release();
  });

  void it('prints what nobody foresaw with its stack and asks for a report', async () => {
    using folder = makeTemporaryFolder();
    const composition = new ScriptedComposition();
    composition.failure = new TypeError('undefined is not a function');
    const { code, err } = await run(['up', '--source', SOURCE, '--data', folder.path], {
      loadComposition: () => Promise.resolve(composition),
    });
    assert.equal(code, 1);
    assert.match(err, /run-command-line\.test\.ts.*code: INTERNAL/s);
  });

  void it('tests the connection without a data folder: every problem, errors first, exit code 3', async () => {
    using folder = makeTemporaryFolder();
    const data = join(folder.path, 'data');
    const { code, out } = await run(['extract', '--test-connection', '--source', SOURCE, '--data', data]);
    assert.equal(code, 3);
    assert.match(
      out,
      /error {3}binlog_format: .*MIXED\n +fix: SET GLOBAL binlog_format=ROW;\nwarning retention/,
    );
    assert.equal(existsSync(data), false);
  });

  void it('catches up and ends, for pipeline', async () => {
    using folder = makeTemporaryFolder();
    const composition = new ScriptedComposition();
    const { code, out } = await run(['pipeline', '--source', SOURCE, '--data', folder.path], {
      loadComposition: () => Promise.resolve(composition),
    });
    assert.equal(code, 0);
    assert.deepEqual(composition.calls, ['start all no http', 'caught up', 'status', 'close']);
    assert.match(out, /1,234 captured, 1,200 loaded, 1,000 in the lake, 1 alerts, 2 tables/);
    assert.match(out, /warehouse {3}running, 34 behind \(1\.3 s\)/);
  });

  void it('says that there is nothing to ask when there is no data folder, and makes none', async () => {
    using folder = makeTemporaryFolder();
    for (const command of [['status'], ['verify'], ['query', 'SELECT 1']]) {
      const { code, err } = await run([...command, '--data', join(folder.path, 'typo')]);
      assert.equal(code, 1);
      assert.match(err, /no data folder.*code: NOT_RUNNING/s);
    }
    assert.deepEqual(readdirSync(folder.path), []);
  });

  void it('opens the stores itself when nothing runs, and starts what the answer needs', async () => {
    using folder = makeTemporaryFolder();
    const composition = new ScriptedComposition();
    const loadComposition = (): Promise<Composition> => Promise.resolve(composition);
    const verified = await run(['verify', '--data', folder.path, '--tables', 'llx_*'], { loadComposition });
    assert.equal(verified.code, 1);
    assert.match(verified.out, /different {2}llx_b: 2 rows in the source, 1 in the warehouse\n +rows 1 to 2/);
    assert.match(verified.out, /left out {3}llx_c: no such table\n1 of 2 tables equal at p/);
    const asked = await run(['query', 'SELECT 1', '--data', folder.path], { loadComposition });
    assert.equal(asked.out, 'answer\n');
    await run(['backfill', '--data', folder.path, '--json'], { loadComposition });
    assert.deepEqual(composition.calls, [
      'start capture+warehouse+model no http',
      'caught up',
      'verify llx_*',
      'close',
      'query SELECT 1 TabSeparatedWithNames',
      'close',
      'start capture+lake+warehouse no http',
      'backfill *',
      'close',
    ]);
  });

  void it('tells who has the folder when that process cannot be asked', async () => {
    using folder = makeTemporaryFolder();
    const dataDir = openDataDir(folder.path);
    const { code, err } = await run(['status', '--data', folder.path]);
    assert.equal(code, 1);
    assert.match(err, new RegExp(`in use by process ${process.pid} .*code: DATA_DIR_LOCKED`, 's'));
    dataDir.release();
  });

  void it('shows the lag of each reader by topic and partition', async () => {
    using folder = makeTemporaryFolder();
    const { code, out } = await run(['lag', '--data', folder.path]);
    assert.equal(code, 0);
    assert.equal(
      out,
      'lake           2 records, 2 KiB, 1.5 s\n  dolibarr.d.llx_a/0  2 records, 2 KiB, 1.5 s\n',
    );
    const json = JSON.parse((await run(['lag', '--json', '--data', folder.path])).out) as object;
    assert.deepEqual(Object.keys(json), ['readers']);
  });
});
