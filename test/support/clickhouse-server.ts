/**
 * A ClickHouse server for tests: no package brings the real one, so this is the same engine in a process of its own,
 * behind ClickHouse's HTTP interface (clickhouse-server-child.ts). It keeps its address and its data over restarts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('./clickhouse-server-child.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface ServerOptions {
  readonly user: string;
  readonly password: string;
  /** PEM texts; without them it speaks plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export class ClickhouseServer implements AsyncDisposable {
  readonly user: string;
  readonly password: string;
  readonly #dir: string;
  readonly #options: ServerOptions;
  #port = 0;
  #child: ChildProcess | null = null;

  private constructor(dir: string, options: ServerOptions) {
    this.#dir = dir;
    this.#options = options;
    this.user = options.user;
    this.password = options.password;
  }

  static async start(options: Partial<ServerOptions> = {}): Promise<ClickhouseServer> {
    const dir = await mkdtemp(join(tmpdir(), 'dolistream-clickhouse-'));
    const server = new ClickhouseServer(dir, { user: 'dolistream', password: 'pass:w?rd', ...options });
    await server.begin();
    return server;
  }

  get url(): string {
    return `${this.#options.tls ? 'https' : 'http'}://localhost:${this.#port}`;
  }

  /** Starts it, at the address that it had before. */
  async begin(): Promise<void> {
    const settings = { ...this.#options, dir: join(this.#dir, 'data'), port: this.#port };
    const child = spawn(process.execPath, ['--import', 'tsx', CHILD, JSON.stringify(settings)], {
      cwd: ROOT,
      env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child = child;
    for await (const line of createInterface(child.stdout)) {
      const match = /^listening (\d+)$/.exec(line);
      if (!match) continue;
      this.#port = Number(match[1]);
      child.stdout.resume();
      return;
    }
    throw new Error('the ClickHouse server of the test did not start');
  }

  /** Ends it as a crash would (SIGKILL), or properly. */
  async end(signal: 'SIGKILL' | 'SIGTERM' = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
    await rm(this.#dir, { recursive: true, force: true });
  }
}
