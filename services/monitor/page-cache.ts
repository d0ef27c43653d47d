/**
 * One computation of a page for however many look at it, anew only when something has changed. While changes never stop,
 * a page is computed at most for a quarter of the time, so that looking does not slow down what is looked at.
 */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

export interface PageAnswer {
  readonly version: string;
  readonly etag: string;
  readonly body: Buffer;
  readonly gzipped: Buffer;
}

interface Entry {
  answer: PageAnswer | null;
  running: { readonly version: string; readonly answer: Promise<PageAnswer> } | null;
  /** The computation that begins when the running one is over. */
  queued: Promise<PageAnswer> | null;
  /** performance.now() before which none begins. */
  restsUntil: number;
}

const REST_FACTOR = 3;
const LONGEST_REST_MS = 5000;

export class PageCache {
  readonly #compute: (page: string) => Promise<object>;
  readonly #version: () => Promise<string>;
  readonly #entries = new Map<string, Entry>();

  /** `version`: another text whenever an answer may be another. */
  constructor(compute: (page: string) => Promise<object>, version: () => Promise<string>) {
    this.#compute = compute;
    this.#version = version;
  }

  async get(page: string): Promise<PageAnswer> {
    const version = await this.#version();
    const entry = this.#entryOf(page);
    if (entry.answer?.version === version) return entry.answer;
    if (entry.running?.version === version) return entry.running.answer;
    entry.queued ??= this.#start(page, entry, entry.running?.answer);
    return entry.queued;
  }

  #entryOf(page: string): Entry {
    const known = this.#entries.get(page);
    if (known) return known;
    const entry = { answer: null, running: null, queued: null, restsUntil: 0 };
    this.#entries.set(page, entry);
    return entry;
  }

  async #start(page: string, entry: Entry, before: Promise<unknown> | undefined): Promise<PageAnswer> {
    try {
      await before?.catch(() => undefined);
      const restMs = entry.restsUntil - performance.now();
      // Nothing to wait for but time: this is what bounds the share of the machine.
      if (restMs > 0) await delay(restMs);
      const version = await this.#version();
      const answer = this.#run(page, entry, version);
      entry.running = { version, answer };
      entry.queued = null;
      return await answer;
    } catch (error) {
      entry.queued = null;
      throw error;
    }
  }

  async #run(page: string, entry: Entry, version: string): Promise<PageAnswer> {
    const startedAt = performance.now();
    try {
      const body = Buffer.from(JSON.stringify(await this.#compute(page)));
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
      entry.answer = { version, etag, body, gzipped: gzipSync(body) };
      return entry.answer;
    } finally {
      const took = performance.now() - startedAt;
      entry.restsUntil = performance.now() + Math.min(LONGEST_REST_MS, REST_FACTOR * took);
      entry.running = null;
    }
  }
}
