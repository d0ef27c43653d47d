/**
 * An incoming webhook of Slack, Mattermost and others: the simple way. It can neither edit nor thread, so only what is
 * worth a message is sent, each with the whole case.
 */
import type { Notifier } from '../../core/ports/notifier.ts';
import { judgeStatus, parseHookUrl, post, type PostRequest } from '../webhook/http-post.ts';
import { slackMessage } from './slack-message.ts';

export interface SlackHookOptions {
  /** http or https; a secret. */
  readonly url: string;
  /** Unique among notifiers; `webhook` by default. */
  readonly name?: string;
  /** Time for one attempt, ms. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;

/** Throws CONFIG_INVALID for an address it cannot use. */
export function createSlackHook({
  url: address,
  name = 'webhook',
  timeoutMs = TIMEOUT_MS,
}: SlackHookOptions): Notifier {
  const url = parseHookUrl(address);
  return {
    ...{ name, kind: 'slack', wants: 'news' },
    notify: async ({ id, message, news }, signal) => {
      const paragraphs = news === null ? message.paragraphs : [news, ...message.paragraphs];
      const request: PostRequest = {
        ...{ url, timeoutMs, body: JSON.stringify(slackMessage({ ...message, paragraphs })) },
        headers: { 'content-type': 'application/json', 'idempotency-key': id },
      };
      const result = await post(request, signal);
      return result.answered ? judgeStatus(result.response, result.text, request) : result.failure;
    },
  };
}
