import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { openKafkaLog } from '../../../adapters/kafka/open-kafka-log.ts';
import type { ChangeLog, Cursor, LoggedBatch } from '../../../core/ports/change-log.ts';
import { describeRecords, makeBatch, PLENTY, readAll, valuesOf } from '../../contracts/record-batches.ts';
import { startTestKafka } from '../../support/kafka-server.ts';
import { makeWithLog } from './log-fixture.ts';

const HOUR_MS = 3_600_000;

const kafka = await startTestKafka();
after(() => kafka[Symbol.asyncDispose]());
const withLog = makeWithLog(kafka);

const texts = (batches: readonly LoggedBatch[]): string[] => batches.flatMap(valuesOf);

void describe('writers and readers of the change log on Kafka', () => {
  withLog(
    'a later writer with the same id takes over, and the former one is refused for good',
    async (opened) => {
      const { log: zombie, topic } = opened;
      await zombie.append([makeBatch({ topic: topic('t'), values: ['1'] })], [{ owner: 'o', state: 1 }]);
      const successor = await opened.open();
      const fenced = { code: 'LOG_FENCED', retryable: false };
      await assert.rejects(zombie.append([makeBatch({ topic: topic('t'), values: ['no'] })], []), fenced);
      await successor.append([makeBatch({ topic: topic('t'), values: ['2'] })], [{ owner: 'o', state: 2 }]);
      await assert.rejects(zombie.setState([{ owner: 'o', state: 'no' }]), fenced);
      await assert.rejects(zombie.getState('o'), fenced);
      await successor.append([makeBatch({ topic: topic('t'), values: ['3'] })], []);
      const end = await readAll(successor);
      assert.deepEqual(
        describeRecords(end.batches),
        [0, 1, 2].map((n) => `${topic('t')}@${n}=${n + 1}`),
      );
      assert.equal(await successor.getState('o'), 2);
    },
  );

  withLog(
    'writers with ids of their own share a log, each with its topics',
    async ({ log, prefix, topic, open }) => {
      const alerts = await open({ transactionalId: `${prefix}.analytics` });
      const write = async (writer: ChangeLog, name: string): Promise<void> => {
        for (let n = 0; n < 20; n++) {
          const batch = makeBatch({ topic: topic(name), values: [`${name}${n}`] });
          await writer.append([batch], [{ owner: name, state: n }]);
        }
      };
      await Promise.all([write(log, 'changes'), write(alerts, 'alerts')]);
      const { batches } = await readAll(alerts);
      for (const name of ['changes', 'alerts']) {
        const own = batches.filter((batch) => batch.topic === topic(name));
        assert.deepEqual(
          texts(own),
          Array.from({ length: 20 }, (_, n) => `${name}${n}`),
        );
        assert.equal(await log.getState(name), 19);
      }
      assert.deepEqual(texts((await readAll(log)).batches), texts(batches));
      assert.equal((await log.lag(null)).records, 40);
      await assert.rejects(alerts.append([makeBatch({ topic: topic('changes'), values: ['x'] })], []), {
        code: 'CONFIG_INVALID',
      });
    },
  );

  withLog(
    'a log opened for reading follows another process and writes nothing',
    async ({ log, topic, openReader }) => {
      const reader = await openReader();
      const waiting = reader.read({ from: null, maxBytes: PLENTY, waitMs: HOUR_MS });
      await log.append([makeBatch({ topic: topic('t'), values: ['1'] })], [{ owner: 'o', state: 'set' }]);
      assert.deepEqual(texts((await waiting).batches), ['1']);
      assert.equal(await reader.getState('o'), 'set');
      await assert.rejects(reader.setState([{ owner: 'o', state: 1 }]), { code: 'INTERNAL' });
      await log.trim({ maxBytes: 0, maxAgeMs: null, keepAfter: [] });
      await log.append([makeBatch({ topic: topic('t'), values: ['2'] })], []);
      // Its cursor was trimmed by another process: it goes on behind, as the port says.
      assert.deepEqual(texts((await readAll(reader, '0')).batches), ['2']);
    },
  );

  withLog('lag and topics are told over many appends, from every cursor', async ({ log, topic }) => {
    const cursors: (Cursor | null)[] = [null];
    for (let n = 0; n < 150; n++) {
      const batches = [1, 2].map((k) =>
        makeBatch({ topic: topic(`t${k}`), values: ['a', 'bc'], timestampMs: n }),
      );
      await log.append(batches, []);
      cursors.push(await log.end());
    }
    for (const [passed, cursor] of [...cursors.entries()].reverse()) {
      const left = 150 - passed;
      const behindMs = left === 0 ? 0 : 149 - Math.max(0, passed - 1);
      assert.deepEqual(await log.lag(cursor), { records: 4 * left, bytes: 6 * left, behindMs });
    }
    const info = (await log.topics()).map(({ nextOffset, bytes }) => [nextOffset, bytes]);
    assert.deepEqual(info, [
      [300, 450],
      [300, 450],
    ]);
  });

  withLog('a cursor of another log is refused', async ({ log, topic }) => {
    await log.append([makeBatch({ topic: topic('t'), values: ['1'] })], []);
    for (const from of ['9999', 'x', '-1', '1.2.3.4']) {
      await assert.rejects(readAll(log, from), { code: 'LOG_CORRUPT' });
    }
  });

  withLog('the names of the own notes are refused to owners', async ({ log }) => {
    await assert.rejects(log.setState([{ owner: 'log:trim', state: 1 }]), { code: 'INTERNAL' });
  });

  void test('an address that cannot be one is refused, and brokers that are not there are told in time', async () => {
    await assert.rejects(openKafkaLog({ brokers: ['nowhere'], prefix: 'p' }), { code: 'CONFIG_INVALID' });
    const absent = { brokers: ['127.0.0.1:1'], prefix: 'p', retryForMs: 300 };
    await assert.rejects(openKafkaLog(absent), { code: 'LOG_UNREACHABLE', retryable: true });
  });
});
