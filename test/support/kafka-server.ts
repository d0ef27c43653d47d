/** A real Kafka broker for one test file: `await using kafka = await startTestKafka()`. Its folder goes with it. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Admin, Kafka, logLevel, type SASLOptions } from 'kafkajs';
import { findFreePort } from '../../adapters/mariadb/private-server/free-port.ts';
import { fetchJars } from './maven-jars.ts';

const run = promisify(execFile);

const VERSION = '3.9.1';
const START_TIMEOUT_MS = 120_000;
const ASK_EVERY_MS = 100;

export interface TestKafka extends AsyncDisposable {
  /** `host:port`. */
  readonly broker: string;
  /** kafkajs as a second opinion; connected clients are the caller's to disconnect. */
  readonly client: Kafka;
  /** Stops the broker if it runs, and starts it on the same data and port. */
  restart(): Promise<void>;
  /** SIGKILL, as a power cut would. */
  kill9(): Promise<void>;
  /** Clean shutdown. */
  stop(): Promise<void>;
  /** Runs a class of Kafka's own tools with text as its input; answers what it prints. */
  runTool(className: string, args: readonly string[], input?: string): Promise<string>;
}

export interface TestKafkaOptions {
  /** Lines of server.properties to add or to replace. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Port that clients are told to connect to, given the broker's own: that of a proxy in front of it. */
  readonly advertise?: (port: number) => number;
  /** What the test's own client logs in with, where the properties ask for it. */
  readonly sasl?: SASLOptions;
}

function serverProperties(ports: { readonly broker: number; readonly controller: number }, dir: string) {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${ports.broker},CONTROLLER://127.0.0.1:${ports.controller}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': join(dir, 'data'),
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '1',
    'group.initial.rebalance.delay.ms': '0',
  };
}

/** Answers when the broker serves requests; rejects when it ends first or the time is over. */
async function untilServing(client: Kafka, child: ChildProcess, logFile: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const admin: Admin = client.admin({ retry: { retries: 0 } });
    try {
      await admin.connect();
      const { brokers } = await admin.describeCluster();
      if (brokers.length > 0) return;
    } catch (error) {
      const hasEnded = child.exitCode !== null || child.signalCode !== null;
      if (hasEnded || Date.now() > deadline) {
        throw new Error(`Kafka did not start: ${await readFile(logFile, 'utf8')}`, { cause: error });
      }
    } finally {
      await admin.disconnect();
    }
    await pause(ASK_EVERY_MS);
  }
}

/** Ends the broker when the pipe to this process closes, which the kernel does however this process ends. */
export function guardAgainstOrphan(pid: number): ChildProcess {
  const script = 'read _; kill -KILL "$1" 2>/dev/null';
  const guard = spawn('sh', ['-c', script, 'kafka-guard', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  (guard.stdin as Socket).unref();
  return guard;
}

class BrokerProcess {
  readonly #classPath: string;
  readonly #propertiesFile: string;
  readonly #logFile: string;
  #child: ChildProcess | null = null;

  constructor(classPath: string, files: { readonly properties: string; readonly log: string }) {
    this.#classPath = classPath;
    this.#propertiesFile = files.properties;
    this.#logFile = files.log;
  }

  async start(client: Kafka): Promise<void> {
    const log = await open(this.#logFile, 'a');
    const args = ['-Xms128m', '-Xmx384m', '-cp', this.#classPath, 'kafka.Kafka', this.#propertiesFile];
    const child = spawn('java', args, { stdio: ['ignore', log.fd, log.fd], detached: true });
    this.#child = child;
    const guard = guardAgainstOrphan(child.pid!);
    child.once('close', () => guard.kill('SIGKILL'));
    await log.close();
    await untilServing(client, child, this.#logFile);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'close');
    child.kill(signal);
    await gone;
  }
}

export async function startTestKafka(options: TestKafkaOptions = {}): Promise<TestKafka> {
  const classPath = await fetchJars({
    name: `kafka-${VERSION}`,
    artifacts: [['org.apache.kafka', 'kafka_2.13', VERSION]],
    purpose: 'Java and Maven, for a test with Kafka',
    say: (line) => void process.stderr.write(`${line}\n`),
  });
  const dir = await mkdtemp(join(tmpdir(), 'dolistream-kafka-'));
  const ports = { broker: await findFreePort(), controller: await findFreePort() };
  const told = options.advertise?.(ports.broker) ?? ports.broker;
  const properties = {
    ...serverProperties(ports, dir),
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${told}`,
    ...options.properties,
  };
  const files = { properties: join(dir, 'server.properties'), log: join(dir, 'kafka.log') };
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(files.properties, lines.join(''));
  const format = ['kafka.tools.StorageTool', 'format', '-t', randomBytes(16).toString('base64url')];
  await run('java', ['-Xmx128m', '-cp', classPath, ...format, '-c', files.properties]);
  const broker = `127.0.0.1:${ports.broker}`;
  const login = options.sasl === undefined ? {} : { sasl: { ...options.sasl } }; // kafkajs writes into it
  const client = new Kafka({ clientId: 'test', brokers: [broker], logLevel: logLevel.NOTHING, ...login });
  const server = new BrokerProcess(classPath, files);
  await server.start(client);
  return {
    broker: `127.0.0.1:${told}`,
    client,
    restart: async () => {
      await server.end('SIGTERM');
      await server.start(client);
    },
    kill9: () => server.end('SIGKILL'),
    stop: () => server.end('SIGTERM'),
    runTool: async (className, args, input = '') => {
      const running = run('java', ['-Xmx128m', '-cp', classPath, className, ...args]);
      running.child.stdin!.end(input);
      return (await running).stdout;
    },
    [Symbol.asyncDispose]: async () => {
      await server.end('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
}
