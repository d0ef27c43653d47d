import { randomUUID } from 'node:crypto';
import { after } from 'node:test';
import { openKafkaLog } from '../../../adapters/kafka/open-kafka-log.ts';
import { describeChangeLog } from '../../contracts/change-log-contract.ts';
import { startTestKafka } from '../../support/kafka-server.ts';

const kafka = await startTestKafka();
after(() => kafka[Symbol.asyncDispose]());

describeChangeLog('Kafka', async () => {
  const prefix = `log-${randomUUID()}`;
  const transactionalId = `${prefix}.capture`;
  return {
    open: () => openKafkaLog({ brokers: [kafka.broker], prefix, transactionalId }),
    dispose: async () => {},
  };
});
