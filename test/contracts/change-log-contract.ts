/** What every implementation of the change log port must do. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BatchSummary, ChangeLog, Cursor, ReadResult } from '../../core/ports/change-log.ts';
import { describeCounters, describeRetention } from './change-log-retention-contract.ts';
import { describeRecords, keysOf, makeBatch, PLENTY, readAll, valuesOf } from './record-batches.ts';

export interface ChangeLogHarness {
  /** Opens the log; a second call, after `close` of the first, opens the same data again. */
  open(): Promise<ChangeLog>;
  dispose(): Promise<void>;
}

async function summariesAfter(log: ChangeLog, cursor: Cursor | null): Promise<BatchSummary[]> {
  const told: BatchSummary[] = [];
  for await (const summary of log.summaries(cursor)) told.push(summary);
  return told;
}

const HOUR_MS = 3_600_000;

export function describeChangeLog(name: string, makeHarness: () => Promise<ChangeLogHarness>): void {
  const withLog = (
    title: string,
    body: (log: ChangeLog, harness: ChangeLogHarness) => Promise<void>,
  ): void => {
    void test(title, async () => {
      const harness = await makeHarness();
      const log = await harness.open();
      try {
        await body(log, harness);
      } finally {
        await log.close();
        await harness.dispose();
      }
    });
  };

  void describe(`change log: ${name}`, () => {
    withLog('an empty log has no end, no topics, no state and nothing to read', async (log) => {
      assert.equal(await log.end(), null);
      assert.deepEqual(await log.topics(), []);
      assert.equal(await log.getState('capture'), null);
      assert.deepEqual(await readAll(log), { batches: [], cursor: null });
      assert.deepEqual(await log.lag(null), { records: 0, bytes: 0, behindMs: 0 });
    });

    withLog('a batch comes back as it was appended', async (log) => {
      const batch = {
        ...makeBatch({ topic: 'a', values: ['one', '', 'três €'], keys: ['k1', 'k2', ''], valueSchemaId: 7 }),
        firstSeq: 2 ** 40,
        lastSeq: 2 ** 40 + 2,
      };
      await log.append([batch], []);
      const { batches } = await readAll(log);
      assert.equal(batches.length, 1);
      const read = batches[0]!;
      assert.deepEqual(valuesOf(read), ['one', '', 'três €']);
      assert.deepEqual(keysOf(read), ['k1', 'k2', '']);
      const { topic, valueSchemaId, keySchemaId, count, timestampMs, firstSeq, lastSeq } = batch;
      const { partition, baseOffset } = read;
      assert.deepEqual(
        { topic, valueSchemaId, keySchemaId, count, timestampMs, firstSeq, lastSeq, partition, baseOffset },
        {
          topic: read.topic,
          valueSchemaId: read.valueSchemaId,
          keySchemaId: read.keySchemaId,
          count: read.count,
          timestampMs: read.timestampMs,
          firstSeq: read.firstSeq,
          lastSeq: read.lastSeq,
          partition: 0,
          baseOffset: 0,
        },
      );
    });

    withLog('summaries tell what follows a cursor, without the records', async (log) => {
      await log.append([makeBatch({ topic: 'a', values: ['one', 'two'] })], []);
      const middle = await log.end();
      await log.append(
        [makeBatch({ topic: 'b', values: ['x'] }), makeBatch({ topic: 'a', values: ['three'] })],
        [],
      );
      const told = await summariesAfter(log, middle);
      assert.deepEqual(
        told.map(({ topic, baseOffset, count, bytes }) => ({ topic, baseOffset, count, bytes })),
        [
          { topic: 'b', baseOffset: 0, count: 1, bytes: 1 },
          { topic: 'a', baseOffset: 2, count: 1, bytes: 5 },
        ],
      );
      assert.equal(told.at(-1)!.next, await log.end());
      assert.equal((await summariesAfter(log, null)).length, 3);
      assert.deepEqual(await summariesAfter(log, await log.end()), []);
      const after = await log.read({ from: told[0]!.next, maxBytes: PLENTY, waitMs: 0 });
      assert.deepEqual(after.batches.map(valuesOf), [['three']]);
    });

    withLog('records without keys come back without keys', async (log) => {
      await log.append([makeBatch({ topic: 'a', values: ['x', 'y'] })], []);
      const read = (await readAll(log)).batches[0]!;
      assert.equal(read.keySchemaId, null);
      assert.deepEqual(keysOf(read), ['', '']);
    });

    withLog('order holds over all topics, and each topic counts its own offsets', async (log) => {
      await log.append(
        [
          makeBatch({ topic: 'a', values: ['1', '2'] }),
          makeBatch({ topic: 'ddl', values: ['alter'] }),
          makeBatch({ topic: 'a', values: ['3'] }),
        ],
        [],
      );
      await log.append(
        [makeBatch({ topic: 'b', values: ['4'] }), makeBatch({ topic: 'a', values: ['5'] })],
        [],
      );
      assert.deepEqual(describeRecords((await readAll(log)).batches), [
        'a@0=1',
        'a@1=2',
        'ddl@0=alter',
        'a@2=3',
        'b@0=4',
        'a@3=5',
      ]);
    });

    withLog('batches and states survive closing and opening again', async (log, harness) => {
      await log.append(
        [makeBatch({ topic: 'a', values: ['1'] })],
        [{ owner: 'capture', state: { at: 'gtid' } }],
      );
      const end = await log.end();
      await log.close();
      const again = await harness.open();
      assert.deepEqual(describeRecords((await readAll(again)).batches), ['a@0=1']);
      assert.deepEqual(await again.getState('capture'), { at: 'gtid' });
      assert.equal(await again.end(), end);
      await again.append([makeBatch({ topic: 'a', values: ['2'] })], []);
      assert.deepEqual(describeRecords((await readAll(again, end)).batches), ['a@1=2']);
      await again.close();
    });

    withLog('states of several owners are kept apart, and the last one counts', async (log) => {
      await log.setState([
        { owner: 'lake', state: '1' },
        { owner: 'warehouse', state: [1, null, { deep: true }] },
      ]);
      await log.setState([{ owner: 'lake', state: '2' }]);
      assert.equal(await log.getState('lake'), '2');
      assert.deepEqual(await log.getState('warehouse'), [1, null, { deep: true }]);
      assert.equal(await log.end(), null);
    });

    withLog('reading goes on at the cursor of any batch', async (log) => {
      const topics = ['a', 'b', 'a', 'c'];
      for (const [index, topic] of topics.entries()) {
        await log.append([makeBatch({ topic, values: [String(index)] })], []);
      }
      const { batches } = await readAll(log);
      for (const [index, batch] of batches.entries()) {
        const rest = await readAll(log, batch.next);
        assert.deepEqual(rest.batches.flatMap(valuesOf), ['0', '1', '2', '3'].slice(index + 1));
      }
      assert.equal(batches.at(-1)!.next, await log.end());
    });

    withLog('maxBytes bounds a read, but one batch always comes', async (log) => {
      const big = 'x'.repeat(1000);
      for (let n = 0; n < 4; n++) await log.append([makeBatch({ topic: 'a', values: [big] })], []);
      const two = await log.read({ from: null, maxBytes: 2000, waitMs: 0 });
      assert.equal(two.batches.length, 2);
      assert.equal(two.cursor, two.batches[1]!.next);
      const one = await log.read({ from: two.cursor, maxBytes: 1, waitMs: 0 });
      assert.equal(one.batches.length, 1);
    });

    withLog('until ends a read at its cursor without waiting', async (log) => {
      for (const value of ['1', '2', '3']) await log.append([makeBatch({ topic: 'a', values: [value] })], []);
      const until = (await readAll(log)).batches[1]!.next;
      const read = await log.read({ from: null, maxBytes: PLENTY, until, waitMs: HOUR_MS });
      assert.deepEqual(read.batches.flatMap(valuesOf), ['1', '2']);
      assert.equal(read.cursor, until);
      const nothing = await log.read({ from: read.cursor, maxBytes: PLENTY, until, waitMs: HOUR_MS });
      assert.deepEqual(nothing, { batches: [], cursor: until });
    });

    withLog('topics that are not asked for are skipped, and the cursor passes them', async (log) => {
      for (const topic of ['a', 'b', 'a', 'b']) await log.append([makeBatch({ topic, values: [topic] })], []);
      const onlyA = await log.read({
        from: null,
        maxBytes: PLENTY,
        waitMs: 0,
        topics: (topic) => topic === 'a',
      });
      assert.deepEqual(describeRecords(onlyA.batches), ['a@0=a', 'a@1=a']);
      const none = await log.read({ from: null, maxBytes: PLENTY, waitMs: 0, topics: () => false });
      assert.deepEqual(none, { batches: [], cursor: await log.end() });
    });

    withLog('a waiting read comes back with the append it waited for', async (log) => {
      await log.append([makeBatch({ topic: 'a', values: ['old'] })], []);
      const from = await log.end();
      const waiting = log.read({ from, maxBytes: PLENTY, waitMs: HOUR_MS });
      await log.append([makeBatch({ topic: 'a', values: ['new'] })], []);
      assert.deepEqual(describeRecords((await waiting).batches), ['a@1=new']);
    });

    withLog('a waiting read is not ended by topics it does not want', async (log) => {
      const topics = (topic: string): boolean => topic === 'wanted';
      const waiting = log.read({ from: null, maxBytes: PLENTY, waitMs: HOUR_MS, topics });
      await log.append([makeBatch({ topic: 'other', values: ['1'] })], []);
      await log.append([makeBatch({ topic: 'wanted', values: ['2'] })], []);
      assert.deepEqual(describeRecords((await waiting).batches), ['wanted@0=2']);
    });

    withLog('a waiting read comes back empty when its time is over', async (log) => {
      assert.deepEqual(await log.read({ from: null, maxBytes: PLENTY, waitMs: 5 }), {
        batches: [],
        cursor: null,
      });
    });

    withLog('an aborted read comes back empty', async (log) => {
      const controller = new AbortController();
      const waiting = log.read({ from: null, maxBytes: PLENTY, waitMs: HOUR_MS, signal: controller.signal });
      controller.abort();
      assert.deepEqual(await waiting, { batches: [], cursor: null });
      await log.append([makeBatch({ topic: 'a', values: ['1'] })], []);
      const late = await log.read({
        from: null,
        maxBytes: PLENTY,
        waitMs: HOUR_MS,
        signal: controller.signal,
      });
      assert.deepEqual(late, { batches: [], cursor: null });
    });

    withLog('readers that run beside appends each see every record once and in order', async (log) => {
      const last = 200;
      const follow = async (): Promise<string[]> => {
        const seen: string[] = [];
        let from: Cursor | null = null;
        while (seen.at(-1) !== String(last)) {
          const read: ReadResult = await log.read({ from, maxBytes: 100, waitMs: HOUR_MS });
          seen.push(...read.batches.flatMap(valuesOf));
          from = read.cursor;
        }
        return seen;
      };
      const readers = [follow(), follow(), follow()];
      for (let n = 1; n <= last; n++) {
        await log.append(
          [makeBatch({ topic: `t${n % 3}`, values: [String(n)] })],
          [{ owner: 'o', state: n }],
        );
      }
      const expected = Array.from({ length: last }, (_, index) => String(index + 1));
      for (const seen of await Promise.all(readers)) assert.deepEqual(seen, expected);
    });

    withLog('appends of several owners at the same time all arrive', async (log) => {
      await Promise.all(
        ['capture', 'analytics', 'backfill'].map(async (owner) => {
          for (let n = 0; n < 20; n++) {
            await log.append([makeBatch({ topic: owner, values: [String(n)] })], [{ owner, state: n }]);
          }
        }),
      );
      const { batches } = await readAll(log);
      for (const owner of ['capture', 'analytics', 'backfill']) {
        const own = batches.filter((batch) => batch.topic === owner);
        assert.deepEqual(
          own.flatMap(valuesOf),
          Array.from({ length: 20 }, (_, n) => String(n)),
        );
        assert.equal(await log.getState(owner), 19);
      }
    });

    withLog('a malformed batch is refused, and nothing of its append is kept', async (log) => {
      const good = makeBatch({ topic: 'a', values: ['1'] });
      const bad = { ...makeBatch({ topic: 'a', values: ['22'] }), valueEnds: Uint32Array.of(1) };
      await assert.rejects(log.append([good, bad], [{ owner: 'o', state: 1 }]), { code: 'INTERNAL' });
      assert.equal(await log.end(), null);
      assert.equal(await log.getState('o'), null);
      await log.append([good], []);
      assert.deepEqual(describeRecords((await readAll(log)).batches), ['a@0=1']);
    });

    describeCounters(withLog);
    describeRetention(withLog);
  });
}
