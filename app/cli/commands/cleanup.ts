import { EXIT } from '../../../core/errors.ts';
import { connectRuntime } from '../../connect-runtime.ts';
import type { CleanedPart } from '../../upkeep/cleanup.ts';
import { printJson, printLine } from '../cli-io.ts';
import type { Command } from '../command.ts';
import { formatCount } from '../progress.ts';

export const cleanupCommand: Command = {
  name: 'cleanup',
  summary: 'Remove what is past its retention from the lake, raw, the models and the logs.',
  operands: [],
  examples: ['cleanup --dry-run', 'cleanup --days 730 --dry-run', 'cleanup --days 730 --json'],
  run: async ({ options, io, signal, loadComposition }) => {
    const { days, dryRun } = options;
    const composition = await loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null });
    const report = await connection.client.upkeep.cleanup({ days, dryRun }, signal);
    if (options.json) printJson(io, report);
    else {
      for (const part of report.parts) printLine(io, formatPart(part));
      printLine(io, `${dryRun ? 'would free' : 'freed'} ${formatSize(report.bytes)}`);
    }
    return EXIT.done;
  },
};

const formatSize = (bytes: number): string => `${formatCount(Math.ceil(bytes / 1024))} KiB`;

function formatPart({ part, before, items, bytes }: CleanedPart): string {
  if (before === null) return `${part.padEnd(8)} all is kept; name a limit with --days`;
  const what = part === 'raw' ? 'events' : 'files';
  return `${part.padEnd(8)} before ${before}: ${formatCount(items)} ${what}, ${formatSize(bytes)}`;
}
