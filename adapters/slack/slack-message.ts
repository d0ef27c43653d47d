/**
 * A message as Slack, Mattermost and others take it: `text` for notifications and clients that show nothing else,
 * `blocks` for the rest. Limits: https://docs.slack.dev/reference/block-kit/blocks
 */
import type { Message, MessageEntry, MessageLink, Tone } from '../../core/ports/notifier.ts';

const MAX_HEADER = 150;
const MAX_SECTION = 2900;
const MAX_FIELDS = 10;
const MAX_ENTRIES = 40;

export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly object[];
}

/** The three characters that Slack's mrkdwn takes as markup; escaped, nobody can inject a link or a mention. */
const escaped = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** Cuts between characters, not inside a surrogate pair or an escaped character. */
function shortened(text: string, max: number): string {
  if (text.length <= max) return text;
  const cut = text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '');
  return `${cut.replace(/&[a-z]{0,3}$/, '')}…`;
}

const SIGNS: Readonly<Record<Tone, string>> = {
  urgent: '🔴',
  warning: '🟠',
  notice: '🔵',
  good: '✅',
  plain: '',
};

const plainText = (text: string, max: number): object => ({
  type: 'plain_text',
  text: shortened(text, max) || ' ',
  emoji: false,
});

/** Text that Slack takes as it is: `verbatim` keeps it from making links and mentions of names in it. */
const section = (text: string): object => ({
  type: 'section',
  text: { type: 'mrkdwn', text: shortened(escaped(text), MAX_SECTION) || ' ', verbatim: true },
});

const button = ({ label, url }: MessageLink): object => ({
  ...{ type: 'button', text: plainText(label, 75), url },
});

function entryBlock({ title, text, link }: MessageEntry): object {
  const bold = `*${escaped(title).replaceAll('*', '∗').replace(/\s+/g, ' ')}*`;
  const shown = shortened(`${bold}\n${escaped(text)}`, MAX_SECTION);
  return {
    ...{ type: 'section', text: { type: 'mrkdwn', text: shown, verbatim: true } },
    ...(link ? { accessory: button(link) } : {}),
  };
}

function fieldsBlock(message: Message): object[] {
  const fields = message.facts
    .slice(0, MAX_FIELDS)
    .map(({ label, value }) => plainText(`${label}\n${value}`, 2000));
  return fields.length === 0 ? [] : [{ type: 'section', fields }];
}

export function slackMessage(message: Message): SlackMessage {
  const sign = SIGNS[message.tone];
  const title = sign === '' ? message.title : `${sign} ${message.title}`;
  const left = message.entries.length - MAX_ENTRIES;
  const lines = [title, ...message.paragraphs, ...message.entries.map((entry) => `• ${entry.title}`)];
  const buttons = message.links.slice(0, 5).map(button);
  return {
    text: shortened(escaped(lines.join('\n')), MAX_SECTION),
    blocks: [
      { type: 'header', text: plainText(title, MAX_HEADER) },
      ...message.paragraphs.slice(0, 5).map(section),
      ...fieldsBlock(message),
      ...message.entries.slice(0, MAX_ENTRIES).map(entryBlock),
      ...(left > 0 ? [section(`+ ${left}`)] : []),
      ...(buttons.length > 0 ? [{ type: 'actions', elements: buttons }] : []),
      { type: 'context', elements: [plainText(message.footer, MAX_HEADER)] },
    ],
  };
}

/** One line in a thread. */
export const slackReply = (news: string): SlackMessage => ({
  text: shortened(escaped(news), MAX_SECTION),
  blocks: [section(news)],
});
