/**
 * Posts alerts to an incoming webhook. The URL is a secret (whoever has it can post), so no message, log line or
 * error of this file contains its path, and no answer of the receiver is repeated without taking it out.
 */
import type { Alert } from '../../core/alert.ts';
import { DolistreamError } from '../../core/errors.ts';
import { linkSignals } from '../../core/link-signals.ts';
import type { Delivery, Notifier } from '../../core/ports/notifier.ts';
import { slackMessage } from './slack-message.ts';

export interface WebhookOptions {
  /** http or https. */
  readonly url: string;
  /** Unique among notifiers; `webhook` by default. */
  readonly name?: string;
  /** Time for one attempt, redirects and answer included, ms. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
const MAX_REDIRECTS = 3;
const MAX_ANSWER = 200;
const MAX_RETRY_AFTER_MS = 3_600_000;

function parseUrl(text: string): URL {
  const fix = 'Give the full address that the receiver showed, starting with https://.';
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url) throw new DolistreamError('CONFIG_INVALID', 'The webhook address is not a URL', { fix });
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    const message = `The webhook address starts with ${url.protocol}, not http: or https:`;
    throw new DolistreamError('CONFIG_INVALID', message, { fix });
  }
  if (url.username !== '' || url.password !== '') {
    const message = 'The webhook address holds a user or password, which webhooks do not take';
    throw new DolistreamError('CONFIG_INVALID', message, { fix: 'Take `user:password@` out of it.' });
  }
  return url;
}

/** Header values are ASCII; ids are too, unless somebody gives a database such a name. */
const headerText = (text: string): string => (/^[\x21-\x7e]+$/.test(text) ? text : encodeURIComponent(text));

function retryAfterMs(response: Response): number | undefined {
  const header = response.headers.get('retry-after');
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(0, seconds * 1000), MAX_RETRY_AFTER_MS);
}

/** The start of the answer's text, on one line, without the secret. */
async function answerText(response: Response, url: URL): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > MAX_ANSWER + url.href.length) break;
  }
  const secrets = [url.href, url.pathname + url.search, url.pathname, url.search].filter(
    (part) => part.length > 1,
  );
  for (const secret of secrets) text = text.replaceAll(secret, '***');
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, MAX_ANSWER);
}

/** Where a 307 or 308 leads if that is the same host, no less protected; null: not to be followed. */
function redirectTarget(response: Response, from: URL): URL | null {
  const location = response.headers.get('location');
  if (location === null || !URL.canParse(location, from.href)) return null;
  const target = new URL(location, from.href);
  const allowed = target.protocol === 'https:' || target.protocol === from.protocol;
  return allowed && target.hostname === from.hostname ? target : null;
}

class Webhook {
  readonly #url: URL;
  readonly #timeoutMs: number;

  constructor(url: URL, timeoutMs: number) {
    this.#url = url;
    this.#timeoutMs = timeoutMs;
  }

  async post(alert: Alert, signal: AbortSignal): Promise<Delivery> {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), this.#timeoutMs);
    using bounded = linkSignals(signal, timeout.signal);
    try {
      return await this.#follow(alert, bounded.signal);
    } catch (error) {
      if (signal.aborted) return { outcome: 'retry', reason: 'stopped while waiting for the answer' };
      if (timeout.signal.aborted)
        return { outcome: 'retry', reason: `no answer within ${this.#timeoutMs} ms` };
      return { outcome: 'retry', reason: `cannot connect (${failureCode(error)})` };
    } finally {
      clearTimeout(timer);
    }
  }

  async #follow(alert: Alert, signal: AbortSignal): Promise<Delivery> {
    let url = this.#url;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const response = await fetch(url.href, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/json', 'idempotency-key': headerText(alert.id) },
        body: JSON.stringify(slackMessage(alert)),
        signal,
      });
      const target =
        response.status === 307 || response.status === 308 ? redirectTarget(response, url) : null;
      if (!target) return judge(response, url);
      await response.body?.cancel();
      url = target;
    }
    return { outcome: 'refused', reason: `redirected more than ${MAX_REDIRECTS} times` };
  }
}

async function judge(response: Response, url: URL): Promise<Delivery> {
  const { status } = response;
  if (response.ok) {
    await response.body?.cancel();
    return { outcome: 'delivered' };
  }
  const answer = await answerText(response, url);
  const reason = `HTTP ${status}${answer === '' ? '' : `: ${answer}`}`;
  if (status >= 300 && status < 400) {
    return {
      outcome: 'refused',
      reason: `${reason} (a redirect that is not followed: give the final address)`,
    };
  }
  if (status >= 500 || status === 408 || status === 429) {
    const afterMs = retryAfterMs(response);
    return { outcome: 'retry', reason, ...(afterMs === undefined ? {} : { afterMs }) };
  }
  return { outcome: 'refused', reason };
}

/** The system's code (ECONNREFUSED, …); never the message, which may hold the address. */
function failureCode(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
  }
  return 'unknown cause';
}

/** A notifier for Slack-compatible incoming webhooks. Throws CONFIG_INVALID for an address it cannot use. */
export function createWebhookNotifier(options: WebhookOptions): Notifier {
  const webhook = new Webhook(parseUrl(options.url), options.timeoutMs ?? TIMEOUT_MS);
  return {
    name: options.name ?? 'webhook',
    notify: (alert, signal) => webhook.post(alert, signal),
  };
}
