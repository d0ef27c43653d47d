import { EXIT } from '../../../core/errors.ts';
import { connectRuntime } from '../../connect-runtime.ts';
import { type CliIo, printJson, printLine, say } from '../cli-io.ts';
import type { Command } from '../command.ts';
import type { Lag, ReaderLag } from '../../lag.ts';
import { formatCount } from '../progress.ts';

/** Topics shown for each reader without --json. */
const SHOWN = 10;

export const lagCommand: Command = {
  name: 'lag',
  summary:
    'Show how far each reader of the change log is behind: records, bytes, seconds, by topic and partition.',
  operands: [],
  examples: [
    'lag',
    'lag --json',
    'lag --kafka-brokers kafka:9092 --registry-url http://registry:8081/apis/ccompat/v7   (any machine)',
  ],
  run: async ({ options, io, loadComposition }) => {
    const composition = await loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null });
    const readers = await connection.client.lag();
    if (options.json) printJson(io, { readers });
    else if (readers.length === 0) say(io, 'Nothing has read the change log yet.');
    else for (const reader of readers) printReader(io, reader);
    return EXIT.done;
  },
};

const formatLag = ({ records, bytes, seconds }: Lag): string =>
  records === 0
    ? 'at the end'
    : `${formatCount(records)} records, ${formatCount(Math.ceil(bytes / 1024))} KiB, ${seconds.toFixed(1)} s`;

function printReader(io: CliIo, { reader, partitions, ...lag }: ReaderLag): void {
  printLine(io, `${reader.padEnd(14)} ${formatLag(lag)}`);
  for (const { topic, partition, ...part } of partitions.slice(0, SHOWN)) {
    printLine(io, `  ${topic}/${partition}  ${formatLag(part)}`);
  }
  if (partitions.length > SHOWN) printLine(io, `  and ${partitions.length - SHOWN} more; --json has all`);
}
