/** Prometheus' own checker, from Debian's package; installed when it is missing. Its server is not started. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { installPackages } from '../../adapters/mariadb/private-server/install-packages.ts';

const run = promisify(execFile);

export interface Verdict {
  readonly accepted: boolean;
  /** What it printed. */
  readonly text: string;
}

export async function installPromtool(): Promise<void> {
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  await run('promtool', ['--version']).catch(() =>
    installPackages(['prometheus'], 'What checks the rules of Prometheus', { log }),
  );
}

export async function runPromtool(args: readonly string[]): Promise<Verdict> {
  try {
    const { stdout, stderr } = await run('promtool', args);
    return { accepted: true, text: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { accepted: false, text: `${stdout}${stderr}` };
  }
}
