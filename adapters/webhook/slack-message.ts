/**
 * The body of an incoming webhook as Slack, Mattermost and others take it: `text` for clients that show nothing else,
 * `blocks` for the rest. Limits: https://docs.slack.dev/reference/block-kit/blocks
 */
import type { Alert } from '../../core/alert.ts';

const MAX_HEADER = 150;
const MAX_SECTION = 3000;

/** The three characters that Slack's mrkdwn takes as markup; escaped, nobody can inject a link or a mention. */
const escaped = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** Cuts between characters, not inside a surrogate pair. */
function shortened(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly object[];
}

export function slackMessage(alert: Alert): SlackMessage {
  const committed = new Date(alert.committed_at).toISOString();
  const context = `${alert.rule} · ${alert.severity}/100 · ${alert.subject_ref} · ${committed}`;
  return {
    text: shortened(escaped(`${alert.title}\n${alert.explanation}`), MAX_SECTION),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: shortened(alert.title, MAX_HEADER) } },
      {
        type: 'section',
        text: { type: 'mrkdwn', text: shortened(escaped(alert.explanation), MAX_SECTION) },
      },
      { type: 'context', elements: [{ type: 'plain_text', text: shortened(context, MAX_HEADER) }] },
    ],
  };
}
