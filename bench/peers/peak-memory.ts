import { readFileSync } from 'node:fs';

/** Highest resident memory of a process so far, bytes (Linux); 0 when it is gone. */
export function peakMemoryOf(pid: number | 'self'): number {
  try {
    const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(line?.[1] ?? 0) * 1024;
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return 0;
    throw error;
  }
}
