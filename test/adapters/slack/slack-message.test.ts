import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slackMessage, slackReply } from '../../../adapters/slack/slack-message.ts';
import { HOSTILE, noticeOf } from '../../support/notices.ts';

interface TextObject {
  readonly type: string;
  readonly text: string;
}

/** Every text object in the blocks. */
function textsOf(value: unknown): TextObject[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = value as Partial<TextObject>;
  const nested = Object.values(value).flatMap(textsOf);
  return typeof own.text === 'string' ? [own as TextObject, ...nested] : nested;
}

void test('nothing that somebody typed into Dolibarr becomes a link, a mention or bold text', () => {
  const hostile = { title: HOSTILE, text: HOSTILE, link: { label: HOSTILE, url: 'https://ok.example/' } };
  const { message } = noticeOf(
    {},
    {
      title: HOSTILE,
      paragraphs: [HOSTILE],
      facts: [{ label: HOSTILE, value: HOSTILE }],
      entries: [hostile],
      footer: HOSTILE,
    },
  );
  const { text, blocks } = slackMessage(message);
  assert.doesNotMatch(text, /<[!@#h]/);
  for (const { type, text: shown } of textsOf(blocks)) {
    if (type === 'mrkdwn') assert.doesNotMatch(shown, /[<>]/, shown);
  }
  const [entry] = textsOf(blocks).filter(({ text: shown }) => shown.startsWith('*'));
  assert.equal(entry!.text.split('\n')[0]!.lastIndexOf('*') > 0, true);
  assert.doesNotMatch(slackReply(HOSTILE).text, /<[!@#h]/);
});

void test('long texts are cut to what Slack takes, between characters', () => {
  const long = `${'🏗'.repeat(3000)}&&&&`;
  const entries = Array.from({ length: 60 }, (_, index) => ({ title: `T${index}`, text: long, link: null }));
  const facts = Array.from({ length: 30 }, () => ({ label: 'L', value: long }));
  const { message } = noticeOf(
    {},
    { title: long, paragraphs: Array(20).fill(long) as string[], entries, facts },
  );
  const { text, blocks } = slackMessage(message);
  assert.ok(blocks.length <= 50, `${blocks.length} blocks`);
  assert.ok(text.length <= 3000);
  for (const { type, text: shown } of textsOf(blocks)) {
    assert.ok(shown.length <= (type === 'mrkdwn' ? 3000 : 2000));
    assert.doesNotMatch(shown, /[\ud800-\udbff](?![\udc00-\udfff])/);
    assert.doesNotMatch(shown, /&(?!amp;|lt;|gt;)[a-z]*…/);
  }
});

void test('a message has a text for clients that show nothing else, and buttons', () => {
  const { text, blocks } = slackMessage(noticeOf().message);
  assert.match(text, /^🔴 Intervention FI2611-0031/);
  const types = blocks.map((block) => (block as { type: string }).type);
  assert.deepEqual(types, ['header', 'section', 'section', 'actions', 'context']);
});
