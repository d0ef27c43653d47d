/** One transaction of very many rows, and rows of 16 MB, through `dolistream up`: how much memory it takes at most. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MariadbVersion } from '../../adapters/mariadb/private-server/start-private-mariadb.ts';
import { peakMemoryOf } from '../../bench/peers/peak-memory.ts';
import { runCli } from './cli-process.ts';
import { verdictOf } from './ddl-stress.ts';
import { startTestMariadb } from './mariadb.ts';
import { UpProcess } from './up-process.ts';

export interface HugeOutcome {
  /** Empty when source and warehouse are equal in the end. */
  readonly problems: readonly string[];
  /** Highest resident memory, bytes: before the transaction, after it, and after the large rows. */
  readonly peaks: { readonly before: number; readonly afterMany: number; readonly afterLarge: number };
  readonly seconds: number;
}

/** What one row of a MEDIUMBLOB holds at most. */
const LARGE_BYTES = (1 << 24) - 1;
const TABLES = ['many', 'large'];
// Bytes that neither compress nor repeat, the same each time.
const LARGE_VALUE = `SELECT GROUP_CONCAT(UNHEX(SHA2(CONCAT(seq, 'x'), 512)) SEPARATOR '') FROM seq_1_to_${Math.ceil(LARGE_BYTES / 64)}`;

export async function followHugeTransaction(options: {
  readonly rows: number;
  readonly version?: MariadbVersion;
}): Promise<HugeOutcome> {
  await using db = await startTestMariadb({
    version: options.version ?? 'system',
    args: ['--max-allowed-packet=128M', '--group-concat-max-len=33554432'],
  });
  await db.query(
    `CREATE TABLE many (id INT PRIMARY KEY, v INT, note VARCHAR(200));
     CREATE TABLE large (id INT PRIMARY KEY, v INT, body MEDIUMBLOB) CHARACTER SET latin1;
     INSERT INTO large SELECT 1, 1, LEFT((${LARGE_VALUE}), ${LARGE_BYTES})`,
  );
  const dataDir = await mkdtemp(join(tmpdir(), 'dolistream-huge-'));
  const source = db.captureUrl();
  const verify = async (): Promise<string[]> =>
    verdictOf(await runCli(['verify', '--data', dataDir, '--source', source, '--json']), TABLES);
  const up = await UpProcess.start({ source, dataDir });
  try {
    await up.untilStreaming();
    const problems = await verify();
    const before = peakMemoryOf(up.pid);
    const startedAt = performance.now();
    // Each row is inserted, and every tenth changed again: the binlog has it all in one piece.
    await db.query(
      `BEGIN; INSERT INTO many SELECT seq, seq, REPEAT('note ', 20) FROM seq_1_to_${options.rows};
       UPDATE many SET v = -v, note = 'changed' WHERE id MOD 10 = 0; DELETE FROM many WHERE id MOD 100 = 1; COMMIT`,
    );
    problems.push(...(await verify()));
    const afterMany = peakMemoryOf(up.pid);
    // Not by INSERT … SELECT of the same table: the server would make a file of it where all servers of a machine make theirs.
    await db.query(
      `SET @body = (SELECT REVERSE(body) FROM large); INSERT INTO large VALUES (2, 2, @body);
       UPDATE large SET v = v + 1; DELETE FROM large WHERE id = 1`,
    );
    problems.push(...(await verify()));
    const seconds = (performance.now() - startedAt) / 1000;
    const afterLarge = peakMemoryOf(up.pid);
    const code = await up.stop();
    if (code !== 0) problems.push(`dolistream up ended with exit code ${code}`);
    return { problems, peaks: { before, afterMany, afterLarge }, seconds };
  } finally {
    await up.kill9();
    await rm(dataDir, { recursive: true, force: true });
  }
}
