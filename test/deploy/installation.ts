/**
 * The services of docker-compose.yml without containers: our program compiled and laid out as the Dockerfile lays it out,
 * each service started with the command and the environment that Compose gives it, beside real servers.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findFreePort } from '../../adapters/mariadb/private-server/free-port.ts';
import { packagePath } from '../../app/paths.ts';
import { type ComposeService, environmentOf, type Values } from './compose-file.ts';

const run = promisify(execFile);
const ASK_EVERY_MS = 200;

/** Fills `folder` with what the image has in /app; answers the path of the program. */
export async function layOutImage(folder: string): Promise<string> {
  const compiler = packagePath('node_modules', 'typescript', 'bin', 'tsc');
  const config = packagePath('tsconfig.build.json');
  await run(process.execPath, [compiler, '-p', config, '--noCheck', '--outDir', join(folder, 'dist')]);
  copyFileSync(packagePath('package.json'), join(folder, 'package.json'));
  for (const name of ['schemas', 'clickhouse', 'node_modules'])
    symlinkSync(packagePath(name), join(folder, name));
  return join(folder, 'dist', 'app', 'cli', 'main.js');
}

export interface ServiceRequest {
  readonly name: string;
  readonly service: ComposeService;
  readonly values: Values;
  readonly program: string;
  readonly dataDir: string;
}

export class RunningService {
  readonly name: string;
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #said = '';

  private constructor(name: string, port: number, child: ChildProcess) {
    this.name = name;
    this.port = port;
    this.#child = child;
    this.#ended = once(child, 'close').then(([code]) => code as number | null);
    for (const stream of [child.stdout!, child.stderr!]) {
      stream
        .setEncoding('utf8')
        .on('data', (text: string) => (this.#said = (this.#said + text).slice(-4000)));
    }
  }

  static async start({ name, service, values, program, dataDir }: ServiceRequest): Promise<RunningService> {
    const port = await findFreePort();
    const { PATH = '', HOME = '' } = process.env;
    const env = {
      ...{ PATH, HOME, DOLISTREAM_DATA: dataDir },
      ...environmentOf(service, values),
      // The one difference: in a container it may listen to all, here each needs a port of its own.
      DOLISTREAM_HTTP: `127.0.0.1:${port}`,
    };
    const child = spawn(process.execPath, [program, ...service.command!], {
      cwd: dataDir,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new RunningService(name, port, child);
  }

  /** Resolves when /ready says so; rejects with what the process said when it ends instead. */
  async untilReady(): Promise<void> {
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${this.port}/ready`).catch(() => null);
      if (answer?.ok) return;
      const ended = await Promise.race([this.#ended, pause(ASK_EVERY_MS, 'runs' as const)]);
      if (ended !== 'runs') throw new Error(`${this.name} ended with ${ended}: ${this.#said}`);
    }
  }

  /** Ends it as `docker stop` does; resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.#ended;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** Asks until the answer is what is waited for. The test's own time limit ends what never comes. */
export async function untilTrue(ask: () => Promise<boolean>): Promise<void> {
  while (!(await ask())) await pause(ASK_EVERY_MS);
}
