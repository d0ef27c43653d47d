/**
 * One POST with a bound on its time, and what its answer means for a message. Addresses are secrets (whoever has one can
 * post), so nothing here says more of them than the host, and no answer is repeated without taking them out.
 */
import { DolistreamError } from '../../core/errors.ts';
import { linkSignals } from '../../core/link-signals.ts';
import type { Delivery } from '../../core/ports/notifier.ts';

export interface PostRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Texts that no reason may contain, besides the address. */
  readonly secrets?: readonly string[];
  /** For the whole of it, ms. */
  readonly timeoutMs: number;
}

/** An answer that came whole, or the delivery that failed without one. */
export type PostResult =
  | { readonly answered: true; readonly response: Response; readonly text: string }
  | { readonly answered: false; readonly failure: Delivery };

const MAX_ANSWER = 64_000;
const MAX_REASON = 200;
const MAX_RETRY_AFTER_MS = 3_600_000;
/** The receiver read the message and cannot take it. Other refusals are about settings, which somebody can mend. */
const REFUSALS = [400, 406, 409, 413, 414, 415, 422, 431];

/** Throws CONFIG_INVALID, naming what is wrong without showing the address. */
export function parseHookUrl(text: string): URL {
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

/** The start of the text, on one line, without the secrets. */
export function cleanReason(text: string, { url, secrets = [] }: PostRequest): string {
  const parts = [url.href, url.pathname + url.search, url.pathname, url.search, ...secrets];
  let cleaned = text;
  for (const part of parts.filter((each) => each.length > 1)) cleaned = cleaned.replaceAll(part, '***');
  return cleaned
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, MAX_REASON);
}

/** The system's code (ECONNREFUSED, …); never the message, which may hold the address. */
function failureCode(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
  }
  return 'unknown cause';
}

/** Stops reading at the bound: an answer that never ends must not fill the memory. */
async function readAnswer(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > MAX_ANSWER) break;
  }
  return text;
}

/** Follows no redirect: it would carry the message, and its signature, to where nobody agreed to. */
export async function post(request: PostRequest, signal: AbortSignal): Promise<PostResult> {
  const { url, headers, body, timeoutMs } = request;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  using bounded = linkSignals(signal, timeout.signal);
  const retry = (reason: string): PostResult => ({
    answered: false,
    failure: { outcome: 'retry', reason },
  });
  try {
    const response = await fetch(url.href, {
      ...{ method: 'POST', redirect: 'manual', headers, body, signal: bounded.signal },
    });
    return { answered: true, response, text: await readAnswer(response) };
  } catch (error) {
    if (signal.aborted) return retry('stopped while waiting for the answer');
    if (timeout.signal.aborted) return retry(`no answer within ${timeoutMs} ms`);
    return retry(`cannot connect (${failureCode(error)})`);
  } finally {
    clearTimeout(timer);
  }
}

export function retryAfterMs(response: Response): number | undefined {
  const header = response.headers.get('retry-after');
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(0, seconds * 1000), MAX_RETRY_AFTER_MS);
}

/** What a status means. Everything that the operator can mend is worth another attempt: an alert is not dropped for it. */
export function judgeStatus(response: Response, text: string, request: PostRequest): Delivery {
  const { status } = response;
  if (response.ok) return { outcome: 'delivered' };
  const answer = cleanReason(text, request);
  const reason = `HTTP ${status}${answer === '' ? '' : `: ${answer}`}`;
  if (REFUSALS.includes(status)) return { outcome: 'refused', reason };
  const isRedirect = status >= 300 && status < 400;
  const hint = isRedirect ? ' (a redirect, which is not followed: give the final address)' : '';
  const afterMs = retryAfterMs(response);
  return { outcome: 'retry', reason: reason + hint, ...(afterMs === undefined ? {} : { afterMs }) };
}
