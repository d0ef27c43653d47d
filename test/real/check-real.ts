/**
 * The real-input check: `npm run check:real -- DIR [--kills N] [--versions system,11.4] [--kafka]`. DIR holds demo.sql.gz (a dump
 * of a Dolibarr database) and changes.sql.gz (a recorded binlog on top of it). On each MariaDB version the dump is
 * loaded, `dolistream up` follows while the recording is replayed, killed N times and MariaDB once, and in the end
 * `verify` must find every table equal, and the log and raw.events must hold each row change once and in order.
 * With --kafka the same, with each service a process of its own over a real broker and registry; a kill takes one of
 * them at random.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { MariadbVersion } from '../../adapters/mariadb/private-server/start-private-mariadb.ts';
import type { VerifyReport } from '../../app/runtime.ts';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';
import { loadDump } from './load-dump.ts';
import { openReplay, readRecordedChanges } from './recorded-changes.ts';
import type { CliResult } from '../support/cli-process.ts';
import { countChanges, type ServerAddress } from '../support/count-changes.ts';
import { type Running, startServices, startUp } from './running.ts';
import { createRandom } from '../../simulator/random.ts';

const DATABASE = 'dolibarrdemo';
const TRANSACTIONS_PER_PART = 40;
/** How long a run lives before it is killed: long enough to be anywhere between start and steady state. */
const MIN_LIFE_MS = 200;
const MAX_LIFE_MS = 3000;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      kills: { type: 'string', default: '20' },
      versions: { type: 'string', default: 'system,11.4' },
      kafka: { type: 'boolean', default: false },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  const dir = positionals[0];
  if (dir === undefined) {
    say('usage: npm run check:real -- DIR [--kills N] [--versions system,11.4] [--seed N] [--kafka]');
    return 2;
  }
  const random = createRandom(Number(values.seed)).next;
  say(`check:real: seed ${values.seed}`);
  let wrong = 0;
  for (const version of values.versions.split(',') as MariadbVersion[]) {
    wrong += await checkVersion(dir, { version, kills: Number(values.kills), random, kafka: values.kafka });
  }
  say(`check:real: ${wrong === 0 ? 'all equal, nothing lost, nothing doubled' : `${wrong} problem(s)`}`);
  return wrong === 0 ? 0 : 1;
}

interface CheckOptions {
  readonly version: MariadbVersion;
  readonly kills: number;
  readonly random: () => number;
  /** Services on Kafka instead of one process. */
  readonly kafka: boolean;
}

async function checkVersion(dir: string, options: CheckOptions): Promise<number> {
  const startedAt = Date.now();
  const seconds = (): string => `${((Date.now() - startedAt) / 1000).toFixed(0)} s`;
  await using db = await startTestMariadb({
    version: options.version,
    args: ['--sync-binlog=1', '--innodb-flush-log-at-trx-commit=1'],
  });
  const server = { port: db.port, user: db.server.user, password: db.server.password };
  await loadDump(db, DATABASE, join(dir, 'demo.sql.gz'));
  const dataDir = await mkdtemp(join(tmpdir(), 'dolistream-check-real-'));
  try {
    const from = await gtidPosition(db);
    const start = options.kafka ? startServices : startUp;
    await using running = await start({ source: db.captureUrl(DATABASE), dataDir, random: options.random });
    say(`MariaDB ${db.server.version}: ${seconds()}, first copy complete, streaming`);
    await replayUnderKills(db, server, { dir, running, options });
    say(
      `MariaDB ${db.server.version}: ${seconds()}, replayed under ${options.kills} kill -9 and one kill -9 of MariaDB`,
    );
    const verified = await running.verify();
    const ended = await running.stop();
    const expected = await countChanges(server, { database: DATABASE, from, to: await gtidPosition(db) });
    const problems = [...ended, ...verdict(verified), ...(await running.audit(expected))];
    for (const problem of problems.slice(0, 30)) say(`  PROBLEM ${problem}`);
    const changes = [...expected.values()].reduce((sum, count) => sum + count.c + count.u + count.d, 0);
    say(
      `MariaDB ${db.server.version}: ${seconds()}, ${changes} row changes audited, ${problems.length} problem(s)`,
    );
    return problems.length;
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

function verdict(verified: CliResult): string[] {
  if (verified.stdout === '') return [`verify failed (exit ${verified.code}): ${verified.stderr}`];
  const report = JSON.parse(verified.stdout) as VerifyReport;
  const unequal = report.tables.filter((table) => !table.equal);
  say(
    `  verify: ${report.tables.length - unequal.length} of ${report.tables.length} tables equal at ${report.position}`,
  );
  for (const { table, reason } of report.leftOut) say(`  left out: ${table} (${reason})`);
  const tooFew = report.tables.length < 399 ? [`only ${report.tables.length} tables were compared`] : [];
  return [...tooFew, ...unequal.map((table) => `${table.table}: ${table.differences.join('; ')}`)];
}

async function replayUnderKills(
  db: TestMariadb,
  server: ServerAddress,
  run: { dir: string; running: Running; options: CheckOptions },
): Promise<void> {
  const { kills, random } = run.options;
  const changes = await readRecordedChanges(join(run.dir, 'changes.sql.gz'), TRANSACTIONS_PER_PART);
  const half = Math.floor(changes.parts.length / 2);
  let replay = openReplay(server, changes.preamble);
  const perKill = Math.max(1, Math.ceil(changes.parts.length / (kills + 1)));
  for (const [index, part] of changes.parts.entries()) {
    await replay.play(part.text);
    if (index === half) {
      await replay.end();
      await db.server.kill9();
      await db.server.restart();
      replay = openReplay(server, changes.preamble + part.settings);
    }
    if (kills > 0 && index % perKill === perKill - 1 && index / perKill < kills) {
      await pause(MIN_LIFE_MS + random() * (MAX_LIFE_MS - MIN_LIFE_MS));
      await run.running.killAndStart();
    }
  }
  await replay.end();
}

async function gtidPosition(db: TestMariadb): Promise<string> {
  const [row] = await db.query<{ gtid: string }>('SELECT @@gtid_binlog_pos AS gtid');
  return row!.gtid;
}

process.exitCode = await main();
