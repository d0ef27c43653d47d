/** The real program in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { packagePath } from '../../app/paths.ts';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliProcess extends AsyncDisposable {
  readonly pid: number;
  /** Resolves when standard output holds a match; rejects when the process ends without one. */
  waitForOutput(pattern: RegExp): Promise<RegExpMatchArray>;
  /** The same for standard error. */
  waitForError(pattern: RegExp): Promise<RegExpMatchArray>;
  /** What is on standard error so far. */
  readonly errors: string;
  /** Resolves when the process has ended. */
  readonly result: Promise<CliResult>;
  kill(signal: NodeJS.Signals): void;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A module that is loaded before the program, in each of its threads. */
  readonly preload?: string;
}

/** Starts it with none of the caller's settings but PATH and HOME. */
export function startCli(args: readonly string[], options: CliOptions = {}): CliProcess {
  const { PATH, HOME } = process.env;
  const isCompiled = MAIN.endsWith('.js') && options.preload === undefined;
  const modules = [isCompiled ? undefined : packagePath('node_modules/tsx/dist/loader.mjs'), options.preload];
  const imports = modules.flatMap((module) => (module === undefined ? [] : ['--import', module]));
  const child = spawn(process.execPath, [...imports, MAIN, ...args], {
    cwd: options.cwd ?? packagePath('test'),
    env: { ...(PATH !== undefined && { PATH }), ...(HOME !== undefined && { HOME }), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8');
    child[name].on('data', (text: string) => (output[name] += text));
  }
  const result = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }));
  const waitFor = (name: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpMatchArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(output[name]);
        if (match) resolve(match);
      };
      child[name].on('data', look);
      look();
      void result.then(({ code, stderr }) => reject(new Error(`ended with ${code} first: ${stderr}`)));
    });
  return {
    pid: child.pid!,
    result,
    get errors() {
      return output.stderr;
    },
    kill: (signal) => void child.kill(signal),
    waitForOutput: (pattern) => waitFor('stdout', pattern),
    waitForError: (pattern) => waitFor('stderr', pattern),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await result;
    },
  };
}

/** TEST_PROGRAM names another one: the compiled program, which starts faster. */
const MAIN = process.env['TEST_PROGRAM'] ?? packagePath('app/cli/main.ts');

/** Runs it to its end. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  await using cli = startCli(args, options);
  return await cli.result;
}
