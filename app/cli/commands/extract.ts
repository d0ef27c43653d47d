import { systemClock } from '../../../core/clock.ts';
import { EXIT } from '../../../core/errors.ts';
import { openRuntime } from '../../connect-runtime.ts';
import { openLog } from '../../logger.ts';
import { secretsOf } from '../../resolve-options.ts';
import { describeSource, requireSource } from '../../source-address.ts';
import { printJson, say } from '../cli-io.ts';
import type { Command, CommandContext } from '../command.ts';
import { printPreflight } from '../print-preflight.ts';
import { untilAborted } from '../until-aborted.ts';

export const extractCommand: Command = {
  name: 'extract',
  summary: 'Only capture: write the changes of the source into the change log until Ctrl-C.',
  operands: [],
  examples: ['extract --test-connection', 'extract --source mysql://dolistream@erp.local/dolibarr'],
  run: async (context) => {
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
