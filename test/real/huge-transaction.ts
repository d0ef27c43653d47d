/**
 * One transaction of a million rows and rows of 16 MB: `npx tsx test/real/huge-transaction.ts [--rows 1000000]
 * [--versions system,11.4]`. Prints the highest resident memory of `dolistream up`, which must not follow the rows.
 */
import { parseArgs } from 'node:util';
import type { MariadbVersion } from '../../adapters/mariadb/private-server/start-private-mariadb.ts';
import { followHugeTransaction } from '../support/huge-transaction.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '1000000' },
      versions: { type: 'string', default: 'system' },
    },
  });
  let wrong = 0;
  for (const version of values.versions.split(',') as MariadbVersion[]) {
    const { problems, peaks, seconds } = await followHugeTransaction({ rows: Number(values.rows), version });
    for (const problem of problems) say(`  PROBLEM ${problem}`);
    say(
      `MariaDB ${version}: ${values.rows} rows in one transaction, then rows of 16 MB: ${problems.length} problem(s) in ${seconds.toFixed(0)} s; ` +
        `peak memory ${megabytes(peaks.before)} before, ${megabytes(peaks.afterMany)} after the transaction, ${megabytes(peaks.afterLarge)} after the large rows`,
    );
    wrong += problems.length;
  }
  return wrong === 0 ? 0 : 1;
}

process.exitCode = await main();
