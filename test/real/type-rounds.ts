/**
 * Random tables of every type that MariaDB has, with random values: `npx tsx test/real/type-rounds.ts [--rounds 50]
 * [--tables 12] [--versions system,11.4] [--seed N]`. What SELECT prints must be what the warehouse prints and what the lake
 * holds, from the first copy and from the stream alike. The n-th round has the seed N + n - 1, and prints it when it
 * finds something else.
 */
import { parseArgs } from 'node:util';
import type { MariadbVersion } from '../../adapters/mariadb/private-server/start-private-mariadb.ts';
import { startTestMariadb } from '../support/mariadb.ts';
import { runTypesRound } from '../support/types-round.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '50' },
      tables: { type: 'string', default: '12' },
      versions: { type: 'string', default: 'system' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  let wrong = 0;
  for (const version of values.versions.split(',') as MariadbVersion[]) {
    await using db = await startTestMariadb({ version });
    let [tables, rows] = [0, 0];
    for (let round = 0; round < Number(values.rounds); round++) {
      const seed = Number(values.seed) + round;
      const outcome = await runTypesRound(db, { seed, tables: Number(values.tables) });
      tables += outcome.tables;
      rows += outcome.rows;
      wrong += outcome.differences.length;
      for (const difference of outcome.differences) say(`  seed ${seed}: ${difference}`);
    }
    say(`MariaDB ${db.server.version}: ${values.rounds} rounds, ${tables} tables, ${rows} rows in the end`);
  }
  say(`type-rounds: ${wrong === 0 ? 'all equal' : `${wrong} difference(s)`}, first seed ${values.seed}`);
  return wrong === 0 ? 0 : 1;
}

process.exitCode = await main();
