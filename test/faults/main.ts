/**
 * `npm run test:faults -- [--faults N | --each N] [--seed S] [--mode embedded|kafka] [--kinds a,b] [--version system|11.4]
 * [--from K] [--minutes M] [--outage SECONDS] [--think MS] [--hold]`: faults in a row at random moments while rows change,
 * then proof that nothing was lost and nothing doubled. --each N: every kind N times, in random order. A long row in
 * pieces: --minutes ends it early, --from begins it with the K-th fault that the seed plans. --outage: every outage lasts
 * so long, not by chance. --think: mean pause of each of the two writers between transactions (none by default). --hold:
 * when something is wrong all servers and folders stay until Ctrl-C. Prints the seed, each fault, a table of the kinds,
 * and one last line; ends with 1 when anything is wrong.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import type { MariadbVersion } from '../../adapters/mariadb/private-server/start-private-mariadb.ts';
import { packageRoot } from '../../app/paths.ts';
import type { VerifyReport } from '../../app/runtime.ts';
import { createRandom } from '../../simulator/random.ts';
import { countChanges } from '../support/count-changes.ts';
import { KAFKA_FAULTS } from './kafka-kinds.ts';
import { CLOCK_JUMP, EMBEDDED_FAULTS, type Faults, FULL_DISK } from './kinds.ts';
import { KindTable, planFaults, type PlannedFault } from './plan.ts';
import { makeWorld, sleep, type World } from './world.ts';

/** Between two faults: from before the pipeline is up again to steady work. */
const LONGEST_CALM_MS = 4000;
/** A fault, or the proof, that takes longer hangs. */
const HANGS_AFTER_MS = 600_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      faults: { type: 'string', default: '200' },
      each: { type: 'string' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      mode: { type: 'string', default: 'embedded' },
      kinds: { type: 'string', default: '' },
      version: { type: 'string', default: 'system' },
      from: { type: 'string', default: '1' },
      minutes: { type: 'string', default: 'Infinity' },
      outage: { type: 'string' },
      think: { type: 'string', default: '0' },
      hold: { type: 'boolean', default: false },
    },
  });
  const mode = values.mode === 'kafka' ? 'kafka' : 'embedded';
  const all = mode === 'kafka' ? KAFKA_FAULTS : EMBEDDED_FAULTS;
  const faults = chooseFaults(all, values.kinds);
  const kinds = Object.keys(faults);
  if (kinds.length === 0) {
    say(`No fault is called ${values.kinds}; there are: ${Object.keys(all).join('; ')}`);
    return 2;
  }
  const seed = Number(values.seed);
  const random = createRandom(seed).next;
  const amount = {
    total: Number(values.faults),
    each: values.each === undefined ? null : Number(values.each),
  };
  const plan = planFaults(faults, amount, random);
  say(`faults: seed ${seed}, ${mode}, MariaDB ${values.version}, dolistream ${revision()}`);
  await using world = await makeWorld({
    ...{ mode, version: values.version as MariadbVersion, seed, thinkMs: Number(values.think) },
    smallDisk: kinds.some((kind) => kind.includes(FULL_DISK)),
    ownClock: kinds.some((kind) => kind.includes(CLOCK_JUMP)),
  });
  const first = Number(values.from);
  const until = Date.now() + Number(values.minutes) * 60_000;
  const stopping = new AbortController();
  const outageMs = values.outage === undefined ? null : Number(values.outage) * 1000;
  const run = runAll(world, plan, { random, first, until, outageMs, stopsEarly: values.hold });
  const problems = await Promise.race([run, interrupted(stopping)]).catch((error: unknown) => {
    say(`PROBLEM ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return 1;
  });
  if (problems > 0 && values.hold && !stopping.signal.aborted) await hold(world);
  return problems === 0 ? 0 : 1;
}

/** Rejects when the run is told to end: what it started then ends with it. */
function interrupted(stopping: AbortController): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        stopping.abort();
        reject(new Error(`ended by ${signal}`));
      });
    }
  });
}

/** Those whose names hold one of the words, all without words. */
function chooseFaults(all: Faults, words: string): Faults {
  const wanted = words.split(',');
  return Object.fromEntries(
    Object.entries(all).filter(([kind]) => wanted.some((word) => kind.includes(word))),
  );
}

const revision = (): string =>
  execFileSync('git', ['describe', '--always', '--dirty'], { cwd: packageRoot, encoding: 'utf8' }).trim();

interface RowOptions {
  readonly random: () => number;
  /** Number of the first fault, from 1. */
  readonly first: number;
  /** No fault begins later than this, ms since epoch. */
  readonly until: number;
  readonly outageMs: number | null;
  /** The first thing that is wrong ends it, with the world as it is then. */
  readonly stopsEarly: boolean;
}

/** Returns how much was wrong. */
async function runAll(
  world: World,
  plan: readonly PlannedFault[],
  { random, first, until, outageMs, stopsEarly }: RowOptions,
): Promise<number> {
  const from = await gtidPosition(world);
  const startedAt = Date.now();
  const table = new KindTable();
  let problems = 0;
  let faults = 0;
  for (const [index, { kind, cause, turn }] of plan.entries()) {
    if (index + 1 < first) continue;
    await sleep(random() * LONGEST_CALM_MS);
    if (Date.now() > until) {
      say(`time is over before fault ${index + 1} of ${plan.length}: go on with --from ${index + 1}`);
      break;
    }
    faults++;
    const at = new Date();
    const seconds = ((at.getTime() - startedAt) / 1000).toFixed(0).padStart(5);
    say(`${String(index + 1).padStart(4)}  ${at.toISOString()}  ${seconds} s  ${kind}`);
    await within(cause(world, { random, turn, outageMs }), `fault ${index + 1} (${kind})`);
    table.add(kind, (Date.now() - at.getTime()) / 1000);
    problems += report(world.problems.splice(0));
    if (problems > 0 && stopsEarly) return problems;
  }
  for (const line of table.lines()) say(line);
  return problems + (await within(judge(world, { from, faults }), 'the comparison'));
}

function report(problems: readonly string[]): number {
  for (const problem of problems) say(`PROBLEM ${problem}`);
  return problems.length;
}

async function within<Result>(work: Promise<Result>, what: string): Promise<Result> {
  const over = new AbortController();
  const late = sleep(HANGS_AFTER_MS, over.signal).then(() => {
    throw new Error(`${what} hangs: it was not over after ${HANGS_AFTER_MS / 1000} s`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}

/** Prints what is wrong and the last line; returns how much is wrong. */
async function judge(world: World, run: { from: string; faults: number }): Promise<number> {
  await world.stopWriters();
  const verified = await world.verify();
  const unequal = differences(verified.stdout, verified.stderr, world.tables.length);
  await world.stop();
  const { port, server } = world.db;
  const address = { port, user: server.user, password: server.password };
  const range = { database: world.db.database, from: run.from, to: await gtidPosition(world) };
  const expected = await countChanges(address, range);
  const audit = await world.audit(expected);
  const problems = [...unequal, ...world.problems, ...audit];
  report(problems);
  const events = [...expected.values()].reduce((sum, { c, u, d }) => sum + c + u + d, 0);
  const counts = audit.map((problem) => /: (\d+) events . in the log, (\d+) in the binlog/.exec(problem));
  const off = counts.flatMap((match) => (match ? [Number(match[1]) - Number(match[2])] : []));
  const lost = off.reduce((sum, by) => sum + Math.max(0, -by), 0);
  const doubled = off.reduce((sum, by) => sum + Math.max(0, by), 0);
  say(
    `faults ${run.faults}, events ${events}, lost ${lost}, doubled ${doubled}, ` +
      `tables equal ${world.tables.length - unequal.length} of ${world.tables.length}`,
  );
  return problems.length;
}

function differences(stdout: string, stderr: string, tables: number): string[] {
  if (stdout === '') return [`verify failed: ${stderr}`];
  const report = JSON.parse(stdout) as VerifyReport;
  const unequal = report.tables.filter((table) => !table.equal);
  const missing = report.tables.length < tables ? [`only ${report.tables.length} tables were compared`] : [];
  return [...missing, ...unequal.map((table) => `${table.table}: ${table.differences.join('; ')}`)];
}

async function gtidPosition(world: World): Promise<string> {
  const [row] = await world.db.query<{ gtid: string }>('SELECT @@gtid_binlog_pos AS gtid');
  return row!.gtid;
}

/** Until Ctrl-C, for whoever wants to look. */
async function hold(world: World): Promise<void> {
  const { broker } = world.servers?.kafka ?? {};
  const { url, user, password } = world.servers?.clickhouse ?? {};
  say(
    `held: ${JSON.stringify({ dataDir: world.dataDir, source: world.db.url(), broker, url, user, password })}`,
  );
  await new Promise<void>((resolve) => {
    const alive = setInterval(() => undefined, 60_000);
    process.once('SIGINT', () => {
      clearInterval(alive);
      resolve();
    });
  });
}

// Whatever an interrupted fault still waits for.
process.exit(await main());
