import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { packagePath } from '../../../app/paths.ts';
import { PAGES } from '../../../services/monitor/dashboard-routes.ts';
import { buildPages, dashboardOf, ELSEWHERE, listen, openBench, VIEWER_TOKEN } from './dashboard-bench.ts';
import { TOKEN } from './monitor-bench.ts';

const { engine, queries } = await openBench();
const build = (changes: Parameters<typeof dashboardOf>[1] = {}): FastifyInstance =>
  buildPages(engine.warehouse, dashboardOf(queries, changes));

const asBrowser = { accept: 'text/html,application/xhtml+xml' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };

/** The cookie of a session, and its CSRF token. */
async function logIn(app: FastifyInstance, token: string): Promise<{ cookie: string; csrf: string }> {
  const body = new URLSearchParams({ token }).toString();
  const answer = await app.inject({ method: 'POST', url: '/login', headers: form, body, ...ELSEWHERE });
  assert.equal(answer.statusCode, 303);
  const cookie = String(answer.headers['set-cookie']).split(';')[0]!;
  const session = await app.inject({ url: '/api/session', headers: { cookie }, ...ELSEWHERE });
  return { cookie, csrf: session.json<{ csrf: string }>().csrf };
}

void test('a browser gets the page at every address of one, and other clients what ClickHouse says', async () => {
  const app = build();
  for (const url of ['/', ...PAGES]) {
    const page = await app.inject({ url, headers: asBrowser });
    assert.equal(page.statusCode, 200, url);
    assert.match(page.payload, /<script type="module" src="\/assets\/app.js">/);
    assert.match(String(page.headers['content-security-policy']), /default-src 'none';script-src 'self'/);
  }
  assert.equal((await app.inject('/')).payload, 'Ok.\n');
  const query = await app.inject({ url: '/?query=SELECT+1', headers: asBrowser });
  assert.equal(query.payload, '1\n');
  for (const url of [
    '/assets/app.js',
    '/assets/style.css',
    '/charts/uPlot.esm.js',
    '/charts/uPlot.min.css',
  ]) {
    assert.equal((await app.inject(url)).statusCode, 200, url);
  }
});

void test('beyond this machine nothing but health answers without a token', async () => {
  const paths: { method: string; url: string }[] = [];
  const app = build();
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) paths.push({ method: each, url });
  });
  await app.ready();
  for (const url of [
    '/',
    ...PAGES,
    '/assets/app.js',
    '/charts/uPlot.esm.js',
    '/api/live',
    '/api/openapi.json',
  ]) {
    paths.push({ method: 'GET', url });
  }
  const open = ['/health', '/ready', '/ping', '/replicas_status', '/logout'];
  let asked = 0;
  for (const { method, url } of paths) {
    if (open.includes(url) || method === 'HEAD' || method === 'OPTIONS') continue;
    const path = url.replace(/:\w+|\*/g, 'x');
    const answer = await app.inject({ method: method as 'GET', url: path, headers: asBrowser, ...ELSEWHERE });
    assert.equal(answer.statusCode, 401, `${method} ${path}`);
    assert.doesNotMatch(answer.payload, /script|"data"/, `${method} ${path}`);
    asked++;
  }
  assert.ok(asked > 20, String(asked));
});

void test('a token opens a session that is signed, ends with its token, and cannot be promoted', async () => {
  const app = build();
  const wrong = await app.inject({
    method: 'POST',
    url: '/login',
    headers: form,
    body: 'token=nope',
    ...ELSEWHERE,
  });
  assert.equal(wrong.statusCode, 401);
  assert.match(wrong.payload, /role="alert"/);
  assert.equal(wrong.headers['set-cookie'], undefined);
  const { cookie } = await logIn(app, VIEWER_TOKEN);
  const ask = async (value: string, other = app): Promise<number> =>
    (await other.inject({ url: '/api/overview', headers: { cookie: value }, ...ELSEWHERE })).statusCode;
  assert.equal(await ask(cookie), 200);
  assert.equal(await ask(cookie.replace('viewer', 'operator')), 401);
  assert.equal(await ask(`${cookie}x`), 401);
  assert.equal(await ask(cookie.replace(/\.\d+\./, '.99999999999999.')), 401);
  const renewed = buildPages(engine.warehouse, dashboardOf(queries), { viewerToken: 'another-token-now' });
  assert.equal(await ask(cookie, renewed), 401);
});

