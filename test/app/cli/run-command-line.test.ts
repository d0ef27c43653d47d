import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { type Invocation, runCommandLine } from '../../../app/cli/run-command-line.ts';
import { openDataDir } from '../../../app/data-dir.ts';
import type {
  Composition,
  Runtime,
  RuntimeContext,
  StartRequest,
  Status,
  VerifyReport,
} from '../../../app/runtime.ts';
import { DolistreamError } from '../../../core/errors.ts';
import type { QualityReport } from '../../../services/model/quality/measure-quality.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

const SOURCE = 'mysql://u:hunter22@h/d';

const STATUS: Status = {
  version: '1.2.3',
  running: false,
  http: null,
  dataDir: '/data',
  source: 'mysql://u@h:3306/d',
  position: 'mariadb-gtid:0-1-42@binlog.000003:8817',
  tables: 2,
  counts: { captured: 1_234, loaded: 1_200, laked: 1_000, alerted: 1 },
  lastEventAt: 0,
  stages: [{ name: 'warehouse', state: 'running', lagRecords: 34, lagSeconds: 1.25, error: null }],
  alerts: [
    { id: 'a', committedAt: 0, raisedAt: 0, severity: 80, rule: 'r', title: 'FI1 : 21 h', explanation: '' },
  ],
};

const REPORT: VerifyReport = {
  equal: false,
  position: 'p',
  tables: [
    { table: 'llx_a', equal: true, sourceRows: 1, warehouseRows: 1, differences: [], share: 1 },
    { table: 'llx_b', equal: false, sourceRows: 2, warehouseRows: 1, differences: ['rows 1 to 2'], share: 1 },
  ],
  totals: [],
  repaired: [],
  sampling: null,
  leftOut: [{ table: 'llx_c', reason: 'no such table' }],
  seconds: 0.1,
};

const FORGOTTEN = { tables: [], lakeFiles: 0, states: 0, files: 0, remains: [] };

const QUALITY: QualityReport = {
  ...{ runAt: '2026-01-01T00:00:00.000Z', days: null, score: 99.5, leftOut: [], trend: [] },
  dimensions: [{ name: 'missing', score: 99.5, checked: 10, faulty: 1 }],
  tables: [{ name: 'llx_societe', score: 99.5, checked: 10, faulty: 1 }],
  ...{ columns: [], rules: [] },
};

/** Answers every call at once and remembers what was asked of it. */
const LATE = [{ topic: 'dolibarr.d.llx_a', partition: 0, records: 2, bytes: 2048, seconds: 1.5 }];

class ScriptedComposition implements Composition {
  readonly calls: string[] = [];
  readonly contexts: RuntimeContext[] = [];
  failure: Error | null = null;

  async createRuntime(context: RuntimeContext): Promise<Runtime> {
    this.contexts.push(context);
    return {
      start: (request: StartRequest) => {
        this.calls.push(`start ${request.stages?.join('+') ?? 'all'} ${request.http ? 'http' : 'no http'}`);
        return this.failure === null ? Promise.resolve() : Promise.reject(this.failure);
      },
      restartCapture: () => Promise.resolve(),
      finished: () => new Promise<void>(() => undefined),
      waitUntilCaughtUp: () => this.#note('caught up', undefined),
      status: () => this.#note('status', STATUS),
      lag: () =>
        this.#note('lag', [
          { ...{ reader: 'lake', records: 2, bytes: 2048, seconds: 1.5 }, partitions: LATE },
        ]),
      schemaVersions: () => this.#note('schema versions', []),
      verify: (selection) => this.#note(`verify ${selection.tables.join()}`, REPORT),
      backfill: (selection) =>
        this.#note(`backfill ${selection.tables.join()}`, {
          tables: [{ table: 'llx_a', rows: 7 }],
          rows: 7,
          seconds: 1,
        }),
      query: (sql, format) => this.#note(`query ${sql} ${format}`, chunks('answer\n')),
      analytics: {
        analyze: ({ module }) => this.#note(`analyze ${module ?? 'all'}`, []),
        predictDuration: ({ type, estimated }) =>
          this.#note(`predict ${type} ${estimated}`, {
            ...{ predicted: 4.5, lower: 3, upper: 7, confidence: 0.8, likeJobs: 46 },
            ...{ basis: 'model' as const, model: 1, sentence: 'About 4 h 30' },
          }),
        models: () => this.#note('models', []),
        rollback: ({ name, version }) =>
          this.#note(`rollback ${name} ${version ?? 'earlier'}`, {
            ...{ name, version: version ?? 1, trainedAt: '2026-01-01T00:00:00.000Z', seed: 42, rows: 100 },
            ...{ from: '2025-01-01', to: '2025-12-31', score: 0.4, championScore: null, inUse: true },
          }),
      },
      alerts: {
        cases: () => this.#note('cases', []),
        act: ({ action }) => this.#note(action, { id: '3f2a9c01d4e5b677', state: 'acknowledged' }),
        mutes: () => this.#note('mutes', []),
        mute: ({ scope, hours, by }) =>
          this.#note('mute', { id: '0a1b2c3d4e5f', scope, until: hours, by, at: 0 }),
        unmute: ({ id }) => this.#note('unmute', { id, scope: {}, until: null, by: '', at: 0 }),
        channels: () => this.#note('channels', []),
        test: ({ channel }) => this.#note(`test ${channel}`, { channel, kind: 'slack' }),
      },
      recovery: {
        replay: () => this.#note('replay', { tables: [], leftOut: [], seconds: 1 }),
        redrive: () => this.#note('redrive', { letters: [] }),
      },
      upkeep: {
        quality: ({ days }) => this.#note(`quality ${days ?? 'all'}`, QUALITY),
        cleanup: ({ dryRun }) => this.#note('cleanup', { dryRun, parts: [], bytes: 0 }),
        forget: (request) => this.#note(`forget ${request.kind}`, { ...request, ...FORGOTTEN }),
        exportPerson: ({ kind, id }) => this.#note(`export ${kind} ${id}`, {}),
        suggestMapping: () => this.#note('mapping', { mapping: {}, suggestions: [] }),
        extract: ({ format }) => this.#note(`extract ${format}`, { folder: '/data', files: [] }),
      },
      close: () => this.#note('close', undefined),
    };
  }

  checkSource(): ReturnType<Composition['checkSource']> {
    return this.#note('check', {
      ready: false,
      server: 'mariadb 10.11',
      problems: [
        { severity: 'warning', check: 'retention', found: 'two days', fix: 'SET GLOBAL …' },
        {
          severity: 'error',
          check: 'binlog_format',
          found: 'binlog_format is MIXED',
          fix: 'SET GLOBAL binlog_format=ROW;',
        },
      ],
    } as const);
  }

  #note<T>(call: string, answer: T): Promise<T> {
    this.calls.push(call);
    return Promise.resolve(answer);
  }
}

async function* chunks(...texts: readonly string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

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
