/** Debezium's MariaDB connector and the Kafka Connect that it runs in, from Maven Central, once per machine. */
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { installPackages } from '../../adapters/mariadb/private-server/install-packages.ts';

const run = promisify(execFile);

export const DEBEZIUM_VERSION = '3.2.0.Final';
const CONNECT_VERSION = '3.9.1';
/** Of the logging interface that Connect was built with. */
const LOGGING_VERSION = '1.7.36';
const JARS = join(homedir(), '.cache', 'dolistream', `debezium-${DEBEZIUM_VERSION}`);

const ARTIFACTS = [
  ['io.debezium', 'debezium-connector-mariadb', DEBEZIUM_VERSION],
  ['org.apache.kafka', 'connect-runtime', CONNECT_VERSION],
  ['org.apache.kafka', 'connect-json', CONNECT_VERSION],
  ['org.slf4j', 'slf4j-simple', LOGGING_VERSION],
];

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dolistream</groupId><artifactId>peer</artifactId><version>1</version>
  <dependencies>
${ARTIFACTS.map(
  ([group, artifact, version]) =>
    `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`,
).join('\n')}
  </dependencies>
</project>
`;

const succeeds = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

/** The class path of Debezium in Connect. Throws MISSING_PROGRAM when Java or Maven is not there and cannot be installed. */
export async function fetchDebezium(say: (line: string) => void): Promise<string> {
  const missing: string[] = [];
  if (!(await succeeds(run('java', ['-version'])))) missing.push('default-jre-headless');
  if (!(await succeeds(access(JARS)))) {
    if (!(await succeeds(run('mvn', ['-version'])))) missing.push('maven');
    await installMissing(missing, say);
    say(`fetching Debezium ${DEBEZIUM_VERSION} from Maven Central`);
    await fetchJars();
  } else {
    await installMissing(missing, say);
  }
  return join(JARS, '*');
}

async function installMissing(packages: readonly string[], say: (line: string) => void): Promise<void> {
  if (packages.length > 0)
    await installPackages(packages, 'Java and Maven, for measuring beside Debezium', { log: say });
}

async function fetchJars(): Promise<void> {
  await mkdir(dirname(JARS), { recursive: true });
  const work = await mkdtemp(`${JARS}.partial-`);
  try {
    await writeFile(join(work, 'pom.xml'), POM);
    const jars = join(work, 'jars');
    await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`], {
      cwd: work,
    });
    await rename(jars, JARS).catch((error: NodeJS.ErrnoException) => {
      // Another process finished first: its copy is as good.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
