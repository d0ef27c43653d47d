/**
 * ClickHouse's own clients for Python, Go and Java, each with a program of ours that asks an endpoint what they ask for
 * and says what came of it (clickhouse-clients/). Clients come from their registries, programs are compiled once per
 * machine and content; a test that needs one fails where it cannot be had.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installPackages } from '../../adapters/mariadb/private-server/install-packages.ts';
import { fetchJars } from './maven-jars.ts';
import { preparePython } from './python-environment.ts';

const run = promisify(execFile);
const FOLDER = fileURLToPath(new URL('./clickhouse-clients/', import.meta.url));
const CACHE = join(homedir(), '.cache', 'dolistream');
const PYTHON_VERSION = '1.12.0';
const GO_VERSION = 'v2.50.0';
/** 0.11.0 needs a package that is not on Maven Central. */
const JAVA_VERSION = '0.10.0';

/** Where Go is unpacked by who follows its own instructions; a distribution puts it into the path. */
const GO_PLACE = '/usr/local/go/bin';
const GO_ENVIRONMENT = { ...process.env, PATH: `${process.env['PATH']}${delimiter}${GO_PLACE}` };

export interface Endpoints {
  /** `127.0.0.1:port`, for everybody of this machine. */
  readonly open: string;
  /** The same that wants the token. */
  readonly guarded: string;
  readonly token: string;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const succeeds = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

/** The folder of a compiled program; `compile` fills it when this content was never compiled here. */
async function compiled(
  name: string,
  content: string,
  compile: (folder: string) => Promise<unknown>,
): Promise<string> {
  const folder = join(CACHE, `${name}-${createHash('sha256').update(content).digest('hex').slice(0, 16)}`);
  if (await succeeds(access(folder))) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const work = await mkdtemp(`${folder}.partial-`);
  try {
    await compile(work);
    await rename(work, folder).catch((error: NodeJS.ErrnoException) => {
      // Another process finished first: its copy is as good.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}

async function report(work: Promise<{ stdout: string }>): Promise<unknown> {
  return JSON.parse((await work).stdout) as unknown;
}

export async function askWithPython({ open, guarded, token }: Endpoints): Promise<unknown> {
  const python = await preparePython('clickhouse-connect', PYTHON_VERSION);
  const ports = [open, guarded].map((address) => address.split(':')[1]!);
  return report(run(python, [join(FOLDER, 'client.py'), ...ports, token]));
}

export async function askWithGo({ open, guarded, token }: Endpoints): Promise<unknown> {
  const source = await readFile(join(FOLDER, 'client.go'), 'utf8');
  const folder = await compiled('clickhouse-go', `${GO_VERSION}\n${source}`, async (work) => {
    if (!(await succeeds(run('go', ['version'], { env: GO_ENVIRONMENT }))))
      await installPackages(['golang-go'], 'compiling a client of clickhouse-go', { log: say });
    say(`compiling a client of clickhouse-go ${GO_VERSION}`);
    const place = { cwd: work, env: GO_ENVIRONMENT };
    await writeFile(join(work, 'client.go'), source);
    await run('go', ['mod', 'init', 'client'], place);
    await run('go', ['get', `github.com/ClickHouse/clickhouse-go/v2@${GO_VERSION}`], place);
    await run('go', ['build', '-o', 'client', '.'], place);
  });
  return report(run(join(folder, 'client'), [open, guarded, token]));
}

export async function askWithJava({ open, guarded, token }: Endpoints): Promise<unknown> {
  const jars = await fetchJars({
    name: `clickhouse-jdbc-${JAVA_VERSION}`,
    artifacts: [['com.clickhouse', 'clickhouse-jdbc', JAVA_VERSION]],
    purpose: 'a client of ClickHouse’s JDBC driver',
    say,
  });
  const source = await readFile(join(FOLDER, 'Client.java'), 'utf8');
  const folder = await compiled('clickhouse-jdbc-client', `${JAVA_VERSION}\n${source}`, async (work) => {
    if (!(await succeeds(run('javac', ['-version']))))
      await installPackages(['default-jdk-headless'], 'compiling a client of the JDBC driver', { log: say });
    await cp(join(FOLDER, 'Client.java'), join(work, 'Client.java'));
    await run('javac', ['-cp', jars, '-d', work, join(work, 'Client.java')]);
  });
  // The driver logs nowhere; it says so.
  return report(run('java', ['-cp', `${jars}${delimiter}${folder}`, 'Client', open, guarded, token]));
}
