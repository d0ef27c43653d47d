import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('./load-child.ts', import.meta.url));

export interface LoaderRun {
  /** Folder of log and warehouse. */
  readonly dir: string;
  /** Most bytes of a round. */
  readonly roundBytes: number;
  /** ms of work after which it is killed; null: it may finish. */
  readonly killAfterMs: number | null;
}

/** Runs a loader in a process of its own; kills it, or lets it finish. True when it finished. */
export async function runLoader({ dir, roundBytes, killAfterMs }: LoaderRun): Promise<boolean> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, dir, String(roundBytes)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  let said = '';
  lines.on('line', (line) => (said = line));
  await Promise.race([once(lines, 'line'), exited]);
  if (killAfterMs !== null) {
    await Promise.race([delay(killAfterMs), exited]);
    child.kill('SIGKILL');
  }
  await exited;
  return said === 'done';
}
