/** What a consumer that is not ours sees: kafkajs, which reads committed records only. */
import type { Kafka, KafkaMessage } from 'kafkajs';
import { randomUUID } from 'node:crypto';

export interface Seen {
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** The first `count` messages of a topic, in the order of each partition. */
export async function consume(client: Kafka, topic: string, count: number): Promise<Seen[]> {
  const consumer = client.consumer({ groupId: randomUUID() });
  const seen: Seen[] = [];
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const take = (partition: number, { offset, key, value }: KafkaMessage): void => {
        seen.push({ partition, offset: Number(offset), key, value });
        if (seen.length === count) resolve();
      };
      consumer.run({ eachMessage: async ({ partition, message }) => take(partition, message) }).catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  return seen;
}
