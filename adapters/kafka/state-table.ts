/**
 * The state topic as a map. It holds the owners' states and, under names no owner may have, the log's notes: how far
 * each topic is numbered and who writes it, who writes under a transactional id, and what was trimmed.
 */
import { DolistreamError } from '../../core/errors.ts';
import type { JsonValue } from '../../core/ports/change-log.ts';
import type { ClusterLink } from './cluster-link.ts';
import { fetchCommitted } from './committed-reader.ts';
import { checkCode } from './failures.ts';
import { LATEST, listOffsetsRequest, READ_UNCOMMITTED } from './protocol/requests.ts';

const CHUNK_BYTES = 4 * 1024 * 1024;
/** For one look; it comes back as soon as there is something. */
const WAIT_MS = 500;
/** Brokers end the transaction of a dead writer after its timeout, 20 s by default. */
const OPEN_TRANSACTION_MS = 90_000;
const NOTE_PREFIX = 'log:';

/** How far a topic is numbered. */
export interface TopicNote {
  /** The transactional id that writes the topic: two writers would give the same offsets. */
  readonly writer: string;
  readonly next: number;
  /** Of all values ever appended. */
  readonly bytes: number;
  readonly newestMs: number;
}

/** What was trimmed: everything before the cursor. */
export interface TrimNote {
  readonly before: string;
  /** Records and bytes by topic that were trimmed. */
  readonly topics: Readonly<Record<string, { readonly records: number; readonly bytes: number }>>;
}

export const topicKey = (topic: string): string => `${NOTE_PREFIX}topic:${topic}`;
export const writerKey = (transactionalId: string): string => `${NOTE_PREFIX}writer:${transactionalId}`;
export const TRIM_KEY = `${NOTE_PREFIX}trim`;

export function checkOwner(owner: string): void {
  if (!owner.startsWith(NOTE_PREFIX)) return;
  throw new DolistreamError(
    'INTERNAL',
    `An owner may not be called "${owner}": the log keeps its own notes there`,
  );
}

export class StateTable {
  readonly #link: ClusterLink;
  readonly #topic: string;
  readonly #states = new Map<string, string>();
  #next = 0;
  #refreshing: Promise<void> = Promise.resolve();

  constructor(link: ClusterLink, topic: string) {
    this.#link = link;
    this.#topic = topic;
  }

  /** Reads what was committed up to now. */
  refresh(): Promise<void> {
    const refreshed = this.#refreshing.then(() => this.#readToEnd());
    this.#refreshing = refreshed.catch(() => undefined);
    return refreshed;
  }

  /** As of the last refresh; null when there is none. */
  get(key: string): JsonValue {
    const text = this.#states.get(key);
    return text === undefined ? null : (JSON.parse(text) as JsonValue);
  }

  topicNote(topic: string): TopicNote | null {
    return this.get(topicKey(topic)) as TopicNote | null;
  }

  topicNotes(): [string, TopicNote][] {
    const prefix = topicKey('');
    const keys = [...this.#states.keys()].filter((key) => key.startsWith(prefix));
    return keys.map((key) => [key.slice(prefix.length), this.get(key) as unknown as TopicNote]);
  }

  trimNote(): TrimNote | null {
    return this.get(TRIM_KEY) as TrimNote | null;
  }

  /** To where the topic ended when this began: a transaction that was open then may hide what was committed after it. */
  async #readToEnd(): Promise<void> {
    const target = await this.#link.retrying('reading the states', () => this.#highWatermark());
    const deadline = performance.now() + OPEN_TRANSACTION_MS;
    while (this.#next < target) {
      await this.#link.retrying('reading the states', () => this.#readChunk());
      if (performance.now() > deadline) throw this.#heldUp();
    }
  }

  async #highWatermark(): Promise<number> {
    const place = { topic: this.#topic, partition: 0 };
    const request = listOffsetsRequest([place], LATEST, READ_UNCOMMITTED);
    const [result] = await this.#link.toLeader(place, request, 'read');
    checkCode(result!.errorCode, `topic ${this.#topic}`);
    return result!.offset;
  }

  async #readChunk(): Promise<void> {
    const place = { topic: this.#topic, partition: 0, offset: this.#next };
    const options = { waitMs: WAIT_MS, maxBytes: CHUNK_BYTES, lane: 'read' } as const;
    const chunk = await fetchCommitted(this.#link, place, options);
    if (chunk.isOutOfRange && this.#next >= chunk.logStart) throw this.#lostTopic();
    for (const { key, value } of chunk.records) {
      if (key !== null && value !== null) this.#states.set(key, value.toString());
    }
    this.#next = chunk.isOutOfRange ? chunk.logStart : chunk.next;
  }

  #heldUp(): DolistreamError {
    return new DolistreamError('LOG_UNREACHABLE', `A transaction on ${this.#topic} does not end`, {
      fix: 'Look for a stuck writer: kafka-transactions.sh find-hanging.',
      retryable: true,
    });
  }

  #lostTopic(): DolistreamError {
    return new DolistreamError('LOG_CORRUPT', `Topic ${this.#topic} ends before what was read of it`, {
      fix: 'It was deleted or its newest records were lost: restore it, or start with a new topic prefix.',
    });
  }
}
