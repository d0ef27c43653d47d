/** Members of a group of loaders, in this process and in others, and what they hold. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type LoaderGroupOptions, openLoaderGroup } from '../../../adapters/kafka/open-shard-group.ts';
import { packagePath } from '../../../app/paths.ts';
import { type Deferred, deferred } from '../../../core/deferred.ts';
import type { Logger } from '../../../core/ports/logger.ts';
import { silentLogger } from '../../support/loading.ts';
import type { GroupChildOptions, ShardEvent } from './group-child.ts';

const CHILD = fileURLToPath(new URL('./group-child.ts', import.meta.url));

/** What happened to the shards of a member, and a way to wait for more. */
class ShardHistory {
  readonly events: ShardEvent[] = [];
  readonly held = new Set<number>();
  #changed: Deferred<null> = deferred();

  add(event: ShardEvent): void {
    this.events.push(event);
    if (event.what === 'take') this.held.add(event.shard);
    else this.held.delete(event.shard);
    this.wake();
  }

  wake(): void {
    this.#changed.resolve(null);
    this.#changed = deferred();
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await this.#changed.promise;
  }

  untilItHas(count: number): Promise<void> {
    return this.until(() => this.held.size === count);
  }
}

export type GroupOptions = Omit<LoaderGroupOptions, 'logger'>;

/** A member in this process. Its shards are finished with when `finish` is called, or at once. */
export class LocalMember extends ShardHistory implements AsyncDisposable {
  /** True: a shard that it is to give away stays in hand until `finish`. */
  isBusy = false;
  /** Parts that it was told, the empty one included. */
  readonly parts: number[][] = [];
  readonly running: Promise<void>;
  readonly #stop = new AbortController();
  #inHand: (() => void)[] = [];

  constructor(options: GroupOptions) {
    super();
    const logger: Logger = {
      ...silentLogger,
      info: (fields) => {
        this.parts.push([...(fields as { shards: number[] }).shards]);
        this.wake();
      },
    };
    const group = openLoaderGroup(
      { ...options, logger },
      {
        take: (shard) => this.add({ what: 'take', shard }),
        release: (shard) => this.#release(shard),
      },
    );
    this.running = group.run(this.#stop.signal);
    this.running.catch(() => undefined);
  }

  /** Shards that others want and that it has not finished with. */
  get inHand(): number {
    return this.#inHand.length;
  }

  finish(): void {
    for (const finished of this.#inHand.splice(0)) finished();
  }

  async leave(): Promise<void> {
    this.#stop.abort();
    this.finish();
    this.isBusy = false;
    await this.running;
  }

  async #release(shard: number): Promise<void> {
    if (this.isBusy) {
      const finished = new Promise<void>((resolve) => this.#inHand.push(resolve));
      this.wake();
      await finished;
    }
    this.add({ what: 'release', shard });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave().catch(() => undefined);
  }
}

/** A member in a process of its own. */
export class ChildMember extends ShardHistory implements AsyncDisposable {
  readonly #child: ChildProcess;

  constructor(options: GroupChildOptions) {
    super();
    this.#child = spawn(process.execPath, ['--import', 'tsx', CHILD, JSON.stringify(options)], {
      cwd: packagePath(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface(this.#child.stdout!).on('line', (line) => this.add(JSON.parse(line) as ShardEvent));
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }

  async kill9(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill9();
  }
}
