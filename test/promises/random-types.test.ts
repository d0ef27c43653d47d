/**
 * What SELECT prints is what the warehouse prints and what the lake holds, for tables and values that a seed makes up.
 * Many more rounds: `npx tsx test/real/type-rounds.ts --rounds 50`.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startTestMariadb } from '../support/mariadb.ts';
import { runTypesRound } from '../support/types-round.ts';

/** Any other will do, and the script above takes others: they decide tables, keys and values. */
const SEEDS = [1, 2];
const TABLES = 6;

void describe('random tables of every type', () => {
  void it('are the same in source, warehouse and lake, copied or streamed', async () => {
    await using db = await startTestMariadb();
    for (const seed of SEEDS) {
      const round = await runTypesRound(db, { seed, tables: TABLES });
      assert.deepEqual(round.differences, [], `seed ${seed}`);
      assert.ok(round.rows > TABLES, `seed ${seed}: ${round.rows} rows`);
    }
  });
});
