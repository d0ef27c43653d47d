/** A port in front of a server, which a test cuts or lets fall silent. */
import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #target = 0;
  #isSilent = false;
  #isRefusing = false;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (client) => this.#connect(client));
  }

  static async start(targetPort = 0): Promise<TcpProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new TcpProxy(server);
    proxy.#target = targetPort;
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Where connections go on to, on this machine. */
  set target(port: number) {
    this.#target = port;
  }

  /** Ends every connection with a reset; new ones are taken. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  /** Nothing passes any more, in neither direction, and nobody is told: a half-open connection, a lost network. */
  silence(): void {
    this.#isSilent = true;
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  /** Every connection is reset, and each new one at once: a server that is down. */
  refuse(): void {
    this.#isRefusing = true;
    this.cut();
  }

  /** What was silent is cut, as after a lost network, and everything passes again. */
  restore(): void {
    this.#isSilent = false;
    this.#isRefusing = false;
    this.cut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #connect(client: Socket): void {
    if (this.#isRefusing) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const server = createConnection(this.#target, '127.0.0.1');
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    for (const [from, to] of [pair, [server, client] as const]) {
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroy();
        this.#pairs.delete(pair);
      });
      from.pipe(to);
    }
    if (this.#isSilent) for (const socket of pair) socket.pause();
  }
}
