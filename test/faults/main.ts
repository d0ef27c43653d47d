/**
 * `npm run test:faults -- [--faults N] [--seed S] [--mode embedded|kafka] [--kinds a,b] [--version system|11.4]`: faults
 * in a row at random moments while rows change, then proof that nothing was lost and nothing doubled. Prints the seed,
 * each fault, and one last line; ends with 1 when anything is wrong.
 */
import { parseArgs } from 'node:util';
import type { MariadbVersion } from '../../adapters/mariadb/private-server/start-private-mariadb.ts';
import type { VerifyReport } from '../../app/runtime.ts';
import { countChanges } from '../support/count-changes.ts';
import { EMBEDDED_FAULTS, KAFKA_FAULTS } from './kinds.ts';
import { makeWorld, sleep, type World } from './world.ts';
import { createRandom } from '../../simulator/random.ts';

/** Between two faults: from before the pipeline is up again to steady work. */
const LONGEST_CALM_MS = 4000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      faults: { type: 'string', default: '200' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      mode: { type: 'string', default: 'embedded' },
      kinds: { type: 'string', default: '' },
      version: { type: 'string', default: 'system' },
    },
  });
  const mode = values.mode === 'kafka' ? 'kafka' : 'embedded';
  const all = Object.entries(mode === 'kafka' ? KAFKA_FAULTS : EMBEDDED_FAULTS);
  const wanted = values.kinds === '' ? [] : values.kinds.split(',');
  const kinds = all.filter(([name]) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
  if (kinds.length === 0) {
    say(`No fault is called ${values.kinds}; there are: ${all.map(([name]) => name).join('; ')}`);
    return 2;
  }
  const seed = Number(values.seed);
  say(`faults: seed ${seed}, ${mode}, MariaDB ${values.version}`);
  const random = createRandom(seed).next;
  await using world = await makeWorld({ mode, version: values.version as MariadbVersion, seed });
  const from = await gtidPosition(world);
  const startedAt = Date.now();
  for (let number = 1; number <= Number(values.faults); number++) {
    const [name, cause] = kinds[Math.floor(random() * kinds.length)]!;
    await sleep(random() * LONGEST_CALM_MS);
    say(
      `${String(number).padStart(4)}  ${((Date.now() - startedAt) / 1000).toFixed(0).padStart(5)} s  ${name}`,
    );
    await cause(world, random);
  }
  return await judge(world, { from, faults: Number(values.faults) });
}

/** The last line and the exit code. */
async function judge(world: World, run: { from: string; faults: number }): Promise<number> {
  await world.stopWriters();
  const verified = await world.verify();
  const unequal = differences(verified.stdout, verified.stderr, world.tables.length);
  const ended = await world.stop();
  const { port, server } = world.db;
  const address = { port, user: server.user, password: server.password };
  const range = { database: world.db.database, from: run.from, to: await gtidPosition(world) };
  const expected = await countChanges(address, range);
  const audit = await world.audit(expected);
  for (const problem of [...unequal, ...ended, ...audit]) say(`PROBLEM ${problem}`);
  const events = [...expected.values()].reduce((sum, { c, u, d }) => sum + c + u + d, 0);
  const counts = audit.map((problem) => /: (\d+) events . in the log, (\d+) in the binlog/.exec(problem));
  const off = counts.flatMap((match) => (match ? [Number(match[1]) - Number(match[2])] : []));
  const lost = off.reduce((sum, by) => sum + Math.max(0, -by), 0);
  const doubled = off.reduce((sum, by) => sum + Math.max(0, by), 0);
  say(
    `faults ${run.faults}, events ${events}, lost ${lost}, doubled ${doubled}, ` +
      `tables equal ${world.tables.length - unequal.length} of ${world.tables.length}`,
  );
  return unequal.length + ended.length + audit.length === 0 ? 0 : 1;
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

process.exitCode = await main();
