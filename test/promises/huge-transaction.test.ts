/**
 * Memory follows neither the rows of a transaction nor the size of a row's neighbours. A million rows:
 * `npx tsx test/real/huge-transaction.ts`.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { followHugeTransaction } from '../support/huge-transaction.ts';

const ROWS = 100_000;
/** Resident, of the whole of `dolistream up` with its engine. */
const MOST_BYTES = 1.8e9;

void describe('a transaction of very many rows, and rows of 16 MB', () => {
  void it('come through whole, within the bound of memory', async () => {
    const { problems, peaks } = await followHugeTransaction({ rows: ROWS });
    assert.deepEqual(problems, []);
    assert.ok(peaks.afterLarge < MOST_BYTES, JSON.stringify(peaks));
  });
});
