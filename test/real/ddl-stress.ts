/**
 * Schema changes as an upgrade makes them, and many more: `npx tsx test/real/ddl-stress.ts DIR [--statements 300] [--kills 10]
 * [--versions system,11.4] [--tables 60] [--seed N] [--verbose]`. DIR holds demo.sql.gz, a dump of a Dolibarr database.
 * Random DDL of every kind on so many of its tables, four sessions that change their rows, and a reader that is killed:
 * in the end `verify` must find every table equal.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { MariadbVersion } from '../../adapters/mariadb/private-server/start-private-mariadb.ts';
import { createRandom } from '../../simulator/random.ts';
import { stressWithDdl, verdictOf } from '../support/ddl-stress.ts';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';
import { loadDump } from './load-dump.ts';
import { startUp } from './running.ts';

const DATABASE = 'dolibarrdemo';
const USAGE =
  'usage: tsx test/real/ddl-stress.ts DIR [--statements 300] [--kills 10] [--versions system,11.4] [--tables 60] [--seed N] [--verbose]';

interface Options {
  readonly dump: string;
  readonly version: MariadbVersion;
  readonly statements: number;
  readonly kills: number;
  readonly tables: number;
  readonly seed: number;
  readonly verbose: boolean;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      statements: { type: 'string', default: '300' },
      kills: { type: 'string', default: '10' },
      versions: { type: 'string', default: 'system' },
      tables: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      verbose: { type: 'boolean', default: false },
    },
  });
  if (positionals[0] === undefined) {
    say(USAGE);
    return 2;
  }
  let wrong = 0;
  for (const version of values.versions.split(',') as MariadbVersion[]) {
    const problems = await stress({
      dump: join(positionals[0], 'demo.sql.gz'),
      version,
      statements: Number(values.statements),
      kills: Number(values.kills),
      tables: Number(values.tables),
      seed: Number(values.seed),
      verbose: values.verbose,
    });
    for (const problem of problems.slice(0, 30)) say(`  PROBLEM ${problem}`);
    wrong += problems.length;
  }
  say(`ddl-stress: ${wrong === 0 ? 'all equal' : `${wrong} problem(s), seed ${values.seed}`}`);
  return wrong === 0 ? 0 : 1;
}

/** What is wrong in the end. */
async function stress(options: Options): Promise<string[]> {
  const startedAt = performance.now();
  const random = createRandom(options.seed);
  await using db = await startTestMariadb({ version: options.version });
  await loadDump(db, DATABASE, options.dump);
  const dataDir = await mkdtemp(join(tmpdir(), 'dolistream-ddl-stress-'));
  try {
    const source = db.captureUrl(DATABASE);
    await using running = await startUp({ source, dataDir, random: random.next });
    const outcome = await stressWithDdl({
      ...{ db, database: DATABASE, random, killAndStart: () => running.killAndStart() },
      ...{ statements: options.statements, kills: options.kills },
      tables: await fullestTables(db, options.tables),
      say: options.verbose ? say : () => undefined,
    });
    const problems = verdictOf(await running.verify(), outcome.tables);
    const ended = await running.stop();
    say(
      `MariaDB ${db.server.version}, seed ${options.seed}: ${outcome.ddl} DDL statements (${outcome.refused} more refused), ` +
        `${outcome.rowStatements} row statements, ${options.kills} kill -9, ${outcome.tables.length} tables, ` +
        `${problems.length} unequal, ${((performance.now() - startedAt) / 1000).toFixed(0)} s`,
    );
    return [...problems, ...ended];
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Those with most rows, so that there is something to be read differently afterwards. */
async function fullestTables(db: TestMariadb, count: number): Promise<string[]> {
  const rows = await db.query<{ name: string }>(
    `SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = 'BASE TABLE'
     ORDER BY TABLE_ROWS DESC, TABLE_NAME LIMIT ?`,
    [DATABASE, count],
  );
  return rows.map(({ name }) => name);
}

process.exitCode = await main();
