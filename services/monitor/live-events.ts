/** Server-sent events: tells every open page when figures have changed and how the pipeline is. */
import type { ServerResponse } from 'node:http';

export interface LiveSources {
  /** Another text whenever figures may have changed. */
  version(): Promise<string>;
  /** What pages show in their head, and on the page of the pipeline. */
  status(): Promise<object>;
}

/** Time between two looks at the version while somebody watches, ms: comparing it costs next to nothing. */
const PULSE_MS = 200;
/** Beats between two looks at the pipeline, and between two signs of life. */
const STATUS_EVERY = 5;
const ALIVE_EVERY = 75;
/** A client that does not read is dropped when this much waits for it, bytes. */
const MAX_WAITING_BYTES = 256 * 1024;
export const MAX_LIVE_CLIENTS = 500;

export class LiveEvents {
  readonly #sources: LiveSources;
  readonly #clients = new Set<ServerResponse>();
  #timer: NodeJS.Timeout | null = null;
  #beats = 0;
  #version = '';
  #status = '';
  #isLooking = false;

  constructor(sources: LiveSources) {
    this.#sources = sources;
  }

  /** False when there are too many already. */
  get hasRoom(): boolean {
    return this.#clients.size < MAX_LIVE_CLIENTS;
  }

  /** Follows the response until its end. Its headers are sent. */
  add(response: ServerResponse): void {
    this.#clients.add(response);
    response.once('close', () => this.#drop(response));
    response.write('retry: 2000\n\n');
    if (this.#status !== '') response.write(this.#status);
    this.#timer ??= setInterval(() => this.#beat(), PULSE_MS);
    void this.#look(true);
  }

  close(): void {
    for (const client of this.#clients) client.destroy();
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  #beat(): void {
    this.#beats++;
    if (this.#beats % ALIVE_EVERY === 0) this.#send(':\n\n');
    void this.#look(this.#beats % STATUS_EVERY === 0);
  }

  /** Never two at a time. A store that cannot be asked now is asked at the next beat. */
  async #look(withStatus: boolean): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    await this.#tellVersion();
    if (withStatus) await this.#tellStatus();
    this.#isLooking = false;
  }

  async #tellVersion(): Promise<void> {
    const version = await this.#sources.version().catch(() => this.#version);
    if (version === this.#version) return;
    this.#version = version;
    this.#send(`event: data\ndata: ${JSON.stringify({ version })}\n\n`);
  }

  async #tellStatus(): Promise<void> {
    const told = await this.#sources.status().catch(() => null);
    const status = `event: status\ndata: ${JSON.stringify(told)}\n\n`;
    if (status === this.#status) return;
    this.#status = status;
    this.#send(status);
  }

  #send(text: string): void {
    for (const client of this.#clients) {
      if (client.writableLength > MAX_WAITING_BYTES) client.destroy();
      else client.write(text);
    }
  }

  #drop(response: ServerResponse): void {
    this.#clients.delete(response);
    if (this.#clients.size > 0 || !this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
