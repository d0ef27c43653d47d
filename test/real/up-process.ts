/** `dolistream up` as users run it: a process of its own, which the checks kill and start again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { packagePath } from '../../app/paths.ts';

const ASK_EVERY_MS = 100;
const MAIN = packagePath('app', 'cli', 'main.ts');

export interface UpOptions {
  readonly source: string;
  readonly dataDir: string;
  readonly extra?: readonly string[];
}

export class UpProcess {
  readonly #child: ChildProcess;
  /** Base URL, once it listens. */
  readonly http: string;

  private constructor(child: ChildProcess, http: string) {
    this.#child = child;
    this.http = http;
  }

  static async start(options: UpOptions): Promise<UpProcess> {
    const args = ['--import', 'tsx', MAIN, 'up', '--source', options.source, '--data', options.dataDir];
    const child = spawn(
      process.execPath,
      [...args, '--http', '127.0.0.1:0', '--json', ...(options.extra ?? [])],
      {
        cwd: packagePath(),
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let errors = '';
    child.stderr.on('data', (text: Buffer) => (errors = (errors + text.toString()).slice(-4000)));
    for await (const line of createInterface({ input: child.stdout })) {
      const answer = JSON.parse(line) as { http: string };
      child.stdout.resume();
      return new UpProcess(child, answer.http);
    }
    throw new Error(`dolistream up ended before it listened:\n${errors}`);
  }

  /** Resolves when the first copy is complete. */
  async untilStreaming(): Promise<void> {
    for (;;) {
      const response = await fetch(`${this.http}/ready`);
      if (response.ok) return;
      await pause(ASK_EVERY_MS);
    }
  }

  async kill9(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Resolves with the exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exited;
    return this.#child.exitCode;
  }
}

/** Runs one command to its end. */
export async function runCommand(
  args: readonly string[],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], {
    cwd: packagePath(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}
