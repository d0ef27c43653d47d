/** What the tests of the registry adapter share: a logger to listen to, a wire that can be cut, and hostile servers. */
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Deferred, deferred } from '../../../core/deferred.ts';
import type { Logger } from '../../../core/ports/logger.ts';

export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};

/** Keeps what is said, and tells when the first warning comes. */
export class KeepingLogger implements Logger {
  readonly said: string[] = [];
  readonly warned: Deferred<void> = deferred();

  debug(fields: object, message: string): void {
    this.said.push(`${message} ${JSON.stringify(fields)}`);
  }

  info(fields: object, message: string): void {
    this.debug(fields, message);
  }

  warn(fields: object, message: string): void {
    this.debug(fields, message);
    this.warned.resolve();
  }

  error(fields: object, message: string): void {
    this.debug(fields, message);
  }

  child(): Logger {
    return this;
  }
}

/** A relay to a port of this machine. While it is cut, connections are refused, and those there were are gone. */
export class Wire implements AsyncDisposable {
  readonly port: number;
  readonly #targetPort: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;

  private constructor(port: number, targetPort: number) {
    this.port = port;
    this.#targetPort = targetPort;
  }

  static async to(targetPort: number): Promise<Wire> {
    const reserved = createServer().listen(0, '127.0.0.1');
    await once(reserved, 'listening');
    const { port } = reserved.address() as AddressInfo;
    reserved.close();
    await once(reserved, 'close');
    return new Wire(port, targetPort);
  }

  async join(): Promise<void> {
    this.#server = createServer((near) => {
      const far = connect(this.#targetPort, '127.0.0.1');
      for (const [from, into] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.once('close', () => {
          this.#sockets.delete(from);
          into.destroy();
        });
        from.on('error', () => undefined);
        from.pipe(into);
      }
    }).listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async cut(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = null;
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(server, 'close');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cut();
  }
}

/** A server that answers whatever the test wants. */
export class StandIn implements AsyncDisposable {
  readonly requests: string[] = [];
  readonly authorizations: (string | undefined)[] = [];
  readonly #server: HttpServer;

  private constructor(server: HttpServer) {
    this.#server = server;
  }

  static async start(answer: RequestListener): Promise<StandIn> {
    const server = createHttpServer();
    const standIn = new StandIn(server);
    server.on('request', (request, response) => {
      standIn.requests.push(`${request.method} ${request.url}`);
      standIn.authorizations.push(request.headers.authorization);
      answer(request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