void test('the cookie is for this site and out of reach of scripts, and over https for https alone', async () => {
  const app = build();
  const body = `token=${TOKEN}`;
  const plain = await app.inject({ method: 'POST', url: '/login', headers: form, body, ...ELSEWHERE });
  assert.match(String(plain.headers['set-cookie']), /; HttpOnly; SameSite=Lax$/);
  const proxied = { ...form, 'x-forwarded-proto': 'https' };
  const secure = await app.inject({ method: 'POST', url: '/login', headers: proxied, body, ...ELSEWHERE });
  assert.match(String(secure.headers['set-cookie']), /; Secure$/);
  const out = await app.inject({ method: 'POST', url: '/logout', ...ELSEWHERE });
  assert.match(String(out.headers['set-cookie']), /Max-Age=0/);
});

void test('what changes something needs the session of an operator, its CSRF token, and our own page', async () => {
  const app = build();
  const verify = async (headers: Record<string, string>): Promise<number> =>
    (await app.inject({ method: 'POST', url: '/api/verify', headers, ...ELSEWHERE })).statusCode;
  const operator = await logIn(app, TOKEN);
  const both = { cookie: operator.cookie, 'x-csrf-token': operator.csrf };
  assert.equal(await verify(both), 200);
  assert.equal(await verify({ cookie: operator.cookie }), 401);
  assert.equal(await verify({ ...both, 'x-csrf-token': 'x'.repeat(43) }), 401);
  assert.equal(await verify({ ...both, origin: 'https://evil.example' }), 401);
  assert.equal(await verify({ ...both, 'sec-fetch-site': 'cross-site' }), 401);
  const viewer = await logIn(app, VIEWER_TOKEN);
  assert.equal(await verify({ cookie: viewer.cookie, 'x-csrf-token': viewer.csrf }), 401);
  const sql = { method: 'POST' as const, url: '/', body: 'SELECT 1', ...ELSEWHERE };
  assert.equal((await app.inject({ ...sql, headers: { cookie: viewer.cookie } })).statusCode, 401);
  const asked = await app.inject({ ...sql, headers: { cookie: viewer.cookie, 'x-csrf-token': viewer.csrf } });
  assert.equal(asked.payload, '1\n');
});

void test('a page of somebody else can neither log in nor act on this machine', async () => {
  const app = build();
  const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
  const login = { method: 'POST' as const, url: '/login', body: `token=${TOKEN}` };
  assert.equal((await app.inject({ ...login, headers: { ...form, ...foreign } })).statusCode, 403);
  assert.equal((await app.inject({ method: 'POST', url: '/logout', headers: foreign })).statusCode, 403);
  assert.equal((await app.inject({ method: 'POST', url: '/api/verify', headers: foreign })).statusCode, 401);
  // A link in a message opens the page all the same; the figures are then asked for by the page itself.
  const link = { ...asBrowser, 'sec-fetch-site': 'cross-site' };
  assert.equal((await app.inject({ url: '/alerts', headers: link })).statusCode, 200);
  assert.equal((await app.inject({ url: '/api/overview', headers: link })).statusCode, 401);
});

void test('guessing tokens is slowed down', async () => {
  const app = build();
  const guess = { method: 'POST' as const, url: '/login', headers: form, body: 'token=guess', ...ELSEWHERE };
  const codes: number[] = [];
  for (let n = 0; n < 12; n++) codes.push((await app.inject(guess)).statusCode);
  assert.deepEqual(
    codes.slice(0, 10),
    Array.from({ length: 10 }, () => 401),
  );
  assert.deepEqual(codes.slice(10), [429, 429]);
});

