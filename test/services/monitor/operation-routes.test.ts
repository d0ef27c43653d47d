import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, test } from 'node:test';
import { DolistreamError } from '../../../core/errors.ts';
import { buildMonitorApp, type MonitorDeps } from '../../../services/monitor/build-app.ts';
import { Engine, Listening, monitorDeps, TOKEN } from './monitor-bench.ts';

const engine = await Engine.open();
after(() => engine[Symbol.asyncDispose]());

const build = (changes: Partial<MonitorDeps> = {}) => buildMonitorApp(monitorDeps(engine.warehouse, changes));

const elsewhere = { remoteAddress: '10.0.0.9' };
const bearer = { authorization: `Bearer ${TOKEN}` };

void test('probes answer everybody, and tell details to those who may know', async () => {
  const app = build({ token: TOKEN });
  for (const url of ['/health', '/ready']) {
    const near = await app.inject({ url });
    assert.equal(near.statusCode, 200);
    assert.match(near.headers['content-type'] as string, /^application\/health\+json/);
    assert.deepEqual(near.json(), { status: 'pass', checks: { capture: { state: 'running' } } });
    assert.deepEqual((await app.inject({ url, ...elsewhere })).json(), { status: 'pass' });
  }
});

void test('a process that is not ready is alive, and one that is broken is not', async () => {
  const starting = build({ health: () => Promise.resolve({ live: true, ready: false, checks: {} }) });
  assert.equal((await starting.inject('/health')).statusCode, 200);
  assert.equal((await starting.inject('/health')).json<{ status: string }>().status, 'warn');
  assert.equal((await starting.inject('/ready')).statusCode, 503);
  const broken = build({ health: () => Promise.resolve({ live: false, ready: false, checks: {} }) });
  assert.equal((await broken.inject('/health')).statusCode, 503);
});

void test('status, lag and metrics are told to this machine and to holders of the token', async () => {
  const app = build({ token: TOKEN });
  assert.deepEqual((await app.inject('/api/status')).json(), { running: true });
  assert.deepEqual((await app.inject('/api/lag')).json(), { events: 0 });
  assert.equal((await app.inject('/metrics')).payload, 'dolistream_up 1\n');
  for (const url of ['/api/status', '/api/lag', '/metrics', '/api/alerts']) {
    const refused = await app.inject({ url, ...elsewhere });
    assert.equal(refused.statusCode, 401);
    assert.equal(refused.json<{ error: { code: string } }>().error.code, 'ACCESS_DENIED');
  }
  assert.equal((await app.inject({ url: '/api/lag', headers: bearer, ...elsewhere })).statusCode, 200);
  const query = await app.inject({ url: '/?query=SELECT+1', ...elsewhere });
  assert.deepEqual([query.statusCode, query.headers['x-clickhouse-exception-code']], [401, '194']);
  assert.match(query.headers['www-authenticate'] as string, /^Basic /);
});

void test('alerts come newest first from the warehouse', async () => {
  const { warehouse } = engine;
  await warehouse.command(`CREATE TABLE firm.alerts (
    id String, rule String, severity Int32, entity Int32, subject_type String, subject_id Int64, subject_ref String,
    title String, explanation String, actual Nullable(Float64), expected Nullable(Float64), unit Nullable(String),
    details String, source_seq UInt64, committed_at DateTime64(3, 'UTC'), raised_at DateTime64(3, 'UTC'))
    ENGINE = MergeTree ORDER BY (raised_at, id)`);
  const values = [1, 2, 3].map(
    (n) => `('${n}', 'r', 60, 1, 'intervention', ${n}, 'FI-${n}', 't', 'e', 14, NULL, 'h', '{"n":${n}}', ${n},
             '2026-11-23 10:00:0${n}.000', '2026-11-23 10:00:0${n}.250')`,
  );
  await warehouse.command(`INSERT INTO firm.alerts VALUES ${values.join(', ')}`);
  const app = build();
  const { alerts } = (await app.inject('/api/alerts?limit=2')).json<{ alerts: Record<string, unknown>[] }>();
  assert.deepEqual(
    alerts.map(({ id, details, raised_at, actual, expected }) => ({
      id,
      details,
      raised_at,
      actual,
      expected,
    })),
    [
      { id: '3', details: { n: 3 }, raised_at: '2026-11-23T10:00:03.250Z', actual: 14, expected: null },
      { id: '2', details: { n: 2 }, raised_at: '2026-11-23T10:00:02.250Z', actual: 14, expected: null },
    ],
  );
  for (const limit of ['0', '1001', '-1', 'x', "1' OR 1"]) {
    const refused = await app.inject(`/api/alerts?limit=${encodeURIComponent(limit)}`);
    assert.deepEqual([limit, refused.statusCode], [limit, 400]);
  }
});

