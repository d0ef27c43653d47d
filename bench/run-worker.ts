import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { packagePath } from '../app/paths.ts';
import type { WorkerTask } from './worker.ts';

export function spawnWorker(task: WorkerTask): ChildProcess {
  return spawn(
    process.execPath,
    ['--import', 'tsx', packagePath('bench', 'worker.ts'), JSON.stringify(task)],
    {
      cwd: packagePath(),
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
}

/** JSON lines that a worker prints. */
export async function* answersOf(child: ChildProcess): AsyncIterable<Record<string, unknown>> {
  for await (const line of createInterface({ input: child.stdout! }))
    yield JSON.parse(line) as Record<string, unknown>;
}

/** Runs a worker to its end and gives its last answer. */
export async function runWorker<Answer>(task: WorkerTask): Promise<Answer> {
  const child = spawnWorker(task);
  const exited = once(child, 'exit');
  let last: Record<string, unknown> | null = null;
  for await (const answer of answersOf(child)) last = answer;
  await exited;
  if (child.exitCode !== 0 || last === null)
    throw new Error(`bench worker ${task.kind} failed with exit code ${child.exitCode}`);
  return last as Answer;
}