void test('no file but those of the pages can be read', async () => {
  const app = build();
  for (const url of [
    '/assets/../index.html',
    '/assets/..%2findex.html',
    '/assets/%2e%2e/%2e%2e/%2e%2e/package.json',
    '/assets/..%5c..%5cpackage.json',
    '/assets/pages/..%2f..%2f..%2fmonitor%2faccess.ts',
    '/assets//etc/passwd',
    '/assets/',
    '/assets/%00',
    '/charts/../package.json',
    '/charts/%2e%2e/package.json',
    '/charts/uPlot.cjs.js',
    '/charts/',
    '/index.html',
    '/jsconfig.json',
  ]) {
    const answer = await app.inject({ url, headers: { host: '127.0.0.1' } });
    assert.ok(answer.statusCode >= 400 && answer.statusCode < 500, `${url}: ${answer.statusCode}`);
    assert.doesNotMatch(answer.payload, /dolistream"|root:|import /, url);
  }
});

void test('bodies that are too large are refused', async () => {
  const app = build();
  const body = 'x'.repeat(2_000_000);
  for (const url of ['/login', '/api/verify', '/']) {
    const answer = await app.inject({ method: 'POST', url, headers: form, body });
    assert.equal(answer.statusCode, 413, url);
  }
});

void test('figures that nothing has filled yet are null, and the others are numbers', async () => {
  const app = build();
  const overview = (await app.inject('/api/overview')).json<{ data: unknown; today: string }>();
  assert.deepEqual(overview.data, { figures: [{ tickets: 2, day: '2026-11-23' }] });
  assert.deepEqual((await app.inject('/api/stock')).json<{ data: unknown }>().data, { lateOrders: null });
});

void test('however many look, a page is computed once until something changes', async () => {
  let version = 1;
  let asked = 0;
  const warehouse = new Proxy(engine.warehouse, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]): unknown => {
        if (String(given[0]).includes('mirror.ticket')) asked++;
        return Reflect.apply(value, target, given);
      };
    },
  });
  const dashboard = dashboardOf(queries, { dataVersion: () => Promise.resolve(String(version)) });
  const app = buildPages(warehouse, dashboard);
  const many = await Promise.all(Array.from({ length: 100 }, () => app.inject('/api/overview')));
  assert.ok(many.every(({ statusCode }) => statusCode === 200));
  assert.equal(asked, 1);
  const etag = String(many[0]!.headers.etag);
  const same = await app.inject({ url: '/api/overview', headers: { 'if-none-match': etag } });
  assert.equal(same.statusCode, 304);
  version++;
  await app.inject('/api/overview');
  assert.equal(asked, 2);
  const gzip = await app.inject({ url: '/api/overview', headers: { 'accept-encoding': 'gzip' } });
  assert.equal(gzip.headers['content-encoding'], 'gzip');
});

void test('an open page is told at once when figures have changed', async () => {
  let version = 1;
  const app = build({ dataVersion: () => Promise.resolve(String(version)) });
  const request = get({ host: '127.0.0.1', port: await listen(app), path: '/api/live' });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  assert.match(String(response.headers['content-type']), /^text\/event-stream/);
  response.setEncoding('utf8');
  // The end of the connection is no failure.
  for (const stream of [request, response]) stream.on('error', () => undefined);
  let told = '';
  await new Promise<void>((resolve) => {
    response.on('data', (text: string) => {
      told += text;
      if (told.includes('"1 2026-11-23"')) version = 2;
      if (told.includes('"2 2026-11-23"')) resolve();
    });
  });
  request.destroy();
  assert.ok(told.includes('event: status'), told);
  await app.close();
});

void test('the description of the API has every path that answers', async () => {
  const { paths } = JSON.parse(readFileSync(packagePath('schemas', 'openapi.json'), 'utf8')) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const nothing = (): Promise<never[]> => Promise.resolve([]);
  const analytics = { analyze: nothing, predictDuration: nothing, models: nothing, rollback: nothing };
  const app = buildPages(engine.warehouse, dashboardOf(queries), { analytics });
  const undescribed: string[] = [];
  let described = 0;
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat().filter((name) => name !== 'HEAD')) {
      if (!url.startsWith('/api/')) continue;
      if (paths[url.replace(/:(\w+)/g, '{$1}')]?.[each.toLowerCase()]) described++;
      else undescribed.push(`${each} ${url}`);
    }
  });
  await app.ready();
  assert.deepEqual(undescribed, []);
  assert.ok(described > 10, String(described));
});
