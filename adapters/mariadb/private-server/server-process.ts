/** One run of mariadbd as a child process: started, watched until it serves, stopped by its own pid. */
import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { DolistreamError } from '../../../core/errors.ts';

export interface ServerProcess {
  readonly pid: number;
  readonly exited: Promise<void>;
  /** Clean shutdown. Resolves when the process is gone; harmless when it already is. */
  stop(): Promise<void>;
  /** SIGKILL, as a power cut would. Resolves when the process is gone. */
  kill9(): Promise<void>;
}

const READY = 'ready for connections';
/** Said after the server waited for another one to leave, as it does by itself for half a minute. */
const LOCKED = /exclusive lock; file is probably in use|Unable to lock \.\/ibdata1/;

/**
 * A shell that waits on a pipe from this process and ends the server when the pipe closes, which the kernel does
 * however this process dies: Ctrl-C, crash or kill -9. No signal handler of the application is touched.
 */
function guardAgainstOrphan(pid: number): ChildProcess {
  const script = 'read _; kill -TERM "$1" 2>/dev/null';
  const guard = spawn('sh', ['-c', script, 'mariadb-guard', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  (guard.stdin as Socket).unref();
  return guard;
}

function failedToStart(reason: string, lastLines: readonly string[]): DolistreamError {
  if (lastLines.some((line) => LOCKED.test(line))) {
    return new DolistreamError('DATA_DIR_LOCKED', 'Another MariaDB uses the data folder of the private one', {
      fix: 'Stop the other one, or choose another folder.',
    });
  }
  const said = lastLines.filter((line) => line.includes('[ERROR]')).join(' | ') || lastLines.join(' | ');
  return new DolistreamError('SOURCE_UNREACHABLE', `The private MariaDB did not start (${reason}): ${said}`, {
    fix: 'Read its log, mariadb.log, in its data folder.',
  });
}

/** Resolves once the server serves; rejects when it exits first or cannot be run. `logFile` receives its log. */
export async function startServerProcess(
  program: string,
  args: readonly string[],
  logFile: string,
): Promise<ServerProcess> {
  // Its own process group: Ctrl-C in a terminal reaches us alone, and we decide the order of stopping.
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  const lastLines: string[] = [];
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ready = new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(failedToStart(error.message, lastLines)));
    child.once('close', (code, signal) => reject(failedToStart(`exit ${code ?? signal}`, lastLines)));
    createInterface({ input: child.stderr }).on('line', (line) => {
      appendFileSync(logFile, `${line}\n`);
      lastLines.push(line);
      if (lastLines.length > 20) lastLines.shift();
      if (line.includes(READY)) resolve();
    });
  });
  const guard = child.pid === undefined ? undefined : guardAgainstOrphan(child.pid);
  void exited.then(() => guard?.kill('SIGKILL'));
  await ready;
  // A server alone does not keep the application alive: when that ends, the guard ends the server.
  const log = child.stderr as Socket;
  child.unref();
  log.unref();

  const signal = async (name: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'close');
    child.ref();
    log.ref();
    child.kill(name);
    await gone;
  };
  return { pid: child.pid!, exited, stop: () => signal('SIGTERM'), kill9: () => signal('SIGKILL') };
}
