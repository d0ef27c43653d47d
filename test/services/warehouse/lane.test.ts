import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import { DolistreamError } from '../../../core/errors.ts';
import type { ChangeLog } from '../../../core/ports/change-log.ts';
import { Lane } from '../../../services/warehouse/lane.ts';
import type { LaneWork } from '../../../services/warehouse/lane-options.ts';
import { type Segment, segmentsOf } from '../../../services/warehouse/segment.ts';
import { TestTable, tableSchema } from '../../support/events.ts';
import { noMetrics, silentLogger } from '../../support/loading.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

const OWNER = 'lane';

const laneOf = (log: ChangeLog, work: LaneWork) =>
  new Lane({
    ...{ owner: OWNER, log, work, logger: silentLogger, metrics: noMetrics },
    ...{ maxRoundBytes: 1_000_000, gatherMs: 0, takeLetters: () => Promise.resolve([]) },
  });

/** Applies rounds to a list; `fail` may throw first. */
function listingWork(applied: string[], fail: () => void = () => undefined): LaneWork {
  return {
    wants: (topic) => !topic.endsWith('skipped'),
    split: async (batch, before) =>
      segmentsOf(
        batch,
        before,
        Array.from({ length: batch.count }, (_, index) => ({ kind: 'rows', end: index + 1 })),
      ),
    // Every third record ends a round, so that rounds begin and end inside batches.
    startRound: () => {
      let records = 0;
      return () => ++records <= 3;
    },
    select: () => undefined,
    forget: () => Promise.resolve(),
    apply: (round: readonly Segment[]) => {
      fail();
      for (const { batch, start } of round) applied.push(`${batch.baseOffset + start}`);
      return Promise.resolve();
    },
  };
}

async function withLog(work: (log: ChangeLog, append: (count: number) => Promise<void>) => Promise<void>) {
  using folder = makeTemporaryFolder();
  const { log, registry, close } = await openEmbeddedLog({ dir: folder.path });
  try {
    const table = await TestTable.register(registry, tableSchema('llx_note', { rowid: 'int' }));
    let seq = 0;
    await work(log, async (count) => {
      const events = Array.from({ length: count }, () => {
        seq++;
        return { op: 'c', seq, after: { rowid: seq } } as const;
      });
      await log.append([table.batch(events)], []);
    });
  } finally {
    await close();
  }
}

/** Runs the lane until it stands at the seq. */
async function runThrough(lane: Lane, throughSeq: number): Promise<void> {
  const stop = new AbortController();
  const running = lane.run(stop.signal);
  await Promise.race([lane.gate.hold(throughSeq), running]);
  lane.gate.release();
  stop.abort();
  await running;
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index));

void test('a busy warehouse is asked again until it takes the round', async () => {
  await withLog(async (log, append) => {
    await append(5);
    let failures = 2;
    const applied: string[] = [];
    const lane = laneOf(
      log,
      listingWork(applied, () => {
        if (failures-- > 0)
          throw new DolistreamError('WAREHOUSE_FAILED', 'too many parts', { retryable: true });
      }),
    );
    await runThrough(lane, 5);
    assert.deepEqual(applied, numbers(0, 4));
  });
});

void test('a refused round stops the lane, and the next run repeats exactly that round', async () => {
  await withLog(async (log, append) => {
    await append(4);
    await append(4);
    const applied: string[] = [];
    let rounds = 0;
    const failing = laneOf(
      log,
      listingWork(applied, () => {
        if (++rounds === 2) throw new DolistreamError('WAREHOUSE_FAILED', 'no such column');
      }),
    );
    await assert.rejects(failing.run(new AbortController().signal), /no such column/);
    assert.deepEqual(applied, ['0', '1', '2']);
    await append(4);
    const roundsAfter: string[][] = [];
    const repeats: boolean[] = [];
    const work = listingWork(applied);
    const watching: LaneWork = {
      ...work,
      apply: (round, attempt) => {
        repeats.push(attempt.isRepeated);
        roundsAfter.push(round.map(({ batch, start }) => String(batch.baseOffset + start)));
        return work.apply(round, attempt);
      },
    };
    await runThrough(laneOf(log, watching), 12);
    assert.deepEqual(roundsAfter[0], ['3', '4', '5']);
    assert.deepEqual(repeats, [true, ...repeats.slice(1).map(() => false)]);
    assert.deepEqual(applied, numbers(0, 11));
  });
});

void test('a state that is not one is refused by name', async () => {
  await withLog(async (log) => {
    await log.setState([{ owner: OWNER, state: { cursor: 5, skip: 0, seq: 1 } }]);
    await assert.rejects(laneOf(log, listingWork([])).run(new AbortController().signal), /state of "lane"/);
  });
});
