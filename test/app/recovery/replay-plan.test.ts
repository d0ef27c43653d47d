import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import { planReplay, type ReplayStart } from '../../../app/recovery/replay-plan.ts';
import type { ChangeLog } from '../../../core/ports/change-log.ts';
import { makeBatch } from '../../contracts/record-batches.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.parse('2026-11-23T08:00:00Z');

/** Three appends, an hour apart, of two tables, with alerts between. */
async function withLog(work: (log: ChangeLog) => Promise<void>): Promise<void> {
  using folder = makeTemporaryFolder();
  const { log, close } = await openEmbeddedLog({ dir: folder.path });
  try {
    for (const hour of [0, 1, 2]) {
      const at = { timestampMs: START_MS + hour * HOUR_MS };
      const seqs = (first: number) => ({ firstSeq: hour * 10 + first, lastSeq: hour * 10 + first + 1 });
      await log.append(
        [
          { ...makeBatch({ topic: 'erp.db.llx_a', values: ['1', '2'] }), ...at, ...seqs(1) },
          { ...makeBatch({ topic: 'erp.alerts', values: ['alert'] }), ...at, firstSeq: 0, lastSeq: 0 },
          { ...makeBatch({ topic: 'erp.db.llx_b', values: ['3', '4'] }), ...at, ...seqs(3) },
        ],
        [],
      );
    }
    await work(log);
  } finally {
    await close();
  }
}

const plan = async (log: ChangeLog, start: ReplayStart, selects = (_table: string) => true) => {
  const { from, topics } = await planReplay(log, { prefix: 'erp', start, selects });
  return { from, topics: Object.fromEntries(topics) };
};
const atHour = (hour: number): ReplayStart => ({ kind: 'time', timeMs: START_MS + hour * HOUR_MS });

void test('a replay begins with the batch that the time or the seq lies in', () =>
  withLog(async (log) => {
    const all = { first: 0, records: 6 };
    assert.deepEqual(await plan(log, { kind: 'seq', seq: 0 }), {
      from: null,
      topics: { 'erp.db.llx_a': all, 'erp.db.llx_b': all },
    });
    const fromSecond = await plan(log, atHour(0.5));
    assert.deepEqual(fromSecond.topics, {
      'erp.db.llx_a': { first: 2, records: 4 },
      'erp.db.llx_b': { first: 2, records: 4 },
    });
    assert.deepEqual(await plan(log, { kind: 'seq', seq: 11 }), fromSecond);
    assert.deepEqual((await plan(log, { kind: 'seq', seq: 13 })).topics, {
      'erp.db.llx_a': { first: 4, records: 2 },
      'erp.db.llx_b': { first: 2, records: 4 },
    });
    assert.deepEqual(await plan(log, atHour(2), (table) => table === 'llx_b'), {
      from: (await plan(log, atHour(2))).from,
      topics: { 'erp.db.llx_b': { first: 4, records: 2 } },
    });
  }));

void test('a place behind the end of the log is refused, with the newest time', () =>
  withLog(async (log) => {
    await assert.rejects(plan(log, atHour(3)), { code: 'CONFIG_INVALID', fix: /2026-11-23T10:00:00.000Z/ });
    await assert.rejects(plan(log, { kind: 'seq', seq: 99 }), { code: 'CONFIG_INVALID', message: /seq 99/ });
  }));

void test('what retention has dropped is refused, with the oldest that there is', () =>
  withLog(async (log) => {
    const end = (await log.end())!;
    await log.trim({ maxBytes: 8, maxAgeMs: null, keepAfter: [end] });
    const oldest = { code: 'LOG_TRIMMED', message: /oldest that it holds is seq 23 of 2026-11-23T10/ };
    await assert.rejects(plan(log, { kind: 'seq', seq: 1 }), oldest);
    await assert.rejects(plan(log, atHour(0)), oldest);
    assert.deepEqual((await plan(log, { kind: 'seq', seq: 23 })).topics, {
      'erp.db.llx_b': { first: 4, records: 2 },
    });
    await assert.rejects(plan(log, atHour(2)), oldest);
  }));
