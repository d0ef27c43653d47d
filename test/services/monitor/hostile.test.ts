/** The HTTP port under attack. What belongs to one part is tested there; docs/security.md lists all of it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:https';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { MonitorDeps } from '../../../services/monitor/build-app.ts';
import { makeCertificate } from '../../support/self-signed.ts';
import { buildPages, dashboardOf, ELSEWHERE, listen, openBench } from './dashboard-bench.ts';

const { engine, queries } = await openBench();
const done = (): Promise<object> => Promise.resolve({ secret: 'of the firm' });
const list = (): Promise<object[]> => Promise.resolve([{ secret: 'of the firm' }]);

/** With every group of routes that a pipeline serves. */
const everything: Partial<MonitorDeps> = {
  upkeep: { quality: done, backup: done, forget: done },
  tap: () =>
    Promise.resolve(
      (async function* () {
        yield { secret: 'of the firm' };
      })(),
    ),
  alerts: {
    ...{ cases: list, mutes: list, channels: list, act: done, mute: done, unmute: done, test: done },
    openLink: () => Promise.reject(new Error('no such link')),
  },
};
const build = (changes: Partial<MonitorDeps> = {}): FastifyInstance =>
  buildPages(engine.warehouse, dashboardOf(queries), { ...everything, ...changes });

void test('no route but health says or does anything without a token beyond this machine', async () => {
  const routes: { method: string; url: string }[] = [];
  const app = build();
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) routes.push({ method: each, url });
  });
  await app.ready();
  // Those of the root are there before a hook can be told of them.
  routes.push({ method: 'GET', url: '/' }, { method: 'POST', url: '/' }, { method: 'POST', url: '/a/x.y.z' });
  const open = ['/health', '/ready', '/ping', '/replicas_status', '/login', '/logout'];
  const refused = new Map<string, number>();
  for (const { method, url } of routes) {
    // A HEAD of `/` asks whether somebody is there, and runs nothing.
    const isProbe = method === 'HEAD' && url === '/';
    if (open.includes(url) || isProbe || method === 'OPTIONS') continue;
    // Without a question `/` says that it is there, as /ping does.
    const path = url === '/' ? '/?query=SELECT+1' : url.replace(/:\w+|\*/g, 'x');
    const answer = await app.inject({ method: method as 'GET', url: path, ...ELSEWHERE });
    assert.ok(answer.statusCode >= 401 && answer.statusCode < 600, `${method} ${path} ${answer.statusCode}`);
    assert.doesNotMatch(answer.payload, /of the firm|TS-1|"rows"/, `${method} ${path}`);
    refused.set(`${method} ${path}`, answer.statusCode);
  }
  for (const route of [
    'POST /api/upkeep/backup',
    'GET /api/events',
    'POST /api/alerts/mutes',
    'GET /api/live',
  ]) {
    assert.equal(refused.get(route), 401, route);
  }
  assert.ok(refused.size > 40, String(refused.size));
});

void test('a viewer can follow and read, and neither copy, erase, mute nor verify', async () => {
  const app = build({ viewerToken: 'just-looking-around' });
  const headers = { authorization: 'Bearer just-looking-around' };
  const status = async (method: 'GET' | 'POST', url: string): Promise<number> =>
    (await app.inject({ method, url, headers, ...ELSEWHERE })).statusCode;
  for (const url of ['/api/status', '/api/events?topic=x', '/api/alerts/cases', '/metrics']) {
    assert.equal(await status('GET', url), 200, url);
  }
  for (const url of [
    '/api/upkeep/backup',
    '/api/upkeep/forget',
    '/api/alerts/mutes',
    '/api/verify',
    '/api/backfill',
  ]) {
    assert.equal(await status('POST', url), 401, url);
  }
});

void test('a client that sends its request a byte at a time loses its connection, and others are served', async () => {
  const app = build({ slowAfterMs: 200 });
  const port = await listen(app);
  const slow = connect({ host: '127.0.0.1', port });
  slow.on('error', () => undefined);
  await once(slow, 'connect');
  slow.write('GET /health HT');
  let said = '';
  slow.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const ended = once(slow, 'close');
  assert.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200);
  await ended;
  assert.match(said, /^HTTP\/1\.1 408 /);
  await app.close();
});

void test('a body that is said to be huge, or is, is refused before it is read', async () => {
  const app = build();
  const port = await listen(app);
  const client = connect({ host: '127.0.0.1', port });
  await once(client, 'connect');
  const reply = once(client, 'data');
  client.write('POST /api/verify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000000000\r\n\r\n{');
  assert.match(String((await reply)[0]), /^HTTP\/1\.1 413 /);
  client.destroy();
  await app.close();
});

void test('heads of absurd size, broken requests and smuggled lengths end their connection only', async () => {
  const app = build();
  const port = await listen(app);
  const attacks = [
    `GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`,
    'GET /health HTTP/9.9\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/status HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'GET /health\u0000 HTTP/1.1\r\nHost: localhost\r\n\r\n',
  ];
  for (const attack of attacks) {
    const client = connect({ host: '127.0.0.1', port });
    let said = '';
    client.on('error', () => undefined).on('data', (bytes: Buffer) => (said += bytes.toString()));
    await once(client, 'connect');
    client.write(attack);
    await once(client, 'close');
    assert.match(said, /^(HTTP\/1\.1 4\d\d |$)/, attack.slice(0, 60));
  }
  assert.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200);
  await app.close();
});

void test('with a certificate the port speaks TLS, tells browsers to stay with it, and marks the cookie secure', async () => {
  const tls = await makeCertificate();
  const app = build({ tls, token: 'correct-horse-battery' });
  const port = await listen(app);
  const body = 'token=correct-horse-battery';
  const outgoing = request({
    ...{ host: 'localhost', port, path: '/login', method: 'POST', ca: tls.cert },
    headers: { 'content-length': body.length },
  });
  const answered = once(outgoing, 'response');
  outgoing.end(body);
  const [answer] = await answered;
  answer.resume();
  assert.equal(answer.statusCode, 303);
  assert.match(String(answer.headers['set-cookie']), /HttpOnly; SameSite=Lax; Secure/);
  assert.match(String(answer.headers['strict-transport-security']), /max-age=2592000/);
  await assert.rejects(fetch(`http://localhost:${port}/health`));
  await app.close();
});
