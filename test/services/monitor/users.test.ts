import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { findUser, hashPassword, parseUsers } from '../../../services/monitor/users.ts';
import { buildPages, dashboardOf, ELSEWHERE, openBench } from './dashboard-bench.ts';

const { engine, queries } = await openBench();
const [paul, marie] = await Promise.all([hashPassword('paul-likes-brick'), hashPassword('marie runs it')]);
const users = parseUsers(`# people\n\npaul:viewer:${paul}\nmarie@firm:operator:${marie}\n`);

const build = (people = users): FastifyInstance =>
  buildPages(engine.warehouse, dashboardOf(queries), { token: null, viewerToken: null, users: people });

async function logIn(app: FastifyInstance, user: string, token: string) {
  const answer = await app.inject({
    ...{ method: 'POST', url: '/login', ...ELSEWHERE },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ user, token }).toString(),
  });
  const cookie = String(answer.headers['set-cookie']).split(';')[0]!;
  const session = await app.inject({ url: '/api/session', headers: { cookie }, ...ELSEWHERE });
  return {
    status: answer.statusCode,
    cookie,
    ...session.json<{ csrf: string; role: string; name: string }>(),
  };
}

void test('a password is kept as a salted hash that only the password fits', async () => {
  assert.match(paul, /^scrypt\$32768\$8\$1\$/);
  assert.notEqual(await hashPassword('paul-likes-brick'), paul);
  assert.equal((await findUser(users, 'paul', 'paul-likes-brick'))?.role, 'viewer');
  assert.equal(await findUser(users, 'paul', 'paul-likes-bricks'), null);
  assert.equal(await findUser(users, 'nobody', ''), null);
});

void test('a file of users that is wrong says all of it by line, and no hash', () => {
  const text = `paul:boss:${paul}\nma rie:viewer:${marie}\nanne:viewer:secret-in-the-clear\nbig:viewer:${paul.replace('32768', '8388608')}`;
  assert.throws(
    () => parseUsers(text),
    ({ message }: Error) =>
      /line 1: the role.*line 2: the name.*line 3: the password of anne.*line 4/s.test(message) &&
      !message.includes('secret-in-the-clear'),
  );
});

void test('people log in with a name and a password, and get the role that is theirs', async () => {
  const app = build();
  const viewer = await logIn(app, 'paul', 'paul-likes-brick');
  assert.deepEqual([viewer.status, viewer.role, viewer.name], [303, 'viewer', 'paul']);
  const operator = await logIn(app, 'marie@firm', 'marie runs it');
  assert.equal(operator.role, 'operator');
  assert.equal((await logIn(app, 'paul', 'marie runs it')).status, 401);
  const verify = async ({ cookie, csrf }: { cookie: string; csrf: string }): Promise<number> => {
    const headers = { cookie, 'x-csrf-token': csrf };
    return (await app.inject({ method: 'POST', url: '/api/verify', headers, ...ELSEWHERE })).statusCode;
  };
  assert.equal(await verify(operator), 200);
  assert.equal(await verify({ ...operator, csrf: viewer.csrf }), 401);
  assert.equal(await verify(viewer), 401);
});

void test('a session ends with another password, and its role is the one of now', async () => {
  const { cookie } = await logIn(build(), 'paul', 'paul-likes-brick');
  const roleIn = async (people: typeof users, value = cookie): Promise<string> => {
    const answer = await build(people).inject({
      url: '/api/session',
      headers: { cookie: value },
      ...ELSEWHERE,
    });
    return answer.statusCode === 200 ? answer.json<{ role: string }>().role : String(answer.statusCode);
  };
  assert.equal(await roleIn(users), 'viewer');
  assert.equal(await roleIn([{ name: 'paul', role: 'operator', hash: paul }]), 'operator');
  assert.equal(await roleIn([{ name: 'paul', role: 'viewer', hash: marie }]), '401');
  assert.equal(await roleIn([]), '401');
  const asMarie = cookie.replace(/u~[\w-]+/, `u~${Buffer.from('marie@firm').toString('base64url')}`);
  assert.equal(await roleIn(users, asMarie), '401');
});

void test('a password opens no program: only the login takes it', async () => {
  const authorization = `Basic ${Buffer.from('paul:paul-likes-brick').toString('base64')}`;
  const answer = await build().inject({ url: '/api/status', headers: { authorization }, ...ELSEWHERE });
  assert.equal(answer.statusCode, 401);
});
