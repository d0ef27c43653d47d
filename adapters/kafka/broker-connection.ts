/**
 * A connection to one broker: kafkajs's own, for its sockets, TLS, SASL and request queue. Its producer and consumer
 * are left out because they make objects of every record (65,000 small messages a second at best), so requests are
 * encoded here and put on the connection as they are. That needs parts that kafkajs does not export: they are used in
 * this file only, and typed as far as they are used.
 */
import { createRequire } from 'node:module';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { SASLOptions } from 'kafkajs';
import type { Logger } from '../../core/ports/logger.ts';
import { ByteReader } from './protocol/byte-reader.ts';
import { ByteWriter } from './protocol/byte-writer.ts';
import type { Request } from './protocol/requests.ts';

export interface ConnectionSettings {
  readonly clientId: string;
  readonly ssl: ConnectionOptions | null;
  readonly sasl: SASLOptions | null;
  /** Time to open a connection, and time for an answer, ms. */
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly logger: Logger | null;
}

interface QueueEntry {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  readonly correlationId: number;
  readonly resolve: (answer: { readonly payload: Buffer }) => void;
  readonly reject: (error: unknown) => void;
}

interface KafkajsConnection {
  readonly sasl: object | null | undefined;
  readonly socket: Socket;
  readonly requestQueue: {
    push(request: {
      readonly entry: QueueEntry;
      readonly expectResponse: boolean;
      readonly requestTimeout: number;
      readonly sendRequest: () => void;
    }): void;
  };
  isConnected(): boolean;
  isAuthenticated(): boolean;
  authenticate(): Promise<void>;
  nextCorrelationId(): number;
}

interface KafkajsBroker {
  readonly connectionPool: { getConnection(index?: number): Promise<KafkajsConnection> };
  connect(): Promise<void>;
}

interface KafkajsLog {
  readonly namespace: string;
  readonly log: { readonly message: string; readonly broker?: string };
}

const load = createRequire(import.meta.url);
const KafkajsBrokerClass = load('kafkajs/src/broker/index.js') as new (options: object) => KafkajsBroker;
const buildPool = load('kafkajs/src/cluster/connectionPoolBuilder.js') as (settings: object) => {
  build(address: { readonly host: string; readonly port: number }): Promise<object>;
};
const { createLogger, LEVELS } = load('kafkajs/src/loggers/index.js') as {
  createLogger(options: object): object;
  readonly LEVELS: { readonly ERROR: number };
};
const { createErrorFromCode } = load('kafkajs/src/protocol/error.js') as {
  createErrorFromCode(code: number): Error;
};
const errors = load('kafkajs/src/errors.js') as {
  readonly KafkaJSConnectionError: new (message: string, options: object) => Error;
};

/** The error that a broker's answer names by number, as kafkajs knows it: with `type` and `retriable`. */
export const errorOfCode = (code: number): Error => createErrorFromCode(code);

/** kafkajs's own errors reach the caller as rejections; what it says beside them is for debugging only. */
function quietLogger(logger: Logger | null): object {
  const write = ({ namespace, log }: KafkajsLog): void =>
    logger?.debug({ part: namespace, broker: log.broker }, `kafkajs: ${log.message}`);
  return createLogger({ level: LEVELS.ERROR, logCreator: () => write });
}

export class BrokerConnection {
  readonly address: string;
  readonly #clientId: string;
  readonly #connection: KafkajsConnection;
  readonly #sockets: Set<Socket>;

  private constructor(
    address: string,
    clientId: string,
    connection: KafkajsConnection,
    sockets: Set<Socket>,
  ) {
    this.address = address;
    this.#clientId = clientId;
    this.#connection = connection;
    this.#sockets = sockets;
  }

  /** Connects and authenticates. Rejects with an error of kafkajs. */
  static async open(host: string, port: number, settings: ConnectionSettings): Promise<BrokerConnection> {
    const sockets = new Set<Socket>();
    const logger = quietLogger(settings.logger);
    const pool = await buildPool({
      socketFactory: (target: SocketTarget) => openSocket(target, sockets),
      brokers: [],
      ssl: settings.ssl,
      // A copy: kafkajs writes into it.
      sasl: settings.sasl && { ...settings.sasl },
      clientId: settings.clientId,
      connectionTimeout: settings.connectTimeoutMs,
      requestTimeout: settings.requestTimeoutMs,
      enforceRequestTimeout: true,
      logger,
    }).build({ host, port });
    const broker = new KafkajsBrokerClass({
      connectionPool: pool,
      logger,
      allowAutoTopicCreation: false,
      authenticationTimeout: settings.connectTimeoutMs,
    });
    try {
      await broker.connect();
      const connection = await broker.connectionPool.getConnection();
      return new BrokerConnection(`${host}:${port}`, settings.clientId, connection, sockets);
    } catch (error) {
      // With an error: without one kafkajs does not notice, and goes on looking for late answers for ever.
      const closed = new errors.KafkaJSConnectionError('Login failed', { broker: `${host}:${port}` });
      for (const socket of sockets) socket.destroy(closed);
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#connection.isConnected();
  }

  /** Sends the request and reads its answer. Requests are answered in their order. Rejects with an error of kafkajs. */
  async send<Answer>(request: Request<Answer>): Promise<Answer> {
    const connection = this.#connection;
    if (connection.sasl && !connection.isAuthenticated()) await connection.authenticate();
    if (!connection.isConnected()) throw this.#closedError();
    const { apiKey, apiVersion, apiName, body, waitMs } = request;
    const correlationId = connection.nextCorrelationId();
    const head = new ByteWriter()
      .int16(apiKey)
      .int16(apiVersion)
      .int32(correlationId)
      .string(this.#clientId)
      .take();
    const size = body.reduce((sum, part) => sum + part.length, head.length);
    const { payload } = await new Promise<{ readonly payload: Buffer }>((resolve, reject) => {
      connection.requestQueue.push({
        entry: { apiKey, apiVersion, apiName, correlationId, resolve, reject },
        expectResponse: true,
        requestTimeout: waitMs === 0 ? 0 : REQUEST_MARGIN_MS + waitMs,
        sendRequest: () => {
          const { socket } = connection;
          socket.cork();
          socket.write(new ByteWriter().int32(size).take());
          socket.write(head);
          for (const part of body) socket.write(part);
          socket.uncork();
        },
      });
    });
    return request.readAnswer(new ByteReader(payload));
  }

  /** Ends the connection at once; requests in flight reject. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy(this.#closedError());
  }

  #closedError(): Error {
    return new errors.KafkaJSConnectionError('Connection closed', { broker: this.address });
  }
}

/** A broker that waits by intent answers late; this long after that it is taken for dead. */
const REQUEST_MARGIN_MS = 5_000;

interface SocketTarget {
  readonly host: string;
  readonly port: number;
  readonly ssl: ConnectionOptions | null;
  readonly onConnect: () => void;
}

const KEEP_ALIVE_MS = 30_000;

function openSocket({ host, port, ssl, onConnect }: SocketTarget, sockets: Set<Socket>): Socket {
  const name = isIP(host) ? {} : { servername: host };
  const socket = ssl
    ? connectTls({ host, port, ...name, ...ssl }, onConnect)
    : connectTcp({ host, port }, onConnect);
  // Requests are small and answered one by one: waiting to fill a packet only delays them.
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  return socket;
}
