import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** Ends `child` when the pipe to this process closes, which the kernel does however this process ends. */
export function endWithUs(child: ChildProcess): void {
  const script = 'read _; kill -KILL "$1" 2>/dev/null';
  const guard = spawn('sh', ['-c', script, 'peer-guard', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  (guard.stdin as Socket).unref();
  child.once('close', () => guard.kill('SIGKILL'));
}
