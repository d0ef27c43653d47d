/** The adapter against servers that answer badly, and what it says then. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { RequestListener, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import {
  openRestRegistry,
  type RestRegistry,
  type RestRegistryOptions,
} from '../../../adapters/registry/open-rest-registry.ts';
import { DolistreamError } from '../../../core/errors.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';
import { KeepingLogger, silentLogger, StandIn } from './registry-bench.ts';

const PASSWORD = 'pä55-word';
const TOKEN = 'a.very.secret-token';
const SCHEMA = JSON.stringify({ type: 'record', name: 'Row', fields: [{ name: 'id', type: 'long' }] });

const open = (url: string, options: Partial<RestRegistryOptions> = {}): Promise<RestRegistry> =>
  openRestRegistry({ url, retryForMs: 0, logger: silentLogger, ...options });

const sendJson = (response: ServerResponse, value: unknown, status = 200): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));

/** A server that greets as a registry does and answers everything else with `answer`. */
function standIn(answer: RequestListener): Promise<StandIn> {
  return StandIn.start((request, response) => {
    if (request.url === '/schemas/types') sendJson(response, ['AVRO', 'JSON']);
    else answer(request, response);
  });
}

async function failure(work: Promise<unknown>): Promise<DolistreamError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof DolistreamError, String(error));
  return error;
}

