/**
 * A real Kafka Connect with Debezium 3.2 in it, its MariaDB source and its JDBC sink, and a converter for Avro, all from
 * Maven Central, fetched once per machine: `await using connect = await startConnect({…})`.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findFreePort } from '../../adapters/mariadb/private-server/free-port.ts';
import { guardAgainstOrphan } from './kafka-server.ts';
import { fetchJars } from './maven-jars.ts';

const DEBEZIUM = '3.2.0.Final';
const KAFKA = '3.9.1';
const ARTIFACTS = [
  ['io.debezium', 'debezium-connector-jdbc', DEBEZIUM],
  ['io.debezium', 'debezium-connector-mariadb', DEBEZIUM],
  ['io.apicurio', 'apicurio-registry-utils-converter', '2.6.13.Final'],
  ['org.apache.kafka', 'connect-runtime', KAFKA],
  ['org.slf4j', 'slf4j-reload4j', '1.7.36'],
] as const;
const JAVA_OPTIONS = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const LOGGING = `log4j.rootLogger=WARN, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%p %c{1} %m%n
`;
const START_TIMEOUT_MS = 120_000;
const ASK_EVERY_MS = 200;

export type ConnectorSettings = Readonly<Record<string, string>> & { readonly name: string };

export interface ConnectOptions {
  /** `host:port` */
  readonly broker: string;
  /** Apicurio, without a path. */
  readonly registryOrigin: string;
  readonly connectors: readonly ConnectorSettings[];
}

export interface TestConnect extends AsyncDisposable {
  /** Rejects with what a connector says, when one has failed. */
  check(): Promise<void>;
}

/** Confluent's wire format, by Apicurio's own converter: the schema's number is that of the Confluent routes. */
function converterSettings(registryOrigin: string): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const side of ['key', 'value']) {
    settings[`${side}.converter`] = 'io.apicurio.registry.utils.converter.AvroConverter';
    settings[`${side}.converter.apicurio.registry.url`] = `${registryOrigin}/apis/registry/v2`;
    settings[`${side}.converter.apicurio.registry.as-confluent`] = 'true';
    settings[`${side}.converter.apicurio.registry.use-id`] = 'contentId';
    settings[`${side}.converter.apicurio.registry.headers.enabled`] = 'false';
    settings[`${side}.converter.apicurio.registry.auto-register`] = 'true';
  }
  return settings;
}

const asProperties = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');

/** Resolves when every task of every connector runs. */
export async function startConnect(options: ConnectOptions): Promise<TestConnect> {
  const classPath = await fetchJars({
    name: `connect-debezium-${DEBEZIUM}`,
    artifacts: ARTIFACTS,
    purpose: 'Java and Maven, for a test with Debezium',
    say: (line) => void process.stderr.write(`${line}\n`),
  });
  const dir = await mkdtemp(join(tmpdir(), 'dolistream-connect-'));
  const rest = `http://127.0.0.1:${await findFreePort()}`;
  const worker = {
    'bootstrap.servers': options.broker,
    ...converterSettings(options.registryOrigin),
    'offset.storage.file.filename': join(dir, 'offsets'),
    'offset.flush.interval.ms': '500',
    'consumer.isolation.level': 'read_committed',
    'consumer.auto.offset.reset': 'earliest',
    listeners: rest,
  };
  await writeFile(join(dir, 'worker.properties'), asProperties(worker));
  await writeFile(join(dir, 'log4j.properties'), LOGGING);
  const files = options.connectors.map(({ name }) => join(dir, `${name}.properties`));
  for (const [index, settings] of options.connectors.entries())
    await writeFile(files[index]!, asProperties(settings));
  const logFile = join(dir, 'connect.log');
  const log = await open(logFile, 'a');
  const main = ['-cp', classPath, 'org.apache.kafka.connect.cli.ConnectStandalone'];
  const logging = `-Dlog4j.configuration=file:${join(dir, 'log4j.properties')}`;
  const child = spawn('java', [...JAVA_OPTIONS, logging, ...main, join(dir, 'worker.properties'), ...files], {
    stdio: ['ignore', log.fd, log.fd],
  });
  const guard = guardAgainstOrphan(child.pid!);
  child.once('close', () => guard.kill('SIGKILL'));
  await log.close();
  const connect = new ConnectProcess({ child, dir, rest, logFile, connectors: options.connectors });
  try {
    await connect.untilRunning();
    return connect;
  } catch (error) {
    await connect[Symbol.asyncDispose]();
    throw error;
  }
}

interface TaskState {
  readonly state: string;
  readonly trace?: string;
}

interface ConnectFacts {
  readonly child: ChildProcess;
  readonly dir: string;
  /** Address of Connect's own routes. */
  readonly rest: string;
  readonly logFile: string;
  readonly connectors: readonly ConnectorSettings[];
}

class ConnectProcess implements TestConnect {
  readonly #facts: ConnectFacts;

  constructor(facts: ConnectFacts) {
    this.#facts = facts;
  }

  async untilRunning(): Promise<void> {
    const { connectors, child, logFile } = this.#facts;
    const deadline = Date.now() + START_TIMEOUT_MS;
    for (const { name } of connectors) {
      for (;;) {
        const tasks = await this.#tasks(name);
        if (tasks.length > 0 && tasks.every(({ state }) => state === 'RUNNING')) break;
        const hasEnded = child.exitCode !== null || child.signalCode !== null;
        if (hasEnded || Date.now() > deadline)
          throw new Error(`Connect did not start ${name}: ${await readFile(logFile, 'utf8')}`);
        // Connect tells nobody when a task has begun.
        await pause(ASK_EVERY_MS);
      }
    }
  }

  async check(): Promise<void> {
    for (const { name } of this.#facts.connectors) await this.#tasks(name);
  }

  /** None while Connect does not answer or does not know the connector yet. Rejects when one has failed. */
  async #tasks(name: string): Promise<readonly TaskState[]> {
    const answer = await fetch(`${this.#facts.rest}/connectors/${name}/status`).catch(() => null);
    if (!answer?.ok) return [];
    const { tasks } = (await answer.json()) as { tasks: readonly TaskState[] };
    const failed = tasks.find(({ state }) => state === 'FAILED');
    if (failed) throw new Error(`${name}: ${failed.trace ?? ''}`);
    return tasks;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { child, dir } = this.#facts;
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'close');
      child.kill('SIGKILL');
      await gone;
    }
    await rm(dir, { recursive: true, force: true });
  }
}
