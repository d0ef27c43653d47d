import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureSinkLag } from '../../app/sink-lag.ts';
import type { ChangeLog, Cursor } from '../../core/ports/change-log.ts';

/** A log whose records were committed at these times; a cursor is how many of them were read. */
function logOf(times: readonly number[]): ChangeLog {
  const left = (cursor: Cursor | null): readonly number[] => times.slice(Number(cursor ?? 0));
  return {
    lag: (cursor: Cursor | null) => Promise.resolve({ records: left(cursor).length, bytes: 0, behindMs: 0 }),
    summaries: async function* (cursor: Cursor | null) {
      for (const timestampMs of left(cursor)) yield Promise.resolve({ timestampMs });
    },
  } as unknown as ChangeLog;
}

async function measured(cursor: Cursor, now: number): Promise<number> {
  const seen: [string, number, unknown][] = [];
  await measureSinkLag(
    {
      log: logOf([1000, 5000, 6000]),
      clock: { now: () => now },
      metrics: { gauge: (name, value, labels) => void seen.push([name, value, labels]) },
    },
    [{ name: 'warehouse', position: () => cursor }],
  );
  assert.deepEqual([seen[0]![0], seen[0]![2]], ['sink_lag_seconds', { sink: 'warehouse' }]);
  return seen[0]![1];
}

void test('the lag of a sink grows while it does not move, and is zero once all is read', async () => {
  assert.equal(await measured('1', 7000), 2);
  assert.equal(await measured('1', 67_000), 62);
  assert.equal(await measured('2', 67_000), 61);
  assert.equal(await measured('3', 67_000), 0);
});
