import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { type KafkaLogOptions, openKafkaLog } from '../../../adapters/kafka/open-kafka-log.ts';
import type { ChangeLog } from '../../../core/ports/change-log.ts';
import type { TestKafka } from '../../support/kafka-server.ts';

export interface Opened {
  readonly log: ChangeLog;
  readonly prefix: string;
  /** A name of a topic that no other test has. */
  topic(name: string): string;
  /** Opens the same log again. */
  open(options?: Partial<KafkaLogOptions>): Promise<ChangeLog>;
  /** Opens the same log for reading only. */
  openReader(): Promise<ChangeLog>;
}

export type WithLog = (
  title: string,
  body: (opened: Opened) => Promise<void>,
  options?: Partial<KafkaLogOptions>,
) => void;

/** Makes tests that have a new log on the broker, closed at their end with all that they opened of it. */
export const makeWithLog =
  (kafka: TestKafka): WithLog =>
  (title, body, options = {}) => {
    void test(title, async () => {
      const prefix = `log-${randomUUID()}`;
      const opened: ChangeLog[] = [];
      const openReader = async (more: Partial<KafkaLogOptions> = {}): Promise<ChangeLog> => {
        const log = await openKafkaLog({ brokers: [kafka.broker], prefix, ...options, ...more });
        opened.push(log);
        return log;
      };
      const open = (more: Partial<KafkaLogOptions> = {}): Promise<ChangeLog> =>
        openReader({ transactionalId: `${prefix}.capture`, ...more });
      try {
        const topic = (name: string): string => `${prefix}.${name}`;
        await body({ log: await open(), prefix, topic, open, openReader: () => openReader() });
      } finally {
        for (const log of opened) await log.close();
      }
    });
  };
