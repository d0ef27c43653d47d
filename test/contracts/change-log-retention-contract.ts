import assert from 'node:assert/strict';
import type { ChangeLog, Cursor } from '../../core/ports/change-log.ts';
import { describeRecords, makeBatch, PLENTY, readAll, valuesOf } from './record-batches.ts';

const HOUR_MS = 3_600_000;

export type WithLog = (title: string, body: (log: ChangeLog) => Promise<void>) => void;

export function describeCounters(withLog: WithLog): void {
  withLog('topics tells offsets, bytes and the newest time of each topic', async (log) => {
    await log.append([makeBatch({ topic: 'a', values: ['12', '345'], timestampMs: 5000 })], []);
    await log.append([makeBatch({ topic: 'a', values: ['6'], timestampMs: 4000 })], []);
    await log.append([makeBatch({ topic: 'b', values: ['7'], timestampMs: 6000 })], []);
    const topics = [...(await log.topics())].sort((x, y) => x.topic.localeCompare(y.topic));
    assert.deepEqual(topics, [
      { topic: 'a', partition: 0, firstOffset: 0, nextOffset: 3, bytes: 6, lastTimestampMs: 5000 },
      { topic: 'b', partition: 0, firstOffset: 0, nextOffset: 1, bytes: 1, lastTimestampMs: 6000 },
    ]);
  });

  withLog('lag counts what a cursor has not passed', async (log) => {
    await log.append([makeBatch({ topic: 'a', values: ['12', '345'], timestampMs: 1000 })], []);
    const first = await log.end();
    await log.append([makeBatch({ topic: 'b', values: ['6'], timestampMs: 4000 })], []);
    assert.deepEqual(await log.lag(null), { records: 3, bytes: 6, behindMs: 3000 });
    assert.deepEqual(await log.lag(first), { records: 1, bytes: 1, behindMs: 3000 });
    assert.deepEqual(await log.lag(await log.end()), { records: 0, bytes: 0, behindMs: 0 });
  });
}

export function describeRetention(withLog: WithLog): void {
  const appendFour = async (log: ChangeLog): Promise<Cursor[]> => {
    const now = Date.now();
    for (const [index, age] of [4, 3, 2, 1].entries()) {
      const values = [`value-${index}`];
      await log.append([makeBatch({ topic: 'a', values, timestampMs: now - age * HOUR_MS })], []);
    }
    return (await readAll(log)).batches.map((batch) => batch.next);
  };

  withLog('trimming by bytes drops whole batches from the oldest on', async (log) => {
    const cursors = await appendFour(log);
    const freed = await log.trim({ maxBytes: 16, maxAgeMs: null, keepAfter: [] });
    assert.equal(freed, 14);
    assert.deepEqual(describeRecords((await readAll(log)).batches), ['a@2=value-2', 'a@3=value-3']);
    assert.deepEqual(describeRecords((await readAll(log, cursors[0])).batches), [
      'a@2=value-2',
      'a@3=value-3',
    ]);
    const topic = (await log.topics())[0]!;
    assert.deepEqual([topic.firstOffset, topic.nextOffset, topic.bytes], [2, 4, 14]);
    const { records, bytes } = await log.lag(null);
    assert.deepEqual({ records, bytes }, { records: 2, bytes: 14 });
    assert.equal((await log.lag(cursors[2]!)).records, 1);
  });

  withLog('trimming by age drops what is older', async (log) => {
    await appendFour(log);
    await log.trim({ maxBytes: null, maxAgeMs: 2.5 * HOUR_MS, keepAfter: [] });
    assert.deepEqual(describeRecords((await readAll(log)).batches), ['a@2=value-2', 'a@3=value-3']);
  });

  withLog('trimming keeps what a consumer has not passed', async (log) => {
    const cursors = await appendFour(log);
    await log.trim({ maxBytes: 0, maxAgeMs: 0, keepAfter: [cursors[2]!, cursors[0]!] });
    const left = (await readAll(log)).batches.flatMap(valuesOf);
    assert.deepEqual(left, ['value-1', 'value-2', 'value-3']);
  });

  withLog('a policy without bounds drops nothing', async (log) => {
    await appendFour(log);
    assert.equal(await log.trim({ maxBytes: null, maxAgeMs: null, keepAfter: [] }), 0);
    assert.equal((await readAll(log)).batches.length, 4);
  });

  withLog('after everything is trimmed, offsets and cursors go on', async (log) => {
    const cursors = await appendFour(log);
    const end = await log.end();
    await log.trim({ maxBytes: 0, maxAgeMs: null, keepAfter: [] });
    assert.deepEqual(await readAll(log), { batches: [], cursor: end });
    const until = cursors[1]!;
    const trimmed = await log.read({ from: cursors[0]!, until, maxBytes: PLENTY, waitMs: HOUR_MS });
    assert.deepEqual(trimmed, { batches: [], cursor: until });
    assert.deepEqual(await log.lag(null), { records: 0, bytes: 0, behindMs: 0 });
    assert.equal(await log.end(), end);
    await log.append([makeBatch({ topic: 'a', values: ['next'] })], []);
    assert.deepEqual(describeRecords((await readAll(log)).batches), ['a@4=next']);
  });
}
