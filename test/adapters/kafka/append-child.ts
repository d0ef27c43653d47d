/**
 * Appends to the log on the broker given until it is killed, and prints each number once its append is confirmed.
 * Every append holds the number in three batches of two topics and in the state.
 */
import { openKafkaLog } from '../../../adapters/kafka/open-kafka-log.ts';
import { makeBatch } from '../../contracts/record-batches.ts';

const [broker, prefix, transactionTimeoutMs] = process.argv.slice(2) as [string, string, string];
const log = await openKafkaLog({
  brokers: [broker],
  prefix,
  transactionalId: `${prefix}.child`,
  partitions: 2,
  transactionTimeoutMs: Number(transactionTimeoutMs),
});
for (let n = Number(await log.getState('child')) + 1; ; n++) {
  const values = Array.from({ length: 20 }, () => String(n).padEnd(20_000));
  const keys = values.map((_, index) => `${n}-${index}`);
  const batches = ['a', 'b', 'a'].map((name) => makeBatch({ topic: `${prefix}.${name}`, values, keys }));
  await log.append(batches, [{ owner: 'child', state: n }]);
  process.stdout.write(`${n}\n`);
}
