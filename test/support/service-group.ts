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

/** The first process of a service goes by the service's name; further ones by what the test calls them. */
export class ServiceGroup implements AsyncDisposable {
  readonly #options: ServiceGroupOptions;
  readonly #running = new Map<string, { process: CliProcess; http: string }>();

  constructor(options: ServiceGroupOptions) {
    this.#options = options;
  }

  /** Resolves when all of them listen. */
  async start(...names: readonly ServiceName[]): Promise<void> {
    await Promise.all(names.map((name) => this.#startOne(name)));
  }

  /** Starts a service in another parent folder, as on another machine. */
  async startElsewhere(name: ServiceName, folder: string, id: string = name): Promise<void> {
    await this.#startOne(name, { id, dataDir: join(this.#options.dataDir, folder) });
  }

  /** Resolves when the services do their work: capture follows the stream, the others run. */
  async untilReady(...ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      while (!(await this.#isReady(id))) await pause(ASK_EVERY_MS);
    }
  }

  /** Resolves when the loader has so many shards of the log, as it said last. */
  async untilItHas(id: string, shards: number): Promise<void> {
    const { process } = this.#running.get(id)!;
    const told = (): string | undefined => [...process.errors.matchAll(/"shards":\[([\d,]*)\]/g)].at(-1)?.[1];
    while ((told() ?? '').split(',').filter((shard) => shard !== '').length !== shards) {
      const ended = await Promise.race([process.result, pause(ASK_EVERY_MS, null)]);
      if (ended) throw endedEarly(id, ended);
    }
  }

  /** Resolves with how it ended: the exit code is null unless it had ended by itself. Null when it does not run. */
  async kill9(id: string): Promise<CliResult | null> {
    return await this.#end(id, 'SIGKILL');
  }

  /** Ends one as an operator would. */
  async end(id: string): Promise<CliResult | null> {
    return await this.#end(id, 'SIGTERM');
  }

  /** SIGSTOP or SIGCONT: a process that sleeps through what others do. */
  signal(id: string, signal: NodeJS.Signals): void {
    this.#running.get(id)?.process.kill(signal);
  }

  /** Gives the running process of this name up to the caller, so that another can be started. */
  release(id: string): CliProcess {
    const { process } = this.#running.get(id)!;
    this.#running.delete(id);
    return process;
  }

  url(id: string): string {
    return this.#running.get(id)!.http;
  }

  /** A command of ours that asks the process of this service. */
  ask(name: ServiceName, args: readonly string[]): Promise<CliResult> {
    return runCli([...args, '--data', `${this.#options.dataDir}/${name}`, '--source', this.#options.source]);
  }

  /** Ends all as an operator would; resolves with what ended otherwise than well. */
  async stop(): Promise<string[]> {
    const ended = [...this.#running.keys()].map(async (id) => {
      const { code, stderr } = (await this.#end(id, 'SIGTERM'))!;
      return code === 0 ? [] : [`${id} ended with exit code ${code}: ${stderr.slice(-2000)}`];
    });
    return (await Promise.all(ended)).flat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ process }) => process[Symbol.asyncDispose]()));
  }

  async #end(id: string, signal: NodeJS.Signals): Promise<CliResult | null> {
    const service = this.#running.get(id);
    if (!service) return null;
    this.#running.delete(id);
    service.process.kill(signal);
    return await service.process.result;
  }

  async #startOne(
    name: ServiceName,
    { id, dataDir }: { readonly id: string; readonly dataDir: string } = {
      id: name,
      dataDir: this.#options.dataDir,
    },
  ): Promise<void> {
    const { source, broker, registryUrl, extra = [], env = {} } = this.#options;
    const stores = ['--kafka-brokers', broker, '--registry-url', registryUrl, '--kafka-replicas', '1'];
    const place = ['--source', source, '--data', dataDir, '--http', '127.0.0.1:0', '--json'];
    const process = startCli(['run', name, ...stores, ...place, ...extra], { env });
    const [, http] = await process.waitForOutput(/"http":"([^"]+)"/);
    this.#running.set(id, { process, http: http! });
  }

  async #isReady(id: string): Promise<boolean> {
    const service = this.#running.get(id)!;
    try {
      return (await fetch(`${service.http}/ready`)).ok;
    } catch {
      throw endedEarly(id, await service.process.result);
    }
  }
}

const endedEarly = (id: string, { code, stderr }: CliResult): Error =>
  new Error(`${id} ended by itself with exit code ${code}: ${stderr.slice(-2000)}`);
