import { join } from 'node:path';
import type { PrivateMariadb } from '../../adapters/mariadb/private-server/start-private-mariadb.ts';
import { startTestKafka } from '../../test/support/kafka-server.ts';
import { Contest } from './contest.ts';
import { fetchDebezium } from './fetch-debezium.ts';

export interface ContestPlan {
  readonly server: PrivateMariadb;
  /** How many rows the source's table has, and the binlog after the marks. */
  readonly rows: number;
  /** Whether Debezium gets more than the settings that its manual names. */
  readonly isTuned: boolean;
  /** For the broker's and the contestants' files. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

/** Runs `work` on a contest with a broker of its own, which says when each record came in. */
export async function holdContest<Result>(
  { server, rows, isTuned, folder, say }: ContestPlan,
  work: (contest: Contest) => Promise<Result>,
): Promise<Result> {
  const classPath = await fetchDebezium(say);
  const logs = join(folder, 'kafka');
  await using kafka = await startTestKafka({
    properties: { 'log.dirs': logs, 'log.message.timestamp.type': 'LogAppendTime' },
  });
  const admin = kafka.client.admin();
  await admin.connect();
  try {
    const { broker } = kafka;
    return await work(new Contest({ server, broker, admin, logs, classPath, folder, rows, isTuned }));
  } finally {
    await admin.disconnect();
  }
}
