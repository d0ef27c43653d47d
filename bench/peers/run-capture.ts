import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { packagePath } from '../../app/paths.ts';
import { DolistreamError } from '../../core/errors.ts';
import { answersOf } from '../run-worker.ts';
import type { CaptureResult, CaptureTask } from './capture-to-kafka.ts';

/** Runs our capture in a process of its own until its task is done. */
export async function runCapture(task: CaptureTask): Promise<CaptureResult> {
  const script = packagePath('bench', 'peers', 'capture-to-kafka.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(task)], {
    cwd: packagePath(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let last: unknown = null;
  for await (const answer of answersOf(child)) last = answer;
  await exited;
  if (child.exitCode !== 0 || last === null)
    throw new DolistreamError('INTERNAL', `Our capture ended with exit code ${child.exitCode}`);
  return last as CaptureResult;
}
