/** A pipeline that answers at once, for what is said around it. */
import type {
  Composition,
  Runtime,
  RuntimeContext,
  StartRequest,
  Status,
  VerifyReport,
} from '../../app/runtime.ts';
import type { TapEvent } from '../../app/tap/tap-events.ts';
import type { QualityReport } from '../../services/model/quality/measure-quality.ts';

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

const LATE = [{ topic: 'dolibarr.d.llx_a', partition: 0, records: 2, bytes: 2048, seconds: 1.5 }];

/** Answers every call at once and remembers what was asked of it. */
export class ScriptedComposition implements Composition {
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
      tap: ({ topic }) => this.#note(`tap ${topic}`, events()),
      analytics: {
        analyze: ({ module }) => this.#note(`analyze ${module ?? 'all'}`, []),
        predictDuration: ({ type, estimated }) =>
          this.#note(`predict ${type} ${estimated}`, {
            ...{ predicted: 4.5, lower: 3, upper: 7, confidence: 0.8, likeJobs: 46, nearby: [] },
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
      warehouse: {
        refresh: () => this.#note('warehouse', { rebuilt: null, tables: [], upTo: null }),
      },
      upkeep: {
        quality: ({ days }) => this.#note(`quality ${days ?? 'all'}`, QUALITY),
        cleanup: ({ dryRun }) => this.#note('cleanup', { dryRun, parts: [], bytes: 0 }),
        forget: (request) => this.#note(`forget ${request.kind}`, { ...request, ...FORGOTTEN }),
        exportPerson: ({ kind, id }) => this.#note(`export ${kind} ${id}`, {}),
        suggestMapping: () => this.#note('mapping', { mapping: {}, suggestions: [] }),
        backup: () => this.#note('backup', { folder: '/none', version: '1', position: null, takenAt: '' }),
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

const EVENT: TapEvent = {
  ...{ topic: 'dolibarr.d.llx_a', partition: 0, offset: 7 },
  value: {
    op: 'u',
    before: { rowid: 1, ref: 'A\u001b[31m' },
    after: { rowid: 1, ref: 'B' },
    source: { db: 'd', table: 'llx_a', seq: 42, ts_ms: 1_000 },
  },
};

async function* events(): AsyncIterable<TapEvent> {
  yield EVENT;
}
