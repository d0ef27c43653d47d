/** Programs of others in Java: their jars from Maven Central, fetched once per machine. */
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { installPackages } from '../../adapters/mariadb/private-server/install-packages.ts';

const run = promisify(execFile);

export interface JarsRequest {
  /** Of the folder under ~/.cache/dolistream; holds the version. */
  readonly name: string;
  /** Group, artifact and version; what they need comes with them. */
  readonly artifacts: readonly (readonly [string, string, string])[];
  /** Why Java and Maven are needed, for whoever is asked to have them installed. */
  readonly purpose: string;
  readonly say: (line: string) => void;
}

const succeeds = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

/** The class path. Installs Java, and Maven where something has to be fetched; rejects when that cannot be done. */
export async function fetchJars({ name, artifacts, purpose, say }: JarsRequest): Promise<string> {
  const folder = join(homedir(), '.cache', 'dolistream', name);
  const isThere = await succeeds(access(folder));
  const missing: string[] = [];
  if (!(await succeeds(run('java', ['-version'])))) missing.push('default-jre-headless');
  if (!isThere && !(await succeeds(run('mvn', ['-version'])))) missing.push('maven');
  if (missing.length > 0) await installPackages(missing, purpose, { log: say });
  if (!isThere) {
    say(`fetching ${name} from Maven Central`);
    await copyDependencies(folder, artifacts);
  }
  return join(folder, '*');
}

async function copyDependencies(folder: string, artifacts: JarsRequest['artifacts']): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const work = await mkdtemp(`${folder}.partial-`);
  try {
    await writeFile(join(work, 'pom.xml'), pomOf(artifacts));
    const jars = join(work, 'jars');
    await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`], {
      cwd: work,
    });
    await rename(jars, folder).catch((error: NodeJS.ErrnoException) => {
      // Another process finished first: its copy is as good.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function pomOf(artifacts: JarsRequest['artifacts']): string {
  const dependencies = artifacts.map(
    ([group, artifact, version]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`,
  );
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dolistream</groupId><artifactId>jars</artifactId><version>1</version>
  <dependencies>${dependencies.join('')}</dependencies>
</project>
`;
}
