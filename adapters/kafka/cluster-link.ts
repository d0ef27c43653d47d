/** The brokers of one cluster: who leads what, and a connection to each as it is needed. */
import { setTimeout as pause } from 'node:timers/promises';
import { DolistreamError } from '../../core/errors.ts';
import { BrokerConnection, type ConnectionSettings } from './broker-connection.ts';
import { asLogError, checkCode, ErrorCode, isTransient } from './failures.ts';
import {
  findCoordinatorRequest,
  type Metadata,
  metadataRequest,
  type Partition,
  type Request,
} from './protocol/requests.ts';

/** A broker answers the requests of one connection one after the other, so what may wait has its own. */
export type Lane = 'write' | 'read' | 'wait';

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ClusterOptions extends ConnectionSettings {
  /** `host:port` of one broker or several. */
  readonly brokers: readonly string[];
  /** How long an operation is tried again before it rejects, ms. */
  readonly retryForMs: number;
}

const NO_LEADER = -1;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;

export class ClusterLink {
  readonly #options: ClusterOptions;
  readonly #seeds: readonly Address[];
  #nextSeed = 0;
  #addresses = new Map<number, Address>();
  #controllerId = -1;
  /** By topic, the leader of each partition. */
  readonly #leaders = new Map<string, number[]>();
  readonly #coordinators = new Map<string, Address>();
  readonly #connections = new Map<string, Promise<BrokerConnection>>();
  readonly #closing = new AbortController();

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#seeds = options.brokers.map(parseAddress);
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** How many brokers the cluster has, as far as it was looked at. */
  get brokerCount(): number {
    return this.#addresses.size;
  }

  /** As `repeat`, but rejects with an error of the log. `doing` completes "Kafka failed while …". */
  async retrying<Result>(doing: string, attempt: () => Promise<Result>): Promise<Result> {
    try {
      return await this.repeat(attempt);
    } catch (error) {
      throw asLogError(error, doing);
    }
  }

