/**
 * Loaders side by side on one Kafka broker and one ClickHouse server: records a second with one and with two of them, over
 * tables of one and of four partitions, and whether each key's events kept their order.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Apicurio } from '../test/support/apicurio.ts';
import { type LoaderRun, runLoaders } from './loaders/loader-run.ts';

export interface LoadersReport {
  readonly cores: number;
  readonly runs: readonly LoaderRun[];
  /** Two loaders against one, by the number of partitions of a table. */
  readonly second_loader: Readonly<Record<string, number>>;
}

export async function measureLoaders(options: {
  readonly records: number;
  /** Of each table, one run after the other. */
  readonly partitions: readonly number[];
  readonly folder: string;
  readonly say: (line: string) => void;
}): Promise<LoadersReport> {
  const { records, partitions, folder, say } = options;
  await using apicurio = await Apicurio.start();
  const runs: LoaderRun[] = [];
  for (const count of partitions) {
    for (const loaders of [1, 2]) {
      const run = await runLoaders({
        ...{ loaders, partitions: count, records, registryUrl: apicurio.url },
        folder: join(folder, `loaders-${loaders}-on-${count}`),
      });
      say(
        `${loaders} loaders, ${count} partitions: ${run.records_s} records/s, ${run.out_of_order} out of order`,
      );
      runs.push(run);
    }
  }
  return { cores: availableParallelism(), runs, second_loader: gains(runs) };
}

function gains(runs: readonly LoaderRun[]): Record<string, number> {
  const speed = (loaders: number, partitions: number): number =>
    runs.find((run) => run.loaders === loaders && run.partitions === partitions)!.records_s;
  const counts = [...new Set(runs.map(({ partitions }) => partitions))];
  return Object.fromEntries(
    counts.map((count) => [
      `${count} partitions`,
      Math.round((speed(2, count) / speed(1, count)) * 100) / 100,
    ]),
  );
}
