/**
 * A real schema registry with Confluent's routes: Apicurio 2.6, fetched with Maven once per machine and run in memory
 * on a free port. A test that needs it fails where it cannot be had.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { findFreePort } from '../../adapters/mariadb/private-server/free-port.ts';
import { installPackages } from '../../adapters/mariadb/private-server/install-packages.ts';
import { DolistreamError } from '../../core/errors.ts';

const run = promisify(execFile);

const VERSION = '2.6.13.Final';
const ARTIFACT = `io.apicurio:apicurio-registry-app:${VERSION}:zip:all`;
const FOLDER = join(homedir(), '.cache', 'dolistream', `apicurio-${VERSION}`);
const RUNNER = join(FOLDER, `apicurio-registry-app-${VERSION}-runner.jar`);
const JAVA_OPTIONS = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const LAST_LINES = 20;

const succeeds = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

async function installTools(): Promise<void> {
  const missing: string[] = [];
  if (!(await succeeds(run('java', ['-version'])))) missing.push('default-jre-headless');
  if (!(await succeeds(run('mvn', ['-version'])))) missing.push('maven');
  if (!(await succeeds(run('unzip', ['-v'])))) missing.push('unzip');
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  if (missing.length > 0) await installPackages(missing, 'What the registry of the tests needs', { log });
}

async function fetchApicurio(): Promise<void> {
  await installTools();
  if (await succeeds(access(RUNNER))) return;
  await mkdir(dirname(FOLDER), { recursive: true });
  // Unpacked beside and renamed: a half-unpacked folder must never look like a registry.
  const work = await mkdtemp(`${FOLDER}.partial-`);
  try {
    const copy = ['-q', '-B', 'dependency:copy', `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${work}`];
    await run('mvn', copy, { cwd: work });
    const zip = (await readdir(work)).find((name) => name.endsWith('.zip'))!;
    await run('unzip', ['-q', join(work, zip), '-d', join(work, 'app')]);
    // Another test file may have been first; its copy is as good.
    await rename(join(work, 'app'), FOLDER).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Ends the server however this process dies: the shell waits on a pipe that the kernel then closes. */
function guardAgainstOrphan(pid: number): ChildProcess {
  const script = 'read _; kill -KILL "$1" 2>/dev/null';
  return spawn('sh', ['-c', script, 'apicurio-guard', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
}

export class Apicurio implements AsyncDisposable {
  /** Of the server, without a path. */
  readonly origin: string;
  readonly #child: ChildProcess;

  private constructor(origin: string, child: ChildProcess) {
    this.origin = origin;
    this.#child = child;
  }

  /** An empty registry. `port`: where it must listen, for one that is to come back; a free one by default. */
  static async start(port?: number): Promise<Apicurio> {
    await fetchApicurio();
    const chosen = port ?? (await findFreePort());
    const child = spawn('java', [...JAVA_OPTIONS, '-jar', RUNNER], {
      cwd: FOLDER,
      env: { ...process.env, QUARKUS_HTTP_HOST: '127.0.0.1', QUARKUS_HTTP_PORT: String(chosen) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const guard = guardAgainstOrphan(child.pid!);
    child.once('close', () => guard.kill('SIGKILL'));
    const lines: string[] = [];
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (lines.push(line) > LAST_LINES) lines.shift();
        if (line.includes('Listening on:')) resolve();
      });
      child.once('error', reject);
      child.once('close', (code) => {
        const said = `Apicurio ended (${code}): ${lines.join(' | ')}`;
        reject(new DolistreamError('MISSING_PROGRAM', said, { fix: `Remove ${FOLDER} and try again.` }));
      });
    });
    return new Apicurio(`http://127.0.0.1:${chosen}`, child);
  }

  /** Base address of Confluent's routes. */
  get url(): string {
    return `${this.origin}/apis/ccompat/v7`;
  }

  /** Removes every subject, with its versions and rules. */
  async clear(): Promise<void> {
    const answer = await fetch(`${this.origin}/apis/registry/v2/groups/default/artifacts`, {
      method: 'DELETE',
    });
    // 404: there was nothing to remove.
    if (!answer.ok && answer.status !== 404)
      throw new Error(`Apicurio was not cleared: HTTP ${answer.status}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