void describe('an address that cannot be one', () => {
  const cases: readonly (readonly [problem: string, options: Partial<RestRegistryOptions>, says: RegExp])[] =
    [
      ['nonsense', { url: `registry ${PASSWORD}` }, /not a URL/],
      ['another protocol', { url: 'ftp://registry/' }, /ftp:/],
      ['a password in it', { url: `http://me:${PASSWORD}@registry/` }, /holds a user or a password/],
      ['a query', { url: 'http://registry/?a=1' }, /\? or #/],
      ['a token and a user', { token: TOKEN, user: 'me' }, /Both/],
      ['a token with a line break', { token: `${TOKEN}\r\nX: y` }, /blanks/],
      ['a password without a user', { password: PASSWORD }, /user/],
      ['a user with a colon', { user: 'me:you', password: PASSWORD }, /colon/],
    ];
  for (const [problem, options, says] of cases) {
    void test(`is refused with one clear error: ${problem}`, async () => {
      const error = await failure(open('http://127.0.0.1:1', options));
      assert.deepEqual([error.code, error.retryable], ['CONFIG_INVALID', false]);
      assert.match(error.message, says);
      assert.ok(error.fix);
      for (const secret of [PASSWORD, TOKEN]) assert.ok(!`${error.message} ${error.fix}`.includes(secret));
    });
  }
});

void describe('credentials', () => {
  void test('are sent as Basic and as Bearer, below the path of the address', async () => {
    await using server = await StandIn.start((_request, response) => sendJson(response, ['AVRO']));
    const url = `${server.url}/apis/ccompat/v7/`;
    await (await open(url, { user: 'me', password: PASSWORD })).close();
    await (await open(url, { token: TOKEN })).close();
    await (await open(url)).close();
    const basic = `Basic ${Buffer.from(`me:${PASSWORD}`).toString('base64')}`;
    assert.deepEqual(server.authorizations, [basic, `Bearer ${TOKEN}`, undefined]);
    assert.deepEqual(new Set(server.requests), new Set(['GET /apis/ccompat/v7/schemas/types']));
  });

  void test('that are refused are not repeated, even when the server repeats them, and not tried again', async () => {
    const echo: RequestListener = (request, response) => {
      const message = `no:\n${request.headers.authorization} ${PASSWORD} ${TOKEN}`;
      sendJson(response, { error_code: 40101, message }, 401);
    };
    for (const credentials of [{ user: 'me', password: PASSWORD }, { token: TOKEN }]) {
      await using server = await StandIn.start(echo);
      const logger = new KeepingLogger();
      const error = await failure(open(server.url, { ...credentials, logger, retryForMs: 60_000 }));
      assert.equal(error.code, 'REGISTRY_AUTH');
      assert.match(error.message, /HTTP 401: no: (Basic|Bearer) \*\*\*/);
      const shown = JSON.stringify([error.message, error.fix, logger.said]);
      const [sent] = server.authorizations;
      for (const secret of [sent!.split(' ')[1]!, ...Object.values(credentials).slice(-1)]) {
        assert.ok(!shown.includes(secret));
      }
      assert.equal(server.requests.length, 1);
    }
  });
});

void describe('a server that is no registry', () => {
  const html: RequestListener = (_request, response) =>
    void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>');
  const cases: readonly (readonly [says: string, answer: RequestListener, message: RegExp])[] = [
    ['a web page', html, /answered with text\/html, which is not JSON/],
    [
      'that there is no such page',
      (_q, r) => void r.writeHead(404).end('<h1>404</h1>'),
      /as no schema registry does \(HTTP 404\)/,
    ],
    [
      'a code that is none',
      (_q, r) => sendJson(r, { error_code: 0, message: 'no resource' }, 404),
      /HTTP 404: no resource/,
    ],
    [
      'to look elsewhere',
      (_q, r) => void r.writeHead(302, { location: 'https://sso.example/' }).end(),
      /redirects to https:\/\/sso/,
    ],
    ['something else in JSON', (_q, r) => sendJson(r, { ok: true }), /no valid list of names/],
    ['null', (_q, r) => sendJson(r, null), /no valid list of names/],
    ['that it takes no Avro', (_q, r) => sendJson(r, ['PROTOBUF']), /does not take Avro/],
    ['far too much', (_q, r) => void r.writeHead(200).end(Buffer.alloc(17 << 20, '[')), /more than 16 MB/],
  ];
  for (const [says, answer, message] of cases) {
    void test(`is named as such when it says ${says}`, async () => {
      await using server = await StandIn.start(answer);
      const error = await failure(open(server.url, { retryForMs: 60_000 }));
      assert.deepEqual([error.code, error.retryable], ['REGISTRY_FAILED', false]);
      assert.match(error.message, message);
      assert.ok(error.fix);
    });
  }
});

void describe('a registry in trouble', () => {
  void test('is given up after the time allowed, with an error that may be tried again', async () => {
    const cases: readonly (readonly [answer: RequestListener, reason: RegExp])[] = [
      [
        (_q, r) => sendJson(r, { error_code: 50001, message: 'store\u0007 down' }, 500),
        /HTTP 500: store down$/,
      ],
      [(_q, r) => void r.writeHead(502).end('<h1>Bad gateway</h1>'), /HTTP 502$/],
      [(_q, r) => void r.writeHead(429).end(), /HTTP 429$/],
      [(_q, r) => void r.destroy(), /ECONNRESET/],
      [(_q, r) => void r.writeHead(200, { 'content-length': 100 }).write('['), /no answer within 100 ms/],
      [() => undefined, /no answer within 100 ms/],
    ];
    for (const [answer, reason] of cases) {
      await using server = await StandIn.start(answer);
      const isHanging = reason.source.includes('100 ms');
      const error = await failure(open(server.url, isHanging ? { timeoutMs: 100 } : {}));
      assert.deepEqual([error.code, error.retryable], ['REGISTRY_UNREACHABLE', true]);
      assert.match(error.message, reason);
    }
  });

  void test('is asked again until it answers, and what was said about it is said once', async () => {
    let failures = 3;
    await using server = await StandIn.start((_request, response) => {
      if (failures-- > 0) response.writeHead(503).end();
      else sendJson(response, ['AVRO']);
    });
    const logger = new KeepingLogger();
    await (await open(server.url, { retryForMs: 60_000, logger })).close();
    assert.equal(server.requests.length, 4);
    assert.deepEqual(
      logger.said.map((line) => line.replace(/ \{.*/, '')),
      ['the schema registry is tried again', 'the schema registry answers again'],
    );
  });

  void test('does not keep a closed adapter waiting', async () => {
    await using server = await standIn(() => undefined);
    const registry = await open(server.url, { retryForMs: 60_000 });
    const asked = failure(registry.subjects());
    await registry.close();
    assert.match((await asked).message, /stopped/);
  });
});

void describe('an answer of the wrong shape', () => {
  const nested = '['.repeat(100_000);
  const cases: readonly (readonly [call: string, answer: unknown, message: RegExp])[] = [
    ['schemaById', {}, /schema 7 has no valid schema|Schema 7 has no valid schema/],
    ['schemaById', { schema: { type: 'string' } }, /no valid schema/],
    ['schemaById', { schema: nested }, /no valid schema/],
    ['schemaById', { schema: '"string"', schemaType: 'JSON' }, /Schema 7 is not an Avro schema/],
    ['schemaById', { schema: '"x.Y"', references: [{ name: 'x.Y' }] }, /refers to schemas of other subjects/],
    ['schemaById', [], /no valid schema/],
    ['subjects', { subjects: [] }, /no valid list of names/],
    ['subjects', ['a', 5], /no valid list of names/],
    ['versions', ['1'], /no valid list of numbers/],
    ['versions', [0], /no valid list of numbers/],
    ['versions', [1e300], /no valid list of numbers/],
    ['versions', [[1]], /no valid list of numbers/],
    ['register', { id: '5' }, /no valid id/],
    ['register', { id: -1 }, /no valid id/],
    ['register', { id: 2 ** 31 }, /no valid id/],
    ['register', 'ok', /no valid compatibilityLevel/],
  ];
  for (const [call, answer, message] of cases) {
    void test(`is refused: ${call} gives ${JSON.stringify(answer).slice(0, 60)}`, async () => {
      await using server = await standIn((request, response) => {
        const isConfig = request.url!.startsWith('/config') && answer !== 'ok';
        sendJson(response, isConfig ? { compatibilityLevel: 'BACKWARD' } : answer);
      });
      const registry = await open(server.url);
      const calls: Record<string, () => Promise<unknown>> = {
        schemaById: () => registry.schemaById(7),
        subjects: () => registry.subjects(),
        versions: () => registry.versions('t-value'),
        register: () => registry.register('t-value', SCHEMA),
      };
      const error = await failure(calls[call]!());
      await registry.close();
      assert.equal(error.code, 'REGISTRY_FAILED');
      assert.match(error.message, message);
    });
  }

  void test('is not remembered: the next call asks again', async () => {
    let answers = 0;
    await using server = await standIn((_request, response) =>
      sendJson(response, answers++ === 0 ? {} : { schema: SCHEMA }),
    );
    const registry = await open(server.url);
    await assert.rejects(registry.schemaById(7), { code: 'REGISTRY_FAILED' });
    assert.equal(await registry.schemaById(7), SCHEMA);
    assert.deepEqual(await Promise.all([registry.schemaById(7), registry.schemaById(7)]), [SCHEMA, SCHEMA]);
    await registry.close();
    assert.equal(answers, 2);
  });
});

void describe('what the registry refuses', () => {
  const register = async (refusal: { status: number; code: number }): Promise<DolistreamError> => {
    await using server = await standIn((request, response) => {
      const isWriting = request.url!.endsWith('/versions');
      const [status, code] = isWriting ? [refusal.status, refusal.code] : [404, 40401];
      sendJson(response, { error_code: code, message: 'the reason' }, status);
    });
    const registry = await open(server.url);
    const error = await failure(registry.register('t-value', SCHEMA));
    await registry.close();
    assert.match(error.message, /the reason/);
    return error;
  };

  void test('comes with the code that fits', async () => {
    assert.equal((await register({ status: 409, code: 409 })).code, 'SCHEMA_INCOMPATIBLE');
    assert.equal((await register({ status: 409, code: 40901 })).code, 'SCHEMA_INCOMPATIBLE');
    assert.equal((await register({ status: 422, code: 42201 })).code, 'SCHEMA_INCOMPATIBLE');
    assert.equal((await register({ status: 422, code: 42205 })).code, 'REGISTRY_FAILED');
    assert.equal((await register({ status: 403, code: 40301 })).code, 'REGISTRY_AUTH');
  });
});

void test('a server with a certificate of an own authority is trusted when that is given, and only then', async () => {
  using folder = makeTemporaryFolder();
  const [keyFile, certFile] = [join(folder.path, 'key.pem'), join(folder.path, 'cert.pem')];
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost', '-keyout', keyFile, '-out', certFile],
  ]);
  const [key, cert] = await Promise.all([readFile(keyFile, 'utf8'), readFile(certFile, 'utf8')]);
  const server = createHttpsServer({ key, cert }, (_request, response) => sendJson(response, ['AVRO']));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    await (await open(`https://localhost:${port}`, { ca: cert })).close();
    const untrusted = await failure(open(`https://localhost:${port}`, { retryForMs: 60_000 }));
    assert.deepEqual([untrusted.code, untrusted.retryable], ['REGISTRY_FAILED', false]);
    assert.match(untrusted.message, /SELF_SIGNED/);
  } finally {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
});
