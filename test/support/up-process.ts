/** `dolistream up` as users run it: a process of its own, which tests kill and start again. */
import { setTimeout as pause } from 'node:timers/promises';
import { type CliOptions, type CliProcess, type CliResult, startCli } from './cli-process.ts';

export interface UpOptions {
  readonly source: string;
  readonly dataDir: string;
  readonly extra?: readonly string[];
  readonly cli?: CliOptions;
}

const ASK_EVERY_MS = 100;

export class UpProcess {
  readonly #process: CliProcess;
  /** Base URL. */
  readonly http: string;

  private constructor(process: CliProcess, http: string) {
    this.#process = process;
    this.http = http;
  }

  /** Resolves when it listens; rejects with what it said when it ends instead. */
  static async start(options: UpOptions): Promise<UpProcess> {
    const args = [
      'up',
      '--source',
      options.source,
      '--data',
      options.dataDir,
      '--http',
      '127.0.0.1:0',
      '--json',
    ];
    const process = startCli([...args, ...(options.extra ?? [])], options.cli);
    const [, http] = await process.waitForOutput(/"http":"([^"]+)"/);
    return new UpProcess(process, http!);
  }

  /** Resolves when the first copy is complete and every stage runs. */
  async untilStreaming(): Promise<void> {
    for (;;) {
      const answer = await fetch(`${this.http}/ready`).catch(() => this.#endedEarly());
      if (answer.ok) return;
      await pause(ASK_EVERY_MS);
    }
  }

  /** What it said when it ended by itself. */
  async #endedEarly(): Promise<never> {
    const { code, stderr } = await this.#process.result;
    throw new Error(`dolistream up ended by itself with exit code ${code}: ${stderr}`);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Resolves with how it ended: the exit code is null unless it had ended by itself. */
  async kill9(): Promise<CliResult> {
    this.#process.kill('SIGKILL');
    return await this.#process.result;
  }

  /** Ends it as an operator would; resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.#process.kill('SIGTERM');
    return (await this.#process.result).code;
  }
}
