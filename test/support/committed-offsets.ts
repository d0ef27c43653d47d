/** Waiting for a consumer group that is not ours. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';

const ASK_EVERY_MS = 100;
const TIMEOUT_MS = 60_000;

/**
 * Resolves when the group has committed all that the topics, which are written in transactions, hold now. `onWait` is
 * asked between two looks; what it rejects with ends the waiting. `describe`: what to say when the group does not get there.
 */
export async function untilCommitted(
  client: Kafka,
  group: { readonly groupId: string; readonly topics: readonly string[] },
  options: { readonly onWait?: () => Promise<void>; readonly describe?: () => Promise<string> } = {},
): Promise<void> {
  const admin = client.admin();
  await admin.connect();
  const deadline = Date.now() + TIMEOUT_MS;
  try {
    for (const topic of group.topics) {
      const ends = await admin.fetchTopicOffsets(topic);
      for (;;) {
        const [committed] = await admin.fetchOffsets({ groupId: group.groupId, topics: [topic] });
        const isDone = ends.every(({ partition, high }) => {
          const found = committed!.partitions.find((place) => place.partition === partition);
          // The last offset is the mark that ends a transaction, which nobody commits.
          return Number(found?.offset ?? -1) >= Number(high) - 1;
        });
        if (isDone) break;
        if (Date.now() > deadline) {
          const said = (await options.describe?.()) ?? '';
          throw new Error(
            `${group.groupId} has not read ${topic}: ${JSON.stringify({ ends, committed })} ${said}`,
          );
        }
        await options.onWait?.();
        // Brokers tell nobody when a group commits.
        await pause(ASK_EVERY_MS);
      }
    }
  } finally {
    await admin.disconnect();
  }
}

/** Resolves when the topic is there and holds a record. */
export async function untilWritten(client: Kafka, topic: string, onWait: () => Promise<void>): Promise<void> {
  const admin = client.admin();
  await admin.connect();
  const deadline = Date.now() + TIMEOUT_MS;
  try {
    for (;;) {
      const isThere = (await admin.listTopics()).includes(topic);
      const ends = isThere ? await admin.fetchTopicOffsets(topic) : [];
      if (ends.some(({ high }) => Number(high) > 0)) return;
      if (Date.now() > deadline) throw new Error(`Nobody has written to ${topic}`);
      await onWait();
      await pause(ASK_EVERY_MS);
    }
  } finally {
    await admin.disconnect();
  }
}
