import assert from 'node:assert/strict';
import { after, describe } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cursor, LoggedBatch, ReadResult, RecordBatch } from '../../../core/ports/change-log.ts';
import { keysOf, makeBatch, readAll, valuesOf } from '../../contracts/record-batches.ts';
import { startTestKafka } from '../../support/kafka-server.ts';
import { consume } from './consume.ts';
import { envelope } from './envelopes.ts';
import { makeWithLog } from './log-fixture.ts';

const PREFIX_BYTES = 5;

const kafka = await startTestKafka({ properties: { 'log.cleaner.backoff.ms': '100' } });
after(() => kafka[Symbol.asyncDispose]());
const withLog = makeWithLog(kafka);

/** As `makeBatch`, with values given as latin1, which keeps bytes. */
function bytesBatch(topic: string, records: readonly (readonly [key: string, value: string])[]): RecordBatch {
  const values = records.map(([, value]) => Buffer.from(value, 'latin1'));
  let end = 0;
  return {
    ...makeBatch({ topic, values: records.map(() => ''), keys: records.map(([key]) => key) }),
    values: Buffer.concat(values),
    valueEnds: Uint32Array.from(values, (value) => (end += value.length)),
  };
}

const texts = (batches: readonly LoggedBatch[]): string[] => batches.flatMap(valuesOf);

