/**
 * Posts each change of a case as JSON to a program. Signed, with the time of the attempt, so that the receiver can tell
 * that it is from here and not a repetition by somebody else.
 */
import { createHmac } from 'node:crypto';
import type { Notice, Notifier } from '../../core/ports/notifier.ts';
import { judgeStatus, parseHookUrl, post, type PostRequest } from './http-post.ts';

export interface WebhookOptions {
  /** http or https. */
  readonly url: string;
  /** Key of the signature; null: not signed. */
  readonly secret: string | null;
  /** Unique among notifiers; `hook` by default. */
  readonly name?: string;
  /** Time for one attempt, ms. */
  readonly timeoutMs?: number;
  /** Milliseconds since epoch; the system's clock by default. */
  readonly now?: () => number;
}

const TIMEOUT_MS = 10_000;

/** `v1=` and HMAC-SHA256 of `<timestamp>.<body>` in hex; the timestamp is in seconds. */
export function signBody(secret: string, timestamp: string, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

function bodyOf(notice: Notice): string {
  const { id, thread, event, message, news, data } = notice;
  const text = [message.title, ...message.paragraphs].join('\n');
  return JSON.stringify({ version: 1, id, thread, event, news, title: message.title, text, data });
}

/** Throws CONFIG_INVALID for an address it cannot use. */
export function createWebhookNotifier(options: WebhookOptions): Notifier {
  const { secret, timeoutMs = TIMEOUT_MS, now = Date.now } = options;
  const url = parseHookUrl(options.url);
  return {
    name: options.name ?? 'hook',
    kind: 'webhook',
    wants: 'every',
    notify: async (notice, signal) => {
      const body = bodyOf(notice);
      const timestamp = String(Math.floor(now() / 1000));
      const request: PostRequest = {
        ...{ url, body, timeoutMs, secrets: secret === null ? [] : [secret] },
        headers: {
          ...{ 'content-type': 'application/json', 'idempotency-key': notice.id },
          'x-dolistream-timestamp': timestamp,
          ...(secret === null ? {} : { 'x-dolistream-signature': signBody(secret, timestamp, body) }),
        },
      };
      const result = await post(request, signal);
      return result.answered ? judgeStatus(result.response, result.text, request) : result.failure;
    },
  };
}
