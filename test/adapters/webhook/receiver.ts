/** A real HTTP receiver of webhooks that keeps what it got and answers as the test says. */
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Answers one request; `attempt` counts from 1 over all requests. */
export type Answer = (response: ServerResponse, attempt: number, request: IncomingMessage) => void;

export const accept: Answer = (response) => {
  response.end('ok');
};

export const answerStatus =
  (status: number, headers: Record<string, string> = {}, body = ''): Answer =>
  (response) => {
    response.writeHead(status, headers).end(body);
  };

export class Receiver implements AsyncDisposable {
  readonly received: Received[] = [];
  answer: Answer = accept;
  readonly #server: Server;
  #waiting: (() => void)[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        this.received.push({
          path: request.url ?? '',
          id: String(request.headers['idempotency-key']),
          ...{ headers: request.headers, text, body: JSON.parse(text) as Received['body'] },
        });
        this.answer(response, this.received.length, request);
        for (const wake of this.#waiting.splice(0)) wake();
      });
    });
  }

  static async start(answer: Answer = accept): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.answer = answer;
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/services/T000/SECRET`;
  }

  get ids(): string[] {
    return this.received.map(({ id }) => id);
  }

  /** Resolves when `count` requests were received. */
  async requests(count: number): Promise<void> {
    while (this.received.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