void describe('records of the change log on Kafka', () => {
  withLog('other consumers see Confluent keys and values, and a tombstone after a delete', async (opened) => {
    const topic = opened.topic('t');
    await opened.log.append(
      [
        bytesBatch(topic, [
          ['gone', envelope('c', 'first')],
          ['gone', envelope('d', 'first')],
          ['back', envelope('d', 'old', null)],
          ['back', envelope('c', 'new')],
          ['stays', envelope('c', 'x')],
        ]),
      ],
      [],
    );
    await opened.log.append([bytesBatch(topic, [['stays', envelope('d', 'x', null)]])], []);
    const seen = await consume(kafka.client, topic, 8);
    const described = seen.map(({ key, value }) => [
      key!.subarray(PREFIX_BYTES).toString(),
      value && value.length,
    ]);
    const lengthOf = (text: string): number => PREFIX_BYTES + Buffer.from(text, 'latin1').length;
    assert.deepEqual(described, [
      ['gone', lengthOf(envelope('c', 'first'))],
      ['gone', lengthOf(envelope('d', 'first'))],
      ['back', lengthOf(envelope('d', 'old', null))],
      ['back', lengthOf(envelope('c', 'new'))],
      ['stays', lengthOf(envelope('c', 'x'))],
      ['gone', null],
      ['stays', lengthOf(envelope('d', 'x', null))],
      ['stays', null],
    ]);
    assert.deepEqual([...seen[0]!.value!.subarray(0, PREFIX_BYTES)], [0, 0, 0, 0, 1]);
    assert.deepEqual([...seen[0]!.key!.subarray(0, PREFIX_BYTES)], [0, 0, 0, 0, 2]);
    const { batches } = await readAll(opened.log);
    assert.deepEqual(
      batches.map(({ baseOffset, count }) => [baseOffset, count]),
      [
        [0, 5],
        [5, 1],
      ],
    );
  });

  withLog(
    "a key goes to the partition to which Java's client sends it, and readers get the order back",
    async ({ log, topic }) => {
      const keys = Array.from({ length: 40 }, (_, index) => `key-${index}`);
      const values = keys.map((_, index) => `value-${index}`);
      await log.append([makeBatch({ topic: topic('ours'), keys, values })], []);
      const admin = kafka.client.admin();
      await admin.connect();
      await admin.createTopics({
        topics: [{ topic: topic('java'), numPartitions: 3 }],
        waitForLeaders: true,
      });
      await admin.disconnect();
      await kafka.runTool(
        'kafka.tools.ConsoleProducer',
        [
          ['--bootstrap-server', kafka.broker, '--topic', topic('java')],
          ['--property', 'parse.key=true', '--property', 'key.separator=|'],
        ].flat(),
        keys.map((key) => `\0\0\0\0\x02${key}|x\n`).join(''),
      );
      const places = async (name: string): Promise<Map<string, number>> => {
        const seen = await consume(kafka.client, topic(name), keys.length);
        return new Map(seen.map(({ key, partition }) => [key!.toString('latin1'), partition]));
      };
      const ours = await places('ours');
      assert.deepEqual([...ours].sort(), [...(await places('java'))].sort());
      assert.equal(new Set(ours.values()).size, 3);
      const [read] = (await readAll(log)).batches;
      assert.deepEqual([keysOf(read!), valuesOf(read!)], [keys, values]);
    },
    { partitions: 3 },
  );

  withLog(
    'a record of 2 MB is taken beside small ones, and batches larger than a megabyte are cut',
    async (opened) => {
      const big = 'x'.repeat(2_000_000);
      const many = Array.from({ length: 2_000 }, (_, index) => String(index).padEnd(1_500, '.'));
      await opened.log.append(
        [
          makeBatch({ topic: opened.topic('big'), values: ['before', big, 'after'], keys: ['1', '2', '3'] }),
          makeBatch({ topic: opened.topic('many'), values: many }),
        ],
        [],
      );
      const { batches } = await readAll(opened.log);
      assert.deepEqual(batches.map(valuesOf), [['before', big, 'after'], many]);
      await opened.log.append([makeBatch({ topic: opened.topic('big'), values: ['later'] })], []);
      assert.equal((await readAll(opened.log)).batches.at(-1)!.baseOffset, 3);
    },
  );

  withLog(
    'compressed records come back as they were',
    async ({ log, topic }) => {
      const values = Array.from({ length: 500 }, (_, index) => `value-${index}`);
      await log.append([makeBatch({ topic: topic('t'), values, keys: values })], []);
      const [read] = (await readAll(log)).batches;
      assert.deepEqual([keysOf(read!), valuesOf(read!)], [values, values]);
      assert.equal((await consume(kafka.client, topic('t'), 500)).length, 500);
    },
    { compression: 'gzip' },
  );

  withLog('a topic that the brokers compress in another way is named', async ({ log, topic }) => {
    const admin = kafka.client.admin();
    await admin.connect();
    const configEntries = [{ name: 'compression.type', value: 'lz4' }];
    await admin.createTopics({ topics: [{ topic: topic('t'), configEntries }], waitForLeaders: true });
    await admin.disconnect();
    await log.append([makeBatch({ topic: topic('t'), values: ['x'.repeat(1000)] })], []);
    await assert.rejects(readAll(log), {
      code: 'LOG_FORMAT_UNKNOWN',
      message: new RegExp(`${topic('t')}.*lz4`),
    });
  });

  withLog(
    'records that are gone though nobody trimmed the log are an error, not a gap',
    async ({ log, topic }) => {
      for (const value of ['1', '2', '3'])
        await log.append([makeBatch({ topic: topic('t'), values: [value] })], []);
      const admin = kafka.client.admin();
      await admin.connect();
      await admin.fetchTopicOffsets(topic('t')); // it must have looked at the topic first
      await admin.deleteTopicRecords({ topic: topic('t'), partitions: [{ partition: 0, offset: '3' }] });
      await admin.disconnect();
      await assert.rejects(readAll(log), { code: 'LOG_TRIMMED', message: new RegExp(topic('t')) });
    },
  );

  withLog(
    'what compaction took is left out, and reading goes on at every cursor',
    async ({ log, topic }) => {
      const admin = kafka.client.admin();
      await admin.connect();
      const settings = {
        'cleanup.policy': 'compact',
        'segment.bytes': '4096',
        'min.cleanable.dirty.ratio': '0.001',
        'max.compaction.lag.ms': '100',
      };
      const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
      await admin.createTopics({ topics: [{ topic: topic('t'), configEntries }], waitForLeaders: true });
      await admin.disconnect();
      const round = (n: number): RecordBatch =>
        makeBatch({
          topic: topic('t'),
          // Every third key is there once only, so each batch keeps some of its records and loses others.
          keys: Array.from({ length: 30 }, (_, index) =>
            index % 3 === 0 ? `once-${n}-${index}` : `key-${index}`,
          ),
          values: Array.from({ length: 30 }, (_, index) => `${n}-${index}`.padEnd(40)),
        });
      for (let n = 0; n < 8; n++) await log.append([round(n)], []);
      let read = await readAll(log);
      while (texts(read.batches).length > 150) {
        await pause(100); // the cleaner tells nobody
        read = await readAll(log);
      }
      const all = texts(read.batches);
      for (let n = 0; n < 8; n++) assert.ok(all.includes(`${n}-0`.padEnd(40)));
      assert.ok(read.batches.length > 8, 'batches with holes come in pieces');
      const offsets = read.batches.flatMap(({ baseOffset, count }) =>
        Array.from({ length: count }, (_, index) => baseOffset + index),
      );
      for (const [index, text] of all.entries()) {
        const [n, number] = text.trim().split('-').map(Number);
        assert.equal(offsets[index], n! * 30 + number!);
      }
      // The cleaner may go on meanwhile: batch by batch there are the same records, or fewer.
      const followed: string[] = [];
      let position: Cursor | null = null;
      while (position !== (await log.end())) {
        const next: ReadResult = await log.read({ from: position, maxBytes: 1, waitMs: 0 });
        followed.push(...next.batches.slice(0, 1).flatMap(valuesOf));
        position = next.batches[0]?.next ?? next.cursor;
      }
      assert.deepEqual(
        followed,
        all.filter((text) => followed.includes(text)),
      );
      const once = (text: string): boolean => Number(text.trim().split('-')[1]) % 3 === 0;
      assert.deepEqual(followed.filter(once), all.filter(once));
    },
    { cleanup: () => 'compact' },
  );

  withLog('an index that somebody else wrote to is refused with its place', async ({ log, prefix }) => {
    const producer = kafka.client.producer();
    await producer.connect();
    await producer.send({ topic: `${prefix}.commits`, messages: [{ value: 'hello' }] });
    await producer.disconnect();
    await assert.rejects(readAll(log), { code: 'LOG_CORRUPT', message: /Offset 0 .*commits/ });
  });
});
