import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inspect } from 'node:util';
import { openKafkaLog } from '../../../adapters/kafka/open-kafka-log.ts';
import type { Logger } from '../../../core/ports/logger.ts';
import { makeBatch, readAll, valuesOf } from '../../contracts/record-batches.ts';
import { startTestKafka } from '../../support/kafka-server.ts';

const PASSWORD = 'right-secret';
const users = `username="admin" password="${PASSWORD}" user_admin="${PASSWORD}"`;
const sasl = { mechanism: 'plain', username: 'admin', password: PASSWORD } as const;

const kafka = await startTestKafka({
  properties: {
    'listener.security.protocol.map': 'PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'sasl.mechanism.inter.broker.protocol': 'PLAIN',
    'listener.name.plaintext.sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.plaintext.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required ${users};`,
  },
  sasl,
});
after(() => kafka[Symbol.asyncDispose]());

void test('the log is written and read with a user and a password', async () => {
  const log = await openKafkaLog({
    brokers: [kafka.broker],
    prefix: 'p',
    transactionalId: 'p.capture',
    sasl,
  });
  await log.append([makeBatch({ topic: 'p.t', values: ['1'] })], [{ owner: 'o', state: 1 }]);
  assert.deepEqual((await readAll(log)).batches.flatMap(valuesOf), ['1']);
  await log.close();
});

void test('a wrong password is told at once, and is in no error and no log line', async () => {
  const said: unknown[] = [];
  const say = (...words: unknown[]): void => void said.push(words);
  const logger: Logger = { debug: say, info: say, warn: say, error: say, child: () => logger };
  const wrong = { ...sasl, password: 'wrong-secret' };
  const opening = openKafkaLog({ brokers: [kafka.broker], prefix: 'p', sasl: wrong, logger });
  const error: unknown = await opening.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error);
  assert.deepEqual(
    { ...error, cause: undefined, fix: undefined },
    {
      name: 'DolistreamError',
      code: 'LOG_AUTH',
      retryable: false,
      cause: undefined,
      fix: undefined,
    },
  );
  const everything = inspect([error, said], { depth: 10 });
  assert.ok(!everything.includes('secret'), everything);
});
