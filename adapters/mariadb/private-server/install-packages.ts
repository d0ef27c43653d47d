/** Installs Debian packages with apt-get, as root, without ever starting a service of theirs. */
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { DolistreamError } from '../../../core/errors.ts';

const run = promisify(execFile);

const POLICY_FILE = '/usr/sbin/policy-rc.d';
/** Debian's convention: exit code 101 forbids a package to start or stop services while it is installed. */
const FORBID_SERVICES = '#!/bin/sh\nexit 101\n';

export interface Conversation {
  /** Says what is being done, one line at a time. */
  readonly log: (line: string) => void;
  /** Asks the user; false means no. Left out: the answer is yes. */
  readonly ask?: (question: string) => Promise<boolean>;
}

async function forbidServices(): Promise<() => Promise<void>> {
  try {
    await writeFile(POLICY_FILE, FORBID_SERVICES, { flag: 'wx', mode: 0o755 });
  } catch (error) {
    // The administrator's own policy stands: it decides, and it is not removed afterwards.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return async () => {};
    throw error;
  }
  return () => rm(POLICY_FILE, { force: true });
}

async function hasApt(): Promise<boolean> {
  return run('apt-get', ['--version']).then(
    () => true,
    () => false,
  );
}

async function runApt(packages: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, maxBuffer: 64 * 1024 * 1024 };
  const allowServices = await forbidServices();
  try {
    await run('apt-get', ['update', '-q'], options);
    await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], options);
  } finally {
    await allowServices();
  }
}

/** Installs `packages`. Throws MISSING_PROGRAM with the command to type when this process cannot or may not. */
export async function installPackages(
  packages: readonly string[],
  purpose: string,
  { log, ask }: Conversation,
): Promise<void> {
  const command = `apt-get update && apt-get install -y ${packages.join(' ')}`;
  if (!(await hasApt())) {
    throw new DolistreamError('MISSING_PROGRAM', `${purpose} is needed, and this system has no apt-get`, {
      fix: `Install the equivalent of: ${packages.join(', ')}`,
    });
  }
  if (process.getuid?.() !== 0) {
    throw new DolistreamError('MISSING_PROGRAM', `${purpose} is not installed`, {
      fix: `sudo sh -c '${command}'`,
    });
  }
  if (ask !== undefined && !(await ask(`${purpose} is not installed. Install it now (${command})?`))) {
    throw new DolistreamError('MISSING_PROGRAM', `${purpose} is not installed`, { fix: command });
  }
  log(`Installing ${purpose}: ${command}`);
  try {
    await runApt(packages);
  } catch (error) {
    const stderr = String((error as { stderr?: unknown }).stderr ?? error)
      .trim()
      .split('\n')
      .slice(-3)
      .join(' ');
    throw new DolistreamError('MISSING_PROGRAM', `${purpose} could not be installed: ${stderr}`, {
      fix: command,
      retryable: true,
      cause: error,
    });
  }
}
