import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CopyPace } from '../../../../services/capture/backfill/copy-pace.ts';

const never = new AbortController().signal;

/** Time passes only while somebody waits. */
function makePace(maxRowsPerSecond: number | null) {
  let now = 1_000_000;
  const waits: number[] = [];
  const pace = new CopyPace({
    maxRowsPerSecond,
    busyStatements: 10,
    clock: { now: () => now },
    wait: (ms) => {
      waits.push(ms);
      now += ms;
      return Promise.resolve();
    },
  });
  return { pace, waits, elapsed: () => now - 1_000_000 };
}

const idle = (): Promise<number> => Promise.resolve(2);

void test('chunks take as long as their rows are worth at the limit', async () => {
  const { pace, elapsed } = makePace(1_000);
  for (let chunk = 0; chunk < 20; chunk++) {
    await pace.admit(never);
    await pace.settle({ rows: 500, ms: 0 }, idle, never);
  }
  await pace.admit(never);
  assert.equal(elapsed(), 10_000);
  assert.equal(pace.maxChunkRows, 1_000);
});

void test('without a limit nothing waits, and a limit can be set and lifted on the way', async () => {
  const { pace, elapsed } = makePace(null);
  await pace.settle({ rows: 1_000_000, ms: 0 }, idle, never);
  await pace.admit(never);
  assert.equal(elapsed(), 0);
  pace.maxRowsPerSecond = 100;
  await pace.settle({ rows: 200, ms: 0 }, idle, never);
  await pace.admit(never);
  assert.equal(elapsed(), 2_000);
  await pace.settle({ rows: 1_000_000, ms: 0 }, idle, never);
  pace.maxRowsPerSecond = null;
  await pace.admit(never);
  assert.equal(elapsed(), 2_000);
});

void test('a busy source gets rests as long as the reads, until it is no longer busy', async () => {
  const { pace, waits } = makePace(null);
  await pace.settle({ rows: 10, ms: 50 }, () => Promise.resolve(40), never);
  assert.deepEqual([waits, pace.isResting], [[200], true]);
  await pace.settle({ rows: 10, ms: 100_000 }, () => Promise.resolve(40), never);
  assert.deepEqual(waits, [200, 5_000]);
  await pace.settle({ rows: 10, ms: 50 }, idle, never);
  assert.deepEqual([waits, pace.isResting], [[200, 5_000], false]);
});
