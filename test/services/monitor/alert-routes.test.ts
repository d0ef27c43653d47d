import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fastify } from 'fastify';
import { DolistreamError } from '../../../core/errors.ts';
import {
  addAlertRoutes,
  type AlertRouteDeps,
  type LinkedCase,
} from '../../../services/monitor/alert-routes.ts';
import { setErrorAnswers } from '../../../services/monitor/operation-routes.ts';
import { HOSTILE, noticeOf } from '../../support/notices.ts';

const TOKEN = 'token-of-the-operator';
const CASE = '3f2a9c01d4e5b677';
const LOCAL = { remoteAddress: '127.0.0.1', headers: { host: 'localhost' } };
const ELSEWHERE = { remoteAddress: '192.0.2.7', headers: { host: 'dolistream.example' } };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** The routes over an alerting that only notes what it is asked. */
function build(message = noticeOf().message) {
  const asked: unknown[] = [];
  const note = (name: string) => (request: object) => {
    asked.push([name, request]);
    return Promise.resolve({ id: CASE });
  };
  const linked: LinkedCase = { id: CASE, state: 'open', locale: 'fr', message };
  const alerts: AlertRouteDeps = {
    cases: ({ all }) => Promise.resolve([{ id: CASE, all }]),
    ...{ act: note('act'), mute: note('mute'), unmute: note('unmute'), test: note('test') },
    mutes: () => Promise.resolve([]),
    channels: () => Promise.resolve([]),
    openLink: (token) =>
      token === 'good'
        ? Promise.resolve(linked)
        : Promise.reject(new DolistreamError('ACCESS_DENIED', 'This link is over')),
  };
  const app = fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  setErrorAnswers(app);
  addAlertRoutes(app, alerts, { operator: TOKEN, viewer: null });
  return { app, asked };
}

void test('beyond this machine nothing is told or done without the token', async () => {
  const { app, asked } = build();
  const paths = [
    ...['GET /api/alerts/cases', `POST /api/alerts/cases/${CASE}`, 'GET /api/alerts/mutes'],
    ...['POST /api/alerts/mutes', 'POST /api/alerts/mutes/x/lift', 'GET /api/alerts/channels'],
    'POST /api/alerts/channels/slack/test',
  ];
  for (const path of paths) {
    const [method, url] = path.split(' ') as ['GET' | 'POST', string];
    assert.equal((await app.inject({ method, url, ...ELSEWHERE })).statusCode, 401, path);
  }
  assert.deepEqual(asked, []);
  const headers = { ...ELSEWHERE.headers, authorization: `Bearer ${TOKEN}` };
  const answer = await app.inject({ url: '/api/alerts/cases?state=all', ...ELSEWHERE, headers });
  assert.deepEqual(answer.json(), { cases: [{ id: CASE, all: true }] });
});

void test('an action and a mute are checked before they are done', async () => {
  const { app, asked } = build();
  const post = async (url: string, payload: object): Promise<number> =>
    (await app.inject({ method: 'POST', url, ...LOCAL, payload: JSON.stringify(payload) })).statusCode;
  assert.equal(await post(`/api/alerts/cases/${CASE}`, { action: 'normal', by: 'Paul' }), 200);
  assert.equal(await post('/api/alerts/mutes', { scope: { rule: 'intervention_*', customer: 12 } }), 200);
  const done = [
    ['act', { case: CASE, action: 'normal', by: 'Paul', via: 'api', note: '' }],
    ['mute', { scope: { rule: 'intervention_*', customer: 12 }, hours: 24, by: '' }],
  ];
  assert.deepEqual(asked, done);
  assert.equal(await post(`/api/alerts/cases/${CASE}`, { action: 'delete' }), 400);
  assert.equal(await post(`/api/alerts/cases/${CASE}`, { action: 'normal', by: 'a\r\nb' }), 400);
  for (const scope of [{}, { customer: 'x' }, { customer: -1 }, null]) {
    assert.equal(await post('/api/alerts/mutes', { scope }), 400);
  }
  assert.equal(await post('/api/alerts/mutes', { scope: { site: 3 }, hours: 0.5 }), 400);
  assert.deepEqual(asked, done);
});

void test('opening a signed link from anywhere shows the case and changes nothing', async () => {
  const { app, asked } = build();
  const answer = await app.inject({ url: '/a/good?do=acknowledge', ...ELSEWHERE });
  assert.equal(answer.statusCode, 200);
  assert.match(answer.body, /Intervention FI2611-0031/);
  assert.match(answer.body, /value="acknowledge" class="first"/);
  assert.equal(answer.headers['referrer-policy'], 'no-referrer');
  assert.match(String(answer.headers['content-security-policy']), /^default-src 'none'; style-src 'sha256-/);
  assert.deepEqual(asked, []);
  const other = await app.inject({ url: '/a/bad', ...ELSEWHERE });
  assert.equal(other.statusCode, 403);
  assert.doesNotMatch(other.body, /FI2611-0031/);
});

void test('the buttons of a signed link answer and silence its own case only', async () => {
  const { app, asked } = build();
  const send = async (token: string, payload: string): Promise<number> => {
    const headers = { ...ELSEWHERE.headers, ...FORM };
    const request = { method: 'POST', url: `/a/${token}`, ...ELSEWHERE, headers, payload } as const;
    return (await app.inject(request)).statusCode;
  };
  assert.equal(await send('good', 'action=useful&by=Paul&case=other'), 200);
  assert.equal(await send('good', 'action=snooze&hours=168'), 200);
  const done = [
    ['act', { case: CASE, action: 'useful', by: 'Paul', via: 'link', note: '' }],
    ['mute', { scope: { case: CASE }, hours: 168, by: '' }],
  ];
  assert.deepEqual(asked, done);
  assert.equal(await send('bad', 'action=useful'), 403);
  assert.equal(await send('good', 'action=drop'), 400);
  assert.equal(await send('good', `by=${'x'.repeat(5000)}`), 400);
  assert.deepEqual(asked, done);
});

void test('texts of Dolibarr are text on the page', async () => {
  const message = noticeOf({}, { title: HOSTILE, paragraphs: [HOSTILE], footer: HOSTILE }).message;
  const { app } = build({ ...message, facts: [{ label: HOSTILE, value: HOSTILE }] });
  const { body } = await app.inject({
    url: `/a/good?do=${encodeURIComponent('"><script>x</script>')}`,
    ...LOCAL,
  });
  assert.doesNotMatch(body, /<script|<https|<!channel/i);
  assert.match(body, /&lt;script&gt;/);
});
