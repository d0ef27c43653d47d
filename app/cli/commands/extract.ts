import { systemClock } from '../../../core/clock.ts';
import { DolistreamError, EXIT } from '../../../core/errors.ts';
import { connectRuntime, openRuntime } from '../../connect-runtime.ts';
import { openLog } from '../../logger.ts';
import { secretsOf } from '../../resolve-options.ts';
import { describeSource, requireSource } from '../../source-address.ts';
import type { ExtractFormat } from '../../upkeep/extract-tables.ts';
import { printJson, printLine, say } from '../cli-io.ts';
import type { Command, CommandContext } from '../command.ts';
import { printPreflight } from '../print-preflight.ts';
import { formatCount } from '../progress.ts';
import { untilAborted } from '../until-aborted.ts';

export const extractCommand: Command = {
  name: 'extract',
  summary:
    'Only capture: write changes into the change log until Ctrl-C. With --format: write tables into files.',
  operands: [],
  examples: [
    'extract --test-connection',
    'extract --source mysql://dolistream@erp.local/dolibarr',
    'extract --format parquet --tables "llx_facture*"   (parquet, csv or jsonl)',
  ],
  run: async (context) => {
    if (context.options.format !== null) return extractFiles(context, context.options.format);
    const source = describeSource(requireSource(context.options));
    if (context.options.testConnection) return testConnection(context);
    const { options, io, signal } = context;
    const composition = await context.loadComposition();
    await using open = await openRuntime({ options, composition, terminal: io.stderr });
    await open.runtime.start({ stages: ['capture'], http: false });
    say(io, `Capturing ${source} into ${options.data}.`);
    await Promise.race([open.runtime.finished(), untilAborted(signal)]);
    return EXIT.done;
  },
};

const FORMATS: readonly ExtractFormat[] = ['parquet', 'csv', 'jsonl'];

async function extractFiles(
  { options, io, signal, loadComposition }: CommandContext,
  given: string,
): Promise<number> {
  const format = FORMATS.find((known) => known === given.toLowerCase());
  if (!format) {
    throw new DolistreamError('CONFIG_INVALID', `extract cannot write the format "${given}"`, {
      fix: `Use one of: ${FORMATS.join(', ')}.`,
    });
  }
  const composition = await loadComposition();
  await using connection = await connectRuntime({ options, composition, terminal: null });
  const { tables, excludeTables, csvSafe } = options;
  const report = await connection.client.upkeep.extract({ format, tables, excludeTables, csvSafe }, signal);
  if (options.json) printJson(io, report);
  else
    for (const { path, bytes } of report.files)
      printLine(io, `${path}  ${formatCount(Math.ceil(bytes / 1024))} KiB`);
  return EXIT.done;
}

/** Needs no data folder, so that it can be run beside a pipeline at work. */
async function testConnection({ options, io, loadComposition }: CommandContext): Promise<number> {
  const composition = await loadComposition();
  const log = openLog({
    level: options.logLevel,
    folder: null,
    terminal: io.stderr,
    secrets: secretsOf(options),
    clock: systemClock,
  });
  const report = await composition.checkSource(options, log.logger);
  if (options.json) printJson(io, report);
  else printPreflight(io, report);
  return report.ready ? EXIT.done : EXIT.sourceNotReady;
}
