import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSlackBot } from '../../../adapters/slack/slack-bot.ts';
import { createSlackHook } from '../../../adapters/slack/slack-hook.ts';
import type { Notice } from '../../../core/ports/notifier.ts';
import { going, noticeOf } from '../../support/notices.ts';
import { type Answer, answerStatus, Receiver } from '../webhook/receiver.ts';

const TOKEN = 'xoxb-1-TOKENSECRET';

const answerJson =
  (body: object): Answer =>
  (response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
const posted = answerJson({ ok: true, channel: 'C0123ABCD', ts: '1.5' });

const botOf = (receiver: Receiver) =>
  createSlackBot({ token: TOKEN, channel: 'C0123ABCD', apiUrl: `http://127.0.0.1:${receiver.port}/api/` });
const send = (receiver: Receiver, changes: Partial<Notice> = {}) =>
  botOf(receiver).notify(noticeOf(changes), going);
const methodsOf = (receiver: Receiver): string[] => receiver.received.map(({ path }) => path.slice(5));

void test('the first message of a case is posted, and where it is comes back', async () => {
  await using receiver = await Receiver.start(posted);
  const delivery = await send(receiver);
  assert.deepEqual(delivery, { outcome: 'delivered', receipt: { channel: 'C0123ABCD', ts: '1.5' } });
  const [{ body, headers }] = receiver.received as [(typeof receiver.received)[0]];
  assert.equal(headers.authorization, `Bearer ${TOKEN}`);
  assert.equal(body['channel'], 'C0123ABCD');
  assert.ok(Array.isArray(body['blocks']));
});

void test('a change edits the message in place; news goes into its thread, escalation to the channel too', async () => {
  await using receiver = await Receiver.start(posted);
  const receipt = { channel: 'C0123ABCD', ts: '1.5' };
  await send(receiver, { receipt, event: 'changed' });
  assert.deepEqual(methodsOf(receiver), ['chat.update']);
  assert.equal(receiver.received[0]!.body['ts'], '1.5');
  await send(receiver, { receipt, event: 'changed', news: 'Nouveau : le coût' });
  await send(receiver, { receipt, event: 'escalated', news: 'Sans réponse' });
  assert.deepEqual(methodsOf(receiver).slice(1), [
    ...['chat.update', 'chat.postMessage', 'chat.update', 'chat.postMessage'],
  ]);
  const replies = [receiver.received[2]!.body, receiver.received[4]!.body];
  assert.deepEqual(
    replies.map((body) => [body['thread_ts'], body['reply_broadcast']]),
    [
      ['1.5', false],
      ['1.5', true],
    ],
  );
});

void test('a message that somebody removed is posted anew', async () => {
  await using receiver = await Receiver.start((response, attempt, request) => {
    const answer = attempt === 1 ? answerJson({ ok: false, error: 'message_not_found' }) : posted;
    answer(response, attempt, request);
  });
  const delivery = await send(receiver, { receipt: { channel: 'C0123ABCD', ts: '0.1' } });
  assert.deepEqual(delivery, { outcome: 'delivered', receipt: { channel: 'C0123ABCD', ts: '1.5' } });
  assert.deepEqual(methodsOf(receiver), ['chat.update', 'chat.postMessage']);
});

void test('settings that are wrong are tried again, a message that Slack cannot take is not', async () => {
  await using receiver = await Receiver.start();
  for (const error of ['invalid_auth', 'not_in_channel', 'ratelimited', `odd ${TOKEN}`]) {
    receiver.answer = answerJson({ ok: false, error });
    const { outcome, reason } = (await send(receiver)) as { outcome: string; reason: string };
    assert.equal(outcome, 'retry');
    assert.ok(!reason.includes('TOKENSECRET'), reason);
  }
  receiver.answer = answerJson({ ok: false, error: 'invalid_blocks' });
  assert.equal((await send(receiver)).outcome, 'refused');
  receiver.answer = answerStatus(429, { 'retry-after': '30' }, TOKEN);
  assert.deepEqual(await send(receiver), { outcome: 'retry', reason: 'HTTP 429: ***', afterMs: 30_000 });
  receiver.answer = answerStatus(200, {}, 'no JSON');
  assert.equal((await send(receiver)).outcome, 'retry');
});

void test('a token that is none of a bot is refused without being shown', () => {
  assert.throws(
    () => createSlackBot({ token: 'SECRET', channel: 'C0123ABCD' }),
    (error: Error & { code?: string }) =>
      error.code === 'CONFIG_INVALID' && !error.message.includes('SECRET'),
  );
});

void test('an incoming webhook gets the whole case with what is new first', async () => {
  await using receiver = await Receiver.start();
  const hook = createSlackHook({ url: receiver.url });
  assert.deepEqual([hook.name, hook.wants], ['webhook', 'news']);
  assert.deepEqual(await hook.notify(noticeOf({ news: 'Nouveau : le coût' }), going), {
    outcome: 'delivered',
  });
  const [{ body, id }] = receiver.received as [(typeof receiver.received)[0]];
  assert.equal(id, '3f2a9c01d4e5b677.1');
  assert.match(String(body['text']), /prévues\nNouveau : le coût\nFI2611-0031/);
});
