import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { ClusterLink } from '../../../adapters/kafka/cluster-link.ts';
import { openKafkaLog } from '../../../adapters/kafka/open-kafka-log.ts';
import {
  LATEST,
  listOffsetsRequest,
  READ_COMMITTED,
  READ_UNCOMMITTED,
} from '../../../adapters/kafka/protocol/requests.ts';
import type { ChangeLog, Cursor } from '../../../core/ports/change-log.ts';
import { makeBatch, readAll, valuesOf } from '../../contracts/record-batches.ts';
import { startTestKafka } from '../../support/kafka-server.ts';
import { consume } from './consume.ts';

const KILLS = 5;
const RECORDS_PER_BATCH = 20;
const TRANSACTION_TIMEOUT_MS = 2_000;

const kafka = await startTestKafka({
  properties: { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '200' },
});
after(() => kafka[Symbol.asyncDispose]());

const script = fileURLToPath(new URL('./append-child.ts', import.meta.url));

interface AppendingChild {
  readonly process: ChildProcess;
  /** Resolves with the last number that it confirmed, once it confirmed `count` more. */
  confirmed(count: number): Promise<number>;
  kill(): Promise<number>;
}

function startChild(prefix: string): AppendingChild {
  const args = ['--import', 'tsx', script, kafka.broker, prefix, String(TRANSACTION_TIMEOUT_MS)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let last = 0;
  return {
    process: child,
    confirmed: async (count) => {
      for (let n = 0; n < count; n++) {
        const { value, done } = await lines.next();
        assert.ok(!done, 'the child ended by itself');
        last = Number(value);
      }
      return last;
    },
    kill: async () => {
      if (child.signalCode === null) {
        const closed = once(child, 'close');
        child.kill('SIGKILL');
        await closed;
      }
      for (let line = await lines.next(); !line.done; line = await lines.next()) last = Number(line.value);
      return last;
    },
  };
}

async function readEverything(log: ChangeLog): Promise<(readonly [topic: string, number: number])[]> {
  const seen: (readonly [string, number])[] = [];
  for (let from: Cursor | null = null; ;) {
    const read: Awaited<ReturnType<ChangeLog['read']>> = await log.read({
      from,
      maxBytes: 4 << 20,
      waitMs: 0,
    });
    if (read.batches.length === 0) return seen;
    for (const batch of read.batches) {
      const numbers = new Set(valuesOf(batch).map(Number));
      assert.equal(numbers.size, 1);
      assert.equal(batch.count, RECORDS_PER_BATCH);
      seen.push([batch.topic, [...numbers][0]!]);
    }
    from = read.cursor;
  }
}

/** Resolves when no transaction is open on the topics; answers whether one was. */
async function untilNoTransaction(topics: readonly string[]): Promise<boolean> {
  const link = new ClusterLink({
    brokers: [kafka.broker],
    clientId: 'test',
    ssl: null,
    sasl: null,
    connectTimeoutMs: 5_000,
    requestTimeoutMs: 5_000,
    retryForMs: 30_000,
    logger: null,
  });
  const ends = async (isolation: number): Promise<number[]> => {
    const leaders = await link.leadersOf(topics);
    const places = topics.flatMap((topic) =>
      [...leaders.get(topic)!.keys()].map((partition) => ({ topic, partition })),
    );
    const results = await link.toLeader(places[0]!, listOffsetsRequest(places, LATEST, isolation), 'read');
    return results.map(({ offset }) => offset);
  };
  let wasOpen = false;
  for (; !isDeepStrictEqual(await ends(READ_COMMITTED), await ends(READ_UNCOMMITTED)); wasOpen = true) {
    await pause(50);
  }
  link.close();
  return wasOpen;
}

/** What a consumer that is not ours reads of a topic: each number, as often as it is there. */
async function countForeign(topic: string, records: number): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for (const { value } of await consume(kafka.client, topic, records)) {
    const number = Number(value!.subarray(5).toString());
    counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  return counts;
}

void describe('the change log on Kafka keeps its word', () => {
  void test('after kill -9 an append is there as a whole or not at all, and what was confirmed is there', async () => {
    const prefix = `log-${randomUUID()}`;
    let state = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const child = startChild(prefix);
      await child.confirmed(1 + Math.floor(Math.random() * 5));
      // Anywhere in the next appends.
      await pause(Math.random() * 60);
      const confirmed = await child.kill();
      const log = await openKafkaLog({ brokers: [kafka.broker], prefix, transactionalId: `${prefix}.child` });
      state = Number(await log.getState('child'));
      assert.ok(state >= confirmed, `state ${state}, confirmed ${confirmed}`);
      const expected = Array.from({ length: state }, (_, index) =>
        ['a', 'b', 'a'].map((name) => [`${prefix}.${name}`, index + 1]),
      );
      assert.deepEqual(await readEverything(log), expected.flat());
      await log.close();
    }
    for (const [name, batches] of [
      ['a', 2],
      ['b', 1],
    ] as const) {
      const perAppend = batches * RECORDS_PER_BATCH;
      const counts = await countForeign(`${prefix}.${name}`, state * perAppend);
      assert.deepEqual(counts, new Map(Array.from({ length: state }, (_, index) => [index + 1, perAppend])));
    }
  });

  void test('a writer that slept through its transaction goes on when nobody took over', async () => {
    const prefix = `log-${randomUUID()}`;
    const child = startChild(prefix);
    try {
      const other = await openKafkaLog({
        brokers: [kafka.broker],
        prefix,
        transactionalId: `${prefix}.other`,
      });
      for (let interrupted = 0; interrupted < 2;) {
        const before = await child.confirmed(2);
        child.process.kill('SIGSTOP');
        // The broker ends what the sleeper left open.
        if (await untilNoTransaction(['a', 'b'].map((name) => `${prefix}.${name}`))) interrupted += 1;
        child.process.kill('SIGCONT');
        assert.ok((await child.confirmed(5)) >= before + 5);
      }
      await child.kill();
      const seen = await readEverything(other);
      const state = Number(await other.getState('child'));
      assert.equal(seen.length, 3 * state);
      assert.deepEqual(
        seen.map(([, number]) => number),
        Array.from({ length: 3 * state }, (_, index) => Math.floor(index / 3) + 1),
      );
      await other.close();
    } finally {
      await child.kill();
    }
  });

  void test('a broker that is killed and started again loses and doubles nothing', async () => {
    const prefix = `log-${randomUUID()}`;
    const log = await openKafkaLog({ brokers: [kafka.broker], prefix, transactionalId: `${prefix}.w` });
    const reader = await openKafkaLog({ brokers: [kafka.broker], prefix });
    let appended = 0;
    let isOver = false;
    const append = async (): Promise<void> => {
      while (!isOver) {
        const values = [String(appended + 1).padEnd(200_000)];
        const batches = ['a', 'b'].map((name) => makeBatch({ topic: `${prefix}.${name}`, values }));
        await log.append(batches, [{ owner: 'w', state: appended + 1 }]);
        appended += 1;
      }
    };
    const appending = append();
    for (const end of [() => kafka.kill9(), () => kafka.stop()]) {
      const before = appended;
      while (appended < before + 3) await pause(5);
      await end();
      await kafka.restart();
    }
    isOver = true;
    await appending;
    assert.equal(await log.getState('w'), appended);
    const { batches } = await readAll(reader);
    const expected = Array.from({ length: appended }, (_, index) => [index + 1, index + 1]);
    assert.deepEqual(batches.flatMap(valuesOf).map(Number), expected.flat());
    await Promise.all([log.close(), reader.close()]);
  });

  void test('without a broker everything rejects in time, can be tried again, and goes on when it is back', async () => {
    const prefix = `log-${randomUUID()}`;
    const options = { brokers: [kafka.broker], prefix, transactionalId: `${prefix}.w`, retryForMs: 500 };
    const log = await openKafkaLog(options);
    const batch = (value: string) => makeBatch({ topic: `${prefix}.t`, values: [value] });
    await log.append([batch('1')], [{ owner: 'o', state: 1 }]);
    const from = await log.end();
    const waiting = log.read({ from, maxBytes: 1, waitMs: 3_600_000 });
    waiting.catch(() => undefined);
    await kafka.kill9();
    const retryable = { name: 'DolistreamError', retryable: true };
    await assert.rejects(log.append([batch('2')], [{ owner: 'o', state: 2 }]), retryable);
    await assert.rejects(log.getState('o'), retryable);
    await assert.rejects(log.end(), retryable);
    await assert.rejects(log.topics(), retryable);
    await assert.rejects(waiting, retryable);
    await kafka.restart();
    assert.equal(await log.getState('o'), 1);
    await log.append([batch('2')], [{ owner: 'o', state: 2 }]);
    assert.deepEqual((await readAll(log)).batches.flatMap(valuesOf), ['1', '2']);
    await log.close();
  });
});
