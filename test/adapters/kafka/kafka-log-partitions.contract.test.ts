/** The contract of the change log once more, with each topic spread over three partitions. */
import { randomUUID } from 'node:crypto';
import { after } from 'node:test';
import { openKafkaLog } from '../../../adapters/kafka/open-kafka-log.ts';
import { describeChangeLog } from '../../contracts/change-log-contract.ts';
import { startTestKafka } from '../../support/kafka-server.ts';

const kafka = await startTestKafka();
after(() => kafka[Symbol.asyncDispose]());

describeChangeLog('Kafka, three partitions, compressed', async () => {
  const prefix = `log-${randomUUID()}`;
  const transactionalId = `${prefix}.capture`;
  const options = {
    brokers: [kafka.broker],
    prefix,
    transactionalId,
    partitions: 3,
    compression: 'gzip',
  } as const;
  return {
    open: () => openKafkaLog(options),
    dispose: async () => {},
  };
});