void test('an action reports its progress in lines and ends with its report', async () => {
  const app = build({
    verify: (selection, report) => {
      report({ table: 'llx_ticket', rowsDone: 1 });
      return Promise.resolve({ equal: true, selection });
    },
  });
  const body = { tables: ['llx_*'], excludeTables: ['llx_const'] };
  const answer = await app.inject({ method: 'POST', url: '/api/verify', payload: body });
  assert.equal(answer.headers['content-type'], 'application/x-ndjson; charset=utf-8');
  assert.deepEqual(
    answer.payload
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
    [
      { progress: { table: 'llx_ticket', rowsDone: 1 } },
      { report: { equal: true, selection: { ...body, repair: false, sampling: null } } },
    ],
  );
  const all = await app.inject({ method: 'POST', url: '/api/verify' });
  assert.match(
    all.payload,
    /"selection":\{"tables":\["\*"\],"excludeTables":\[\],"repair":false,"sampling":null\}/,
  );
});

void test('a comparison is told to repair and how much to look at; what makes no sense is refused by name', async () => {
  const app = build({ verify: (request) => Promise.resolve(request) });
  const post = (payload: object) => app.inject({ method: 'POST', url: '/api/verify', payload });
  const sampling = { amount: { percent: 2.5 }, seed: 7 };
  const answer = await post({ repair: true, sampling });
  assert.deepEqual(JSON.parse(answer.payload), {
    report: { tables: ['*'], excludeTables: [], repair: true, sampling },
  });
  const wrong = [
    { repair: 'yes' },
    { sampling: 5 },
    { sampling: { amount: { percent: 101 }, seed: 1 } },
    { sampling: { amount: { rows: 1, percent: 1 }, seed: 1 } },
    { sampling: { amount: { rows: 10 } } },
  ];
  for (const payload of wrong) {
    const refused = await post(payload);
    assert.equal(refused.statusCode, 400);
    assert.match(refused.payload, new RegExp(`"message":"${Object.keys(payload)[0]} is `));
  }
});

void test('an action that fails ends with its error', async () => {
  const app = build({
    backfill: () =>
      Promise.reject(new DolistreamError('SOURCE_UNREACHABLE', 'no answer', { fix: 'start it' })),
  });
  const answer = await app.inject({ method: 'POST', url: '/api/backfill', payload: {} });
  assert.deepEqual(JSON.parse(answer.payload), {
    error: { code: 'SOURCE_UNREACHABLE', message: 'no answer', fix: 'start it' },
  });
});

void test('an action is refused without access, with nonsense, and as a GET', async () => {
  let calls = 0;
  const app = build({
    token: TOKEN,
    backfill: () => {
      calls++;
      return Promise.resolve({});
    },
  });
  const post = { method: 'POST', url: '/api/backfill' } as const;
  assert.equal((await app.inject({ ...post, ...elsewhere })).statusCode, 401);
  assert.equal((await app.inject({ ...post, headers: { origin: 'https://evil.example' } })).statusCode, 401);
  assert.equal((await app.inject({ ...post, headers: { authorization: 'Bearer wrong' } })).statusCode, 401);
  for (const payload of [
    '{',
    '{"tables": "llx_ticket"}',
    '{"excludeTables": [1]}',
    '[1',
    '"x',
    '[]',
    'null',
  ]) {
    assert.deepEqual([payload, (await app.inject({ ...post, payload })).statusCode], [payload, 400]);
  }
  const none = await app.inject({ ...post, payload: '{"tables": []}' });
  assert.deepEqual(
    [none.statusCode, none.json<{ error: { message: string } }>().error.message],
    [400, 'tables is an empty list, which selects nothing'],
  );
  assert.equal((await app.inject('/api/backfill')).statusCode, 404);
  assert.equal(calls, 0);
  assert.equal((await app.inject({ ...post, headers: bearer, ...elsewhere })).statusCode, 200);
  assert.equal(calls, 1);
});

void test('closing the connection stops the action', async () => {
  let stopped: (() => void) | undefined;
  const done = new Promise<void>((resolve) => (stopped = resolve));
  await using server = await Listening.start(engine.warehouse, {
    verify: (_selection, report, signal) =>
      new Promise((_resolve, reject) => {
        report({ started: true });
        signal.addEventListener('abort', () => {
          stopped?.();
          reject(new DolistreamError('INTERNAL', 'aborted'));
        });
      }),
  });
  const outgoing = request(`${server.url}/api/verify`, { method: 'POST' }, (response) => {
    response.once('data', () => outgoing.destroy());
  });
  outgoing.on('error', () => undefined);
  outgoing.end();
  await done;
});

void test('paths that do not exist and bodies that are too long are told as JSON', async () => {
  const app = build();
  const missing = await app.inject('/api/nothing');
  assert.equal(missing.statusCode, 404);
  assert.match(missing.json<{ error: { message: string } }>().error.message, /GET \/api\/nothing/);
  const long = await app.inject({ method: 'POST', url: '/', payload: 'x'.repeat(1_100_000) });
  assert.equal(long.statusCode, 413);
});

void test('a failure of a part does not show as a success', async () => {
  const app = build({ status: () => Promise.reject(new DolistreamError('LOG_CORRUPT', 'damaged')) });
  const answer = await app.inject('/api/status');
  assert.deepEqual(
    [answer.statusCode, answer.json<{ error: { code: string } }>().error.code],
    [500, 'LOG_CORRUPT'],
  );
});
