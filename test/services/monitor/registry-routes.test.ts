/** The registry's routes over the embedded registry, asked by hand. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type EmbeddedLog, openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import { checkCompatible, parseSchema } from '../../../adapters/embedded-log/schema-compatibility.ts';
import { DolistreamError } from '../../../core/errors.ts';
import type { SchemaRegistry } from '../../../core/ports/schema-registry.ts';
import { buildMonitorApp, type MonitorDeps } from '../../../services/monitor/build-app.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';
import { Engine, monitorDeps, TOKEN } from './monitor-bench.ts';

const TYPE = 'application/vnd.schemaregistry.v1+json';
const engine = await Engine.open();
after(() => engine[Symbol.asyncDispose]());

const serve = (registry: SchemaRegistry, writable: boolean): Pick<MonitorDeps, 'registry'> => ({
  registry: { registry, writable, parseSchema, checkCompatible },
});

const schemaOf = (type: unknown): string =>
  JSON.stringify({ type: 'record', name: 'Row', fields: [{ name: 'id', type, column: 'bigint' }] });

void describe('each route', () => {
  const folder = makeTemporaryFolder();
  let log: EmbeddedLog;
  let app: ReturnType<typeof buildMonitorApp>;
  let writableApp: ReturnType<typeof buildMonitorApp>;
  const ready = (async () => {
    log = await openEmbeddedLog({ dir: folder.path });
    await log.registry.register('a-value', schemaOf('int'));
    await log.registry.register('a-value', schemaOf('long'));
    await log.registry.register('b-value', schemaOf('long'));
    app = buildMonitorApp(monitorDeps(engine.warehouse, { ...serve(log.registry, false), token: TOKEN }));
    writableApp = buildMonitorApp(monitorDeps(engine.warehouse, serve(log.registry, true)));
  })();
  after(async () => {
    await app.close();
    await writableApp.close();
    await log.close();
    folder[Symbol.dispose]();
  });

  interface Asked {
    readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
    readonly body?: unknown;
    readonly writable?: boolean;
  }

  async function ask(path: string, { method = 'GET', body, writable = false }: Asked = {}) {
    await ready;
    const payload = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await (writable ? writableApp : app).inject({
      method,
      url: `/registry${path}`,
      headers: { 'content-type': TYPE },
      ...(body === undefined ? {} : { payload }),
    });
    assert.equal(answer.headers['content-type'], TYPE, path);
    return [answer.statusCode, answer.json<unknown>()] as const;
  }

  const post = (body: unknown, writable = false): Asked => ({ method: 'POST', body, writable });

  void test('answers reading in the words of Confluent', async () => {
    const [int, long] = [schemaOf('int'), schemaOf('long')];
    const newest = { id: 2, subject: 'a-value', version: 2, schema: long };
    const uses = [
      { subject: 'a-value', version: 2 },
      { subject: 'b-value', version: 1 },
    ];
    const answers: readonly (readonly [path: string, answer: unknown])[] = [
      ['/', {}],
      ['', {}],
      ['/subjects', ['a-value', 'b-value']],
      ['/subjects?deleted=true', ['a-value', 'b-value']],
      ['/subjects?subjectPrefix=b', ['b-value']],
      ['/subjects?offset=1&limit=5', ['b-value']],
      ['/subjects?limit=1', ['a-value']],
      ['/subjects/a-value/versions', [1, 2]],
      ['/subjects/a-value/versions/1', { id: 1, subject: 'a-value', version: 1, schema: int }],
      ['/subjects/a-value/versions/latest', newest],
      ['/subjects/a-value/versions/-1', newest],
      ['/subjects/a-value/versions/1/schema', JSON.parse(int)],
      ['/schemas/types', ['AVRO']],
      ['/schemas/ids/2?subject=a-value&fetchMaxId=false', { schema: long }],
      ['/schemas/ids/2/schema', JSON.parse(long)],
      ['/schemas/ids/2/versions', uses],
      ['/schemas/ids/2/subjects', ['a-value', 'b-value']],
      ['/config', { compatibilityLevel: 'BACKWARD' }],
      ['/config/a-value?defaultToGlobal=true', { compatibilityLevel: 'BACKWARD' }],
      ['/mode', { mode: 'READONLY' }],
      ['/mode/a-value', { mode: 'READONLY' }],
    ];
    for (const [path, expected] of answers) {
      assert.deepEqual([path, ...(await ask(path))], [path, 200, expected]);
    }
  });

  void test('looks a schema up whatever else a newer client sends with it', async () => {
    const body = {
      schema: schemaOf('long'),
      schemaType: 'AVRO',
      references: [],
      metadata: null,
      ruleSet: {},
    };
    const expected = { id: 2, subject: 'a-value', version: 2, schema: schemaOf('long') };
    assert.deepEqual(await ask('/subjects/a-value?normalize=false', post(body)), [200, expected]);
  });

  void test('tells whether a schema would be compatible, and why not', async () => {
    const path = '/compatibility/subjects/a-value/versions';
    const [good, bad] = [post({ schema: schemaOf('double') }), post({ schema: schemaOf('string') })];
    assert.deepEqual(await ask(path, good), [200, { is_compatible: true }]);
    assert.deepEqual(await ask(`${path}/latest?verbose=true`, good), [
      200,
      { is_compatible: true, messages: [] },
    ]);
    assert.deepEqual(await ask(`${path}/1`, bad), [200, { is_compatible: false }]);
    const [, verbose] = await ask(`${path}?verbose=true`, bad);
    assert.match(
      JSON.stringify(verbose),
      /"is_compatible":false,"messages":\["The new schema of a-value cannot/,
    );
  });

  const schema = schemaOf('string');
  const refusals: readonly (readonly [path: string, asked: Asked, status: number, code: number])[] = [
    ['/subjects/none/versions', {}, 404, 40401],
    ['/subjects/none/versions/latest', {}, 404, 40401],
    ['/subjects/a-value/versions/3', {}, 404, 40402],
    ['/subjects/a-value/versions/0', {}, 422, 42202],
    ['/subjects/a-value/versions/-2', {}, 422, 42202],
    ['/subjects/a-value/versions/99999999999', {}, 422, 42202],
    ['/subjects/a-value/versions/newest', {}, 422, 42202],
    ['/schemas/ids/99', {}, 404, 40403],
    ['/schemas/ids/99/versions', {}, 404, 40403],
    ['/schemas/ids/1e0', {}, 404, 40403],
    ['/schemas/ids/__proto__', {}, 404, 40403],
    ['/config/a-value', {}, 404, 40408],
    ['/nothing', {}, 404, 404],
    ['/subjects', { method: 'PATCH' }, 404, 404],
    ['/subjects/none', post({ schema }), 404, 40401],
    ['/subjects/a-value', post({ schema }), 404, 40403],
    ['/subjects/a-value', post({ schema: '{"type":"record"}' }), 422, 42201],
    ['/subjects/a-value', post({ schema: 5 }), 422, 42201],
    ['/subjects/a-value', post({ schema, schemaType: 'PROTOBUF' }), 422, 42201],
    ['/subjects/a-value', post({ schema, references: [{ name: 'x' }] }), 422, 42201],
    ['/subjects/a-value', post('not json'), 400, 400],
    ['/subjects/a-value', post('[]'), 400, 400],
    ['/subjects/a-value', { method: 'POST' }, 400, 400],
    ['/subjects/a-value', post('x'.repeat(1_100_000)), 413, 413],
    ['/subjects/a-value/versions', post({ schema }), 403, 40301],
    ['/config', { method: 'PUT', body: { compatibility: 'NONE' } }, 403, 40301],
    ['/config/a-value', { method: 'PUT', body: { compatibility: 'NONE' } }, 403, 40301],
    ['/subjects/a-value', { method: 'DELETE' }, 422, 42205],
    ['/subjects/a-value/versions/1', { method: 'DELETE', writable: true }, 422, 42205],
    ['/config/a-value', { method: 'DELETE' }, 422, 42205],
    ['/subjects/a-value/versions', post({ schema }, true), 409, 409],
    ['/subjects/a-value/versions', post({ schema: 'not avro' }, true), 422, 42201],
    ['/config', { method: 'PUT', body: { compatibility: 'FULL' }, writable: true }, 422, 42203],
  ];

  void test('refuses in the codes of Confluent', async () => {
    for (const [path, asked, status, code] of refusals) {
      const [answered, body] = await ask(path, asked);
      const { error_code: errorCode, message } = body as { error_code: number; message: string };
      assert.deepEqual([asked.method, path, answered, errorCode], [asked.method, path, status, code]);
      assert.notEqual(message, '');
    }
    assert.deepEqual(await ask('/subjects'), [200, ['a-value', 'b-value']], 'nothing has changed');
  });

  void test('finds subjects of any length and letters that Dolibarr’s database can have', async () => {
    await ready;
    const subject = `dolibarr.${'é'.repeat(64)}.${'表'.repeat(64)}-value`;
    const id = await log.registry.register(subject, schemaOf('int'));
    const [status, versions] = await ask(`/subjects/${encodeURIComponent(subject)}/versions`);
    assert.deepEqual([status, versions, id], [200, [1], 1]);
  });

  void test('asks for the token as the other routes do', async () => {
    await ready;
    const elsewhere = { url: '/registry/subjects', remoteAddress: '10.0.0.9' };
    for (const headers of [{}, { authorization: 'Bearer wrong' }]) {
      const refused = await app.inject({ ...elsewhere, headers });
      assert.equal(refused.statusCode, 401);
      assert.match(refused.headers['www-authenticate'] as string, /^Basic /);
      assert.deepEqual(refused.json<{ error_code: number }>().error_code, 40101);
    }
    const foreign = await writableApp.inject({
      method: 'POST',
      url: '/registry/subjects/a-value/versions',
      headers: { origin: 'https://evil.example' },
      payload: { schema },
    });
    assert.equal(foreign.statusCode, 401, 'a page of somebody else writes nothing');
    const basic = `Basic ${Buffer.from(`me:${TOKEN}`).toString('base64')}`;
    for (const authorization of [basic, `Bearer ${TOKEN}`]) {
      assert.equal((await app.inject({ ...elsewhere, headers: { authorization } })).statusCode, 200);
    }
  });

  void test('is not there where no registry is served, and the other routes answer as ever', async () => {
    await ready;
    const bare = buildMonitorApp(monitorDeps(engine.warehouse));
    assert.equal((await bare.inject('/registry/subjects')).statusCode, 404);
    assert.equal((await app.inject('/api/nothing')).json<{ error: object }>().error !== undefined, true);
  });

  void test('tells a failure of the registry as one', async () => {
    const failing: SchemaRegistry = {
      register: () => Promise.reject(new DolistreamError('LOG_WRITE_FAILED', 'disk full')),
      schemaById: () => Promise.reject(new DolistreamError('LOG_CORRUPT', 'damaged')),
      versions: () => Promise.reject(new DolistreamError('LOG_CORRUPT', 'damaged')),
      subjects: () => Promise.reject(new DolistreamError('LOG_CORRUPT', 'damaged')),
    };
    const broken = buildMonitorApp(monitorDeps(engine.warehouse, serve(failing, true)));
    for (const url of ['/subjects', '/schemas/ids/1', '/subjects/a/versions']) {
      const answer = await broken.inject(`/registry${url}`);
      assert.deepEqual([answer.statusCode, answer.json()], [500, { error_code: 50001, message: 'damaged' }]);
    }
    const url = '/registry/subjects/a/versions';
    const refused = await broken.inject({ method: 'POST', url, payload: { schema } });
    assert.deepEqual(refused.json(), { error_code: 50001, message: 'disk full' });
  });
});
