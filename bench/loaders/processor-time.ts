/** Processor time of the processes that this one has started, by what they are (Linux). */
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** What is looked for in a command line. */
export type ProcessKinds = Readonly<Record<string, string>>;

/** Seconds of user and system time so far; of processes that have ended, nothing. */
export function processorSeconds(kinds: ProcessKinds): Record<string, number> {
  const sums = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, 0]));
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const process = readProcess(pid);
    const kind = process && Object.keys(kinds).find((name) => process.command.includes(kinds[name]!));
    if (kind) sums[kind] = sums[kind]! + process.seconds;
  }
  return sums;
}

function readProcess(pid: string): { readonly command: string; readonly seconds: number } | null {
  try {
    // The name in parentheses may hold anything; what follows it are numbers, the state first.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    const [, parent] = fields;
    if (Number(parent) !== process.pid) return null;
    const seconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    return { command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '), seconds };
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