  /**
   * Runs `attempt` until it succeeds, fails for good or the time is over; then it rejects as the last attempt did.
   * Before each new attempt what was known of the cluster is forgotten.
   */
  async repeat<Result>(attempt: () => Promise<Result>): Promise<Result> {
    const deadline = performance.now() + this.#options.retryForMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        this.#checkOpen();
        return await attempt();
      } catch (error) {
        if (this.isClosed) throw closedError();
        if (!isTransient(error) || performance.now() + pauseMs > deadline) throw error;
        this.#options.logger?.debug({ reason: (error as Error).message }, 'Kafka failed, trying again');
        this.forget();
        await pause(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
  }

  /** Leader and coordinators are looked up again, and broken connections opened again, when they are next needed. */
  forget(): void {
    this.#leaders.clear();
    this.#coordinators.clear();
  }

  /** Sends to the leader of the partition. */
  async toLeader<Answer>(
    { topic, partition }: Partition,
    request: Request<Answer>,
    lane: Lane,
  ): Promise<Answer> {
    return this.#send(this.#addressOf(await this.leaderOf(topic, partition)), request, lane);
  }

  /** Sends to a broker by its number, as `leaderOf` gives it. */
  toBroker<Answer>(nodeId: number, request: Request<Answer>, lane: Lane): Promise<Answer> {
    return this.#send(this.#addressOf(nodeId), request, lane);
  }

  async toController<Answer>(request: Request<Answer>): Promise<Answer> {
    if (!this.#addresses.has(this.#controllerId)) await this.#loadMetadata([]);
    return this.#send(this.#addressOf(this.#controllerId), request, 'write');
  }

  async toCoordinator<Answer>(transactionalId: string, request: Request<Answer>): Promise<Answer> {
    let address = this.#coordinators.get(transactionalId);
    if (!address) {
      const answer = await this.#send(this.#anyAddress(), findCoordinatorRequest(transactionalId), 'write');
      checkCode(answer.errorCode);
      address = { host: answer.host, port: answer.port };
      this.#coordinators.set(transactionalId, address);
    }
    return this.#send(address, request, 'write');
  }

  async leaderOf(topic: string, partition: number): Promise<number> {
    await this.leadersOf([topic]);
    const leader = this.#leaders.get(topic)?.[partition] ?? NO_LEADER;
    if (leader === NO_LEADER)
      checkCode(ErrorCode.leaderNotAvailable, `topic ${topic}, partition ${partition}`);
    return leader;
  }

  /** The leader of each partition of the topics, or -1; a topic that does not exist is not in the answer. */
  async leadersOf(topics: readonly string[]): Promise<ReadonlyMap<string, readonly number[]>> {
    const unknown = topics.filter((topic) => !this.#leaders.has(topic));
    if (unknown.length > 0) await this.#loadMetadata(unknown);
    const known = topics.filter((topic) => this.#leaders.has(topic));
    return new Map(known.map((topic) => [topic, this.#leaders.get(topic)!]));
  }

  close(): void {
    this.#closing.abort();
    for (const connection of this.#connections.values()) {
      connection.then(
        (open) => open.destroy(),
        () => undefined,
      );
    }
    this.#connections.clear();
  }

  async #loadMetadata(topics: readonly string[]): Promise<void> {
    const metadata: Metadata = await this.#send(this.#anyAddress(), metadataRequest(topics), 'write');
    this.#addresses = new Map(metadata.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
    this.#controllerId = metadata.controllerId;
    for (const { topic, errorCode, partitions } of metadata.topics) {
      if (errorCode === ErrorCode.unknownTopic) continue;
      if (errorCode !== ErrorCode.leaderNotAvailable) checkCode(errorCode, `topic ${topic}`);
      const leaders = partitions.map(() => NO_LEADER);
      for (const { partition, leader } of partitions) leaders[partition] = leader;
      this.#leaders.set(topic, leaders);
    }
  }

  async #send<Answer>(address: Address, request: Request<Answer>, lane: Lane): Promise<Answer> {
    const connection = await this.#connectionTo(address, lane);
    return connection.send(request);
  }

  async #connectionTo({ host, port }: Address, lane: Lane): Promise<BrokerConnection> {
    this.#checkOpen();
    const name = `${host}:${port}/${lane}`;
    const known = this.#connections.get(name);
    if (known) {
      const connection = await known;
      if (connection.isOpen) return connection;
      connection.destroy();
      if (this.#connections.get(name) === known) this.#connections.delete(name);
      return this.#connectionTo({ host, port }, lane);
    }
    const opening = BrokerConnection.open(host, port, this.#options);
    this.#connections.set(name, opening);
    try {
      const connection = await opening;
      if (this.isClosed) connection.destroy();
      return connection;
    } catch (error) {
      this.#connections.delete(name);
      this.#nextSeed += 1;
      throw error;
    }
  }

  /** One of the brokers that were given; another one after each connection that failed. */
  #anyAddress(): Address {
    return this.#seeds[this.#nextSeed % this.#seeds.length]!;
  }

  #addressOf(nodeId: number): Address {
    const address = this.#addresses.get(nodeId);
    if (!address) checkCode(ErrorCode.unknownTopic, `broker ${nodeId} is not known`);
    return address!;
  }

  #checkOpen(): void {
    if (this.isClosed) throw closedError();
  }
}

const closedError = (): DolistreamError => new DolistreamError('INTERNAL', 'The change log is closed');

function parseAddress(broker: string): Address {
  const match = /^\[?([^\]]+)\]?:(\d{1,5})$/.exec(broker);
  if (match) return { host: match[1]!, port: Number(match[2]) };
  throw new DolistreamError('CONFIG_INVALID', `"${broker}" is not the address of a Kafka broker`, {
    fix: 'Write host:port, e.g. kafka.example:9092.',
  });
}
