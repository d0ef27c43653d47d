import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CopyProgress } from '../../../../services/capture/backfill/copy-progress.ts';
import { CopyQueue } from '../../../../services/capture/backfill/copy-queue.ts';
import { newCopy } from '../../../../services/capture/capture-state.ts';

void test('rate and time left follow the last ten seconds, and totals the better of guess and count', () => {
  let now = 0;
  const progress = new CopyProgress({ now: () => now });
  const queue = new CopyQueue([newCopy('a'), newCopy('b')], false);
  assert.equal(progress.status(new CopyQueue([], false)), null);
  for (const copy of queue.copies) copy.estimate = { rows: 10_000, bytes: 1 };
  const a = queue.take()!;
  for (let second = 0; second < 30; second++) {
    now = second * 1_000;
    const rows = second < 15 ? 1_000 : 100;
    a.rows += rows;
    progress.add(rows);
  }
  const status = progress.status(queue)!;
  assert.equal(status.rows, 16_500);
  assert.equal(status.rowsTotal, 26_500);
  assert.equal(status.rowsPerSecond, 110);
  assert.equal(status.secondsLeft, Math.ceil(10_000 / 110));
  assert.deepEqual(status.running, [{ table: 'a', rows: 16_500, rowsTotal: 16_500, done: false }]);
  progress.tableDone(a.rows);
  queue.remove('a');
  assert.deepEqual(
    [progress.status(queue)!.tablesDone, progress.status(queue)!.tables, progress.totals.rows],
    [1, 2, 16_500],
  );
  progress.reset();
  assert.deepEqual(progress.totals, { tables: 0, rows: 0 });
});
