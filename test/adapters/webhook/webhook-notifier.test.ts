import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWebhookNotifier } from '../../../adapters/webhook/webhook-notifier.ts';
import { DolistreamError } from '../../../core/errors.ts';
import { alertOf } from '../../services/alerting/alert-log.ts';
import { answerStatus, Receiver } from './receiver.ts';

const never = new AbortController().signal;

void test('an alert arrives as a Slack message with its id', async () => {
  await using receiver = await Receiver.start();
  const delivery = await createWebhookNotifier({ url: receiver.url }).notify(
    alertOf('rule:db:1', { title: 'A <b> & "c"', explanation: 'x <http://evil|click> @channel' }),
    never,
  );
  assert.deepEqual(delivery, { outcome: 'delivered' });
  const [received] = receiver.received;
  assert.equal(received!.path, '/services/T000/SECRET');
  assert.equal(received!.id, 'rule:db:1');
  assert.equal(received!.body.text, 'A &lt;b&gt; &amp; "c"\nx &lt;http://evil|click&gt; @channel');
  assert.deepEqual(
    received!.body.blocks.map((block) => block.type),
    ['header', 'section', 'context'],
  );
});

void test('texts are cut to what Slack takes', async () => {
  await using receiver = await Receiver.start();
  const long = '🚧'.repeat(4000);
  await createWebhookNotifier({ url: receiver.url }).notify(
    alertOf('1', { title: long, explanation: long }),
    never,
  );
  const [header, section] = receiver.received[0]!.body.blocks as unknown as { text: { text: string } }[];
  assert.ok(header!.text.text.length <= 150);
  assert.ok(section!.text.text.length <= 3000);
  assert.doesNotMatch(header!.text.text, /[\ud800-\udbff](?![\udc00-\udfff])/);
});

void test('the status of the answer decides whether to try again', async () => {
  await using receiver = await Receiver.start();
  const notifier = createWebhookNotifier({ url: receiver.url });
  const outcomes: Record<number, string> = {};
  for (const status of [200, 204, 400, 403, 404, 408, 410, 429, 500, 503]) {
    receiver.answer = answerStatus(status);
    outcomes[status] = (await notifier.notify(alertOf('1'), never)).outcome;
  }
  assert.deepEqual(outcomes, {
    200: 'delivered',
    204: 'delivered',
    400: 'refused',
    403: 'refused',
    404: 'refused',
    408: 'retry',
    410: 'refused',
    429: 'retry',
    500: 'retry',
    503: 'retry',
  });
});

void test('Retry-After is passed on', async () => {
  await using receiver = await Receiver.start(answerStatus(429, { 'retry-after': '7' }, 'slow down'));
  const delivery = await createWebhookNotifier({ url: receiver.url }).notify(alertOf('1'), never);
  assert.deepEqual(delivery, { outcome: 'retry', reason: 'HTTP 429: slow down', afterMs: 7000 });
});

void test('a receiver that does not answer in time is to be tried again', async () => {
  await using receiver = await Receiver.start(() => undefined);
  const delivery = await createWebhookNotifier({ url: receiver.url, timeoutMs: 50 }).notify(
    alertOf('1'),
    never,
  );
  assert.deepEqual(delivery, { outcome: 'retry', reason: 'no answer within 50 ms' });
});

void test('a receiver that is not there is to be tried again, and its address is not told', async () => {
  const receiver = await Receiver.start();
  const { url } = receiver;
  await receiver[Symbol.asyncDispose]();
  const delivery = await createWebhookNotifier({ url }).notify(alertOf('1'), never);
  assert.deepEqual(delivery, { outcome: 'retry', reason: 'cannot connect (ECONNREFUSED)' });
});

void test('an answer that repeats the address does not bring it into the reason', async () => {
  await using receiver = await Receiver.start((response, _attempt, request) => {
    response
      .writeHead(404)
      .end(`no such hook: ${request.url}\n\u001b[31m http://${request.headers.host}${request.url}`);
  });
  const delivery = await createWebhookNotifier({ url: receiver.url }).notify(alertOf('1'), never);
  assert.equal(delivery.outcome, 'refused');
  assert.doesNotMatch(JSON.stringify(delivery), /SECRET|\\u001b/);
  assert.match(JSON.stringify(delivery), /HTTP 404: no such hook: \*\*\*/);
});

void test('a redirect is followed on the same host only', async () => {
  await using elsewhere = await Receiver.start();
  await using receiver = await Receiver.start((response, attempt) => {
    if (attempt === 1) response.writeHead(308, { location: '/moved' }).end();
    else response.end('ok');
  });
  const notifier = createWebhookNotifier({ url: receiver.url });
  assert.equal((await notifier.notify(alertOf('1'), never)).outcome, 'delivered');
  assert.deepEqual(
    receiver.received.map(({ path }) => path),
    ['/services/T000/SECRET', '/moved'],
  );

  receiver.answer = answerStatus(307, { location: `http://localhost:${elsewhere.port}/stolen` });
  const delivery = await notifier.notify(alertOf('2'), never);
  assert.equal(delivery.outcome, 'refused');
  assert.deepEqual(elsewhere.received, []);

  receiver.answer = answerStatus(308, { location: '/again' });
  assert.equal((await notifier.notify(alertOf('3'), never)).outcome, 'refused');
});

void test('an id that is no header text is encoded', async () => {
  await using receiver = await Receiver.start();
  await createWebhookNotifier({ url: receiver.url }).notify(alertOf('règle\r\nX: y'), never);
  assert.deepEqual(receiver.ids, ['r%C3%A8gle%0D%0AX%3A%20y']);
});

void test('an address that cannot be used is refused without being repeated', () => {
  for (const url of [
    'nonsense SECRET',
    'file:///SECRET',
    'ftp://host/SECRET',
    'https://user:SECRET@host/x',
  ]) {
    assert.throws(
      () => createWebhookNotifier({ url }),
      (error: unknown) =>
        error instanceof DolistreamError &&
        error.code === 'CONFIG_INVALID' &&
        error.fix !== undefined &&
        !error.message.includes('SECRET'),
    );
  }
});
