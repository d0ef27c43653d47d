/** `dolistream run SERVICE` for several services, each a process of its own, over real Kafka and a real registry. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type CliProcess, type CliResult, runCli, startCli } from './cli-process.ts';

export type ServiceName = 'capture' | 'load' | 'lake' | 'analytics' | 'alerts' | 'monitor';

export interface ServiceGroupOptions {
  readonly source: string;
  /** `host:port`. */
  readonly broker: string;
  readonly registryUrl: string;
  /** Parent of the services' data folders. */
  readonly dataDir: string;
  readonly extra?: readonly string[];
  /** Of the services and of commands that ask them. */
  readonly env?: Readonly<Record<string, string>>;
}

const ASK_EVERY_MS = 100;

export class ServiceGroup implements AsyncDisposable {
  readonly #options: ServiceGroupOptions;
  readonly #running = new Map<ServiceName, { process: CliProcess; http: string }>();

  constructor(options: ServiceGroupOptions) {
    this.#options = options;
  }

  /** Resolves when all of them listen. */
  async start(...names: readonly ServiceName[]): Promise<void> {
    await Promise.all(names.map((name) => this.#startOne(name)));
  }

  /** Starts a service in another parent folder, as on another machine. */
  async startElsewhere(name: ServiceName, folder: string): Promise<void> {
    await this.#startOne(name, join(this.#options.dataDir, folder));
  }

  /** Resolves when the services do their work: capture follows the stream, the others run. */
  async untilReady(...names: readonly ServiceName[]): Promise<void> {
    for (const name of names) {
      while (!(await this.#isReady(name))) await pause(ASK_EVERY_MS);
    }
  }

  async kill9(name: ServiceName): Promise<void> {
    const service = this.#running.get(name);
    if (!service) return;
    this.#running.delete(name);
    service.process.kill('SIGKILL');
    await service.process.result;
  }

  /** SIGSTOP or SIGCONT: a process that sleeps through what others do. */
  signal(name: ServiceName, signal: NodeJS.Signals): void {
    this.#running.get(name)?.process.kill(signal);
  }

  /** Gives the running process of this name up to the caller, so that another can be started. */
  release(name: ServiceName): CliProcess {
    const { process } = this.#running.get(name)!;
    this.#running.delete(name);
    return process;
  }

  url(name: ServiceName): string {
    return this.#running.get(name)!.http;
  }

  /** A command of ours that asks the process of this service. */
  ask(name: ServiceName, args: readonly string[]): Promise<CliResult> {
    return runCli([...args, '--data', `${this.#options.dataDir}/${name}`, '--source', this.#options.source]);
  }

  /** Ends all as an operator would; resolves with what ended otherwise than well. */
  async stop(): Promise<string[]> {
    const ended = [...this.#running].map(async ([name, { process }]) => {
      process.kill('SIGTERM');
      const { code, stderr } = await process.result;
      return code === 0 ? [] : [`${name} ended with exit code ${code}: ${stderr.slice(-2000)}`];
    });
    this.#running.clear();
    return (await Promise.all(ended)).flat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ process }) => process[Symbol.asyncDispose]()));
  }

  async #startOne(name: ServiceName, dataDir = this.#options.dataDir): Promise<void> {
    const { source, broker, registryUrl, extra = [], env = {} } = this.#options;
    const stores = ['--kafka-brokers', broker, '--registry-url', registryUrl, '--kafka-replicas', '1'];
    const place = ['--source', source, '--data', dataDir, '--http', '127.0.0.1:0', '--json'];
    const process = startCli(['run', name, ...stores, ...place, ...extra], { env });
    const [, http] = await process.waitForOutput(/"http":"([^"]+)"/);
    this.#running.set(name, { process, http: http! });
  }

  async #isReady(name: ServiceName): Promise<boolean> {
    const service = this.#running.get(name)!;
    try {
      return (await fetch(`${service.http}/ready`)).ok;
    } catch {
      const { code, stderr } = await service.process.result;
      throw new Error(`${name} ended by itself with exit code ${code}: ${stderr.slice(-2000)}`);
    }
  }
}
