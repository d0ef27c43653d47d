/**
 * Slack with a bot token (scope chat:write): one message for a case, edited in place, its news in the message's thread.
 * https://docs.slack.dev/reference/methods/chat.postMessage, …/chat.update
 */
import { DolistreamError } from '../../core/errors.ts';
import type { Delivery, Notice, Notifier } from '../../core/ports/notifier.ts';
import { cleanReason, judgeStatus, post, type PostRequest } from '../webhook/http-post.ts';
import { slackMessage, slackReply } from './slack-message.ts';

export interface SlackBotOptions {
  /** xoxb-…; a secret. */
  readonly token: string;
  /** Id of a channel the bot is in, C… or G…. */
  readonly channel: string;
  /** Unique among notifiers; `slack` by default. */
  readonly name?: string;
  /** Time for one call, ms. */
  readonly timeoutMs?: number;
  /** Base of the API's methods, with a slash at the end; Slack's by default. */
  readonly apiUrl?: string;
}

const TIMEOUT_MS = 10_000;
const API_URL = 'https://slack.com/api/';
/** The message that was to be edited is gone or may no longer be: a new one takes its place. */
const GONE = ['message_not_found', 'cant_update_message', 'edit_window_closed', 'thread_not_found'];
/** The message itself is at fault. */
const REFUSALS = [
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_too_long',
  'msg_blocks_too_long',
  'no_text',
];

interface SlackAnswer {
  readonly ok?: unknown;
  readonly error?: unknown;
  readonly channel?: unknown;
  readonly ts?: unknown;
}

type Called =
  | { readonly outcome: 'done'; readonly channel: string; readonly ts: string }
  | { readonly outcome: 'gone' }
  | Exclude<Delivery, { outcome: 'delivered' }>;

/** Where a case's message is. */
type Receipt = { readonly channel: string; readonly ts: string };

function readReceipt({ receipt }: Notice): Receipt | null {
  const { channel, ts } = Object(receipt) as { channel?: unknown; ts?: unknown };
  return typeof channel === 'string' && typeof ts === 'string' ? { channel, ts } : null;
}

function parseAnswer(text: string): SlackAnswer {
  try {
    return Object(JSON.parse(text)) as SlackAnswer;
  } catch {
    return { error: 'not JSON' };
  }
}

class SlackBot {
  readonly #options: SlackBotOptions;

  constructor(options: SlackBotOptions) {
    this.#options = options;
  }

  async notify(notice: Notice, signal: AbortSignal): Promise<Delivery> {
    const message = slackMessage(notice.message);
    const earlier = readReceipt(notice);
    if (earlier) {
      const edited = await this.#call('chat.update', { ...earlier, ...message }, signal);
      if (edited.outcome === 'done') return await this.#reply(notice, earlier, signal);
      if (edited.outcome !== 'gone') return edited;
    }
    const { channel } = this.#options;
    const posted = await this.#call('chat.postMessage', { channel, ...message, unfurl_links: false }, signal);
    if (posted.outcome === 'done') {
      return { outcome: 'delivered', receipt: { channel: posted.channel, ts: posted.ts } };
    }
    return posted.outcome === 'gone' ? { outcome: 'retry', reason: 'Slack lost the message' } : posted;
  }

  /** News goes into the thread, so that people are told; the message itself was edited already. */
  async #reply({ news, event }: Notice, receipt: Receipt, signal: AbortSignal): Promise<Delivery> {
    const done: Delivery = { outcome: 'delivered', receipt };
    if (news === null) return done;
    const { channel, ts } = receipt;
    const inThread = { channel, thread_ts: ts, reply_broadcast: event === 'escalated' };
    const replied = await this.#call('chat.postMessage', { ...inThread, ...slackReply(news) }, signal);
    return replied.outcome === 'done' || replied.outcome === 'gone' ? done : replied;
  }

  async #call(method: string, body: object, signal: AbortSignal): Promise<Called> {
    const { token, timeoutMs = TIMEOUT_MS, apiUrl = API_URL } = this.#options;
    const request: PostRequest = {
      ...{ url: new URL(method, apiUrl), timeoutMs, secrets: [token], body: JSON.stringify(body) },
      headers: { 'content-type': 'application/json; charset=utf-8', authorization: `Bearer ${token}` },
    };
    const result = await post(request, signal);
    if (!result.answered) return result.failure as Called;
    const judged = judgeStatus(result.response, result.text, request);
    if (judged.outcome !== 'delivered') return judged;
    const { ok, error, channel, ts } = parseAnswer(result.text);
    if (ok === true && typeof channel === 'string' && typeof ts === 'string')
      return { outcome: 'done', channel, ts };
    const name = typeof error === 'string' ? error : 'no ts in the answer';
    if (GONE.includes(name)) return { outcome: 'gone' };
    const reason = `Slack says ${cleanReason(name, request)} to ${method}`;
    return { outcome: REFUSALS.includes(name) ? 'refused' : 'retry', reason };
  }
}

/** Throws CONFIG_INVALID for a token that is none of a bot. */
export function createSlackBot(options: SlackBotOptions): Notifier {
  if (!/^xox[a-z]-[A-Za-z0-9-]{6,}$/.test(options.token)) {
    throw new DolistreamError('CONFIG_INVALID', 'The Slack token (not shown) is not one of a bot', {
      fix: "Give the app's Bot User OAuth Token, which starts with xoxb-.",
    });
  }
  const bot = new SlackBot(options);
  return {
    ...{ name: options.name ?? 'slack', kind: 'slack', wants: 'every' },
    notify: (notice, signal) => bot.notify(notice, signal),
  };
}
