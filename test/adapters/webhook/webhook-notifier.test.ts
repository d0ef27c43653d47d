import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWebhookNotifier, signBody } from '../../../adapters/webhook/webhook-notifier.ts';
import type { Delivery } from '../../../core/ports/notifier.ts';
import { going, noticeOf } from '../../support/notices.ts';
import { answerStatus, Receiver } from './receiver.ts';

const SECRET = 'a key of twenty signs';

const send = (url: string, timeoutMs = 5000, now = () => 1_800_000_000_000): Promise<Delivery> =>
  createWebhookNotifier({ url, secret: SECRET, timeoutMs, now }).notify(noticeOf(), going);

void test('the body is the case for programs, signed together with the time of the attempt', async () => {
  await using receiver = await Receiver.start();
  assert.deepEqual(await send(receiver.url), { outcome: 'delivered' });
  const [{ headers, text, body, id }] = receiver.received as [(typeof receiver.received)[0]];
  assert.equal(id, '3f2a9c01d4e5b677.1');
  assert.deepEqual(body['data'], { id: '3f2a9c01d4e5b677', severity: 85 });
  assert.deepEqual([body['event'], body['version']], ['opened', 1]);
  assert.equal(headers['x-dolistream-timestamp'], '1800000000');
  assert.equal(headers['x-dolistream-signature'], signBody(SECRET, '1800000000', text));
  assert.notEqual(headers['x-dolistream-signature'], signBody(SECRET, '1800000001', text));
});

void test('without a key nothing claims to be signed', async () => {
  await using receiver = await Receiver.start();
  await createWebhookNotifier({ url: receiver.url, secret: null }).notify(noticeOf(), going);
  assert.equal(receiver.received[0]?.headers['x-dolistream-signature'], undefined);
});

void test('what the operator can mend is tried again, what the message is at fault for is not', async () => {
  await using receiver = await Receiver.start();
  for (const status of [401, 403, 404, 408, 410, 429, 500, 502, 503]) {
    receiver.answer = answerStatus(status, {}, 'why not');
    assert.deepEqual(await send(receiver.url), { outcome: 'retry', reason: `HTTP ${status}: why not` });
  }
  for (const status of [400, 413, 415, 422]) {
    receiver.answer = answerStatus(status);
    assert.deepEqual(await send(receiver.url), { outcome: 'refused', reason: `HTTP ${status}` });
  }
});

void test('a receiver says how long to wait, up to an hour', async () => {
  await using receiver = await Receiver.start(answerStatus(429, { 'retry-after': '7' }));
  assert.deepEqual(await send(receiver.url), { outcome: 'retry', reason: 'HTTP 429', afterMs: 7000 });
  receiver.answer = answerStatus(503, { 'retry-after': '999999' });
  assert.deepEqual(await send(receiver.url), { outcome: 'retry', reason: 'HTTP 503', afterMs: 3_600_000 });
  receiver.answer = answerStatus(503, { 'retry-after': 'soon' });
  assert.deepEqual(await send(receiver.url), { outcome: 'retry', reason: 'HTTP 503' });
});

void test('a redirect is not followed, also not to the same host', async () => {
  await using elsewhere = await Receiver.start();
  await using receiver = await Receiver.start();
  for (const status of [301, 302, 303, 307, 308]) {
    receiver.answer = answerStatus(status, { location: elsewhere.url });
    const delivery = await send(receiver.url);
    assert.equal(delivery.outcome, 'retry');
    assert.match((delivery as { reason: string }).reason, /redirect, which is not followed/);
  }
  assert.equal(elsewhere.received.length, 0);
  assert.equal(receiver.received.length, 5);
});

void test('a receiver that stalls, closes, or never ends its answer is given up', async () => {
  await using receiver = await Receiver.start(() => undefined);
  assert.deepEqual(await send(receiver.url, 50), { outcome: 'retry', reason: 'no answer within 50 ms' });
  receiver.answer = (response) => response.destroy();
  assert.match(((await send(receiver.url)) as { reason: string }).reason, /^cannot connect \(/);
  receiver.answer = (response) => {
    response.writeHead(500);
    const piece = 'x'.repeat(10_000);
    const more = (): void => {
      while (!response.destroyed && response.write(piece)) continue;
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  };
  assert.match(((await send(receiver.url)) as { reason: string }).reason, /^HTTP 500: x{180,200}$/);
});

void test('nothing it says holds the address or the key', async () => {
  await using receiver = await Receiver.start((response, _attempt, request) => {
    response.writeHead(500).end(`no ${request.url} with ${SECRET}\r\nat all`);
  });
  const delivery = (await send(receiver.url)) as { reason: string };
  assert.equal(delivery.reason, 'HTTP 500: no *** with *** at all');
});

void test('a stop ends the attempt', async () => {
  await using receiver = await Receiver.start(() => undefined);
  const stop = new AbortController();
  const sent = createWebhookNotifier({ url: receiver.url, secret: null }).notify(noticeOf(), stop.signal);
  await receiver.requests(1);
  stop.abort();
  assert.deepEqual(await sent, { outcome: 'retry', reason: 'stopped while waiting for the answer' });
});

void test('an address that cannot be used is refused without being shown', () => {
  for (const url of ['nonsense SECRET', 'ftp://SECRET/', 'https://user:SECRET@host/']) {
    assert.throws(
      () => createWebhookNotifier({ url, secret: null }),
      (error: Error & { code?: string }) =>
        error.code === 'CONFIG_INVALID' && !error.message.includes('SECRET'),
    );
  }
});
