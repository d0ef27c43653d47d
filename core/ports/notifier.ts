/** Channels that people or programs read: Slack, e-mail, a webhook, a terminal. */
import type { JsonValue } from './change-log.ts';

/** How much attention a message asks for; channels turn it into a colour or a sign. */
export type Tone = 'urgent' | 'warning' | 'notice' | 'good' | 'plain';

export interface MessageFact {
  readonly label: string;
  readonly value: string;
}

export interface MessageLink {
  readonly label: string;
  /** http or https. */
  readonly url: string;
}

/** One of several subjects of a message, as in a digest. */
export interface MessageEntry {
  readonly title: string;
  readonly text: string;
  readonly link: MessageLink | null;
}

/**
 * What people read, in their language. Every text is plain and may hold anything that somebody typed into Dolibarr:
 * each channel escapes what means something to it.
 */
export interface Message {
  readonly tone: Tone;
  /** One line. */
  readonly title: string;
  readonly paragraphs: readonly string[];
  readonly facts: readonly MessageFact[];
  readonly entries: readonly MessageEntry[];
  readonly links: readonly MessageLink[];
  /** One line, small. */
  readonly footer: string;
}

export type NoticeEvent = 'opened' | 'changed' | 'escalated' | 'closed' | 'digest' | 'proof' | 'test';

/** One thing to tell, complete in itself: a channel that missed earlier ones misses nothing that still holds. */
export interface Notice {
  /** The same text for each attempt, so that a receiver can tell a repetition. ASCII. */
  readonly id: string;
  /** What belongs to one case has the same thread. ASCII. */
  readonly thread: string;
  readonly event: NoticeEvent;
  readonly locale: 'fr' | 'en';
  /** The whole as it is now; an earlier message of the thread is to be replaced by it where a channel can. */
  readonly message: Message;
  /** What is new since the message before, one line, when people should be told of it; else null. */
  readonly news: string | null;
  /** What the delivery before in this thread returned; null for the first. */
  readonly receipt: JsonValue;
  /** The same for programs. */
  readonly data: JsonValue;
}

/** What became of one attempt. Reasons are for people and hold no secret. */
export type Delivery =
  /**
   * `receipt`: what the channel needs to change this message later; at most a few hundred bytes. `warning`: whom it did
   * not reach.
   */
  | { readonly outcome: 'delivered'; readonly receipt?: JsonValue; readonly warning?: string }
  /** May succeed later, also after somebody mended the settings; `afterMs` when the receiver said how long to wait. */
  | { readonly outcome: 'retry'; readonly reason: string; readonly afterMs?: number }
  /** Will never succeed as it is: the receiver understood and said no to this message. */
  | { readonly outcome: 'refused'; readonly reason: string };

export interface Notifier {
  /** Unique among the notifiers of a process and stable over restarts: progress is saved under it. */
  readonly name: string;
  /** `console`, `slack`, `mail` or `webhook`. */
  readonly kind: string;
  /** `every`: each change of a case, for it is edited in place or read by a program; `news`: only what is worth a message. */
  readonly wants: 'every' | 'news';
  /**
   * Makes one attempt and says how it ended; does not retry by itself and does not reject for a failed delivery.
   * The same notice may come twice when an answer was lost: pass its id on. Bounds its own time. When `signal`
   * aborts it may give up early with `retry`.
   */
  notify(notice: Notice, signal: AbortSignal): Promise<Delivery>;
  /** Frees what it holds. Idempotent. */
  close?(): Promise<void>;
}
