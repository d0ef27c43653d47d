import { systemClock } from '../../../core/clock.ts';
import { DolistreamError, EXIT } from '../../../core/errors.ts';
import { connectRuntime } from '../../connect-runtime.ts';
import type { Options } from '../../options.ts';
import type { ReplayReport } from '../../recovery/replay-run.ts';
import { startOf } from '../../recovery/replay-plan.ts';
import { type CliIo, printJson, printLine } from '../cli-io.ts';
import type { Command } from '../command.ts';
import { formatCount } from '../progress.ts';

export const replayCommand: Command = {
  name: 'replay',
  summary: 'Load the warehouse again from a time or a place in the change log; afterwards it is as it was.',
  operands: [],
  examples: [
    'replay --from 2h',
    'replay --from 2026-11-23T08:00:00Z --tables llx_ticket,llx_facture*',
    "replay --from 4711000 --yes   (an event's seq; for scripts)",
  ],
  run: async ({ options, io, signal, loadComposition }) => {
    if (options.replayFrom === null) throw missingFrom();
    const start = startOf(options.replayFrom, systemClock.now());
    await confirm(options, io);
    const composition = await loadComposition();
    await using connection = await connectRuntime({
      ...{ options, composition, terminal: null },
      stages: ['warehouse'],
    });
    if (connection.kind === 'local') {
      await connection.runtime.start({ stages: ['warehouse'], http: false });
    }
    const { tables, excludeTables } = options;
    const report = await connection.client.recovery.replay({ start, tables, excludeTables }, signal);
    if (options.json) printJson(io, report);
    else printReport(io, report);
    return report.leftOut.length === 0 ? EXIT.done : EXIT.failed;
  },
};

function missingFrom(): DolistreamError {
  return new DolistreamError('CONFIG_INVALID', '--from was not given', {
    fix: 'Say where to begin: --from 2h, --from 2026-11-23T08:00:00Z, or the seq of an event.',
  });
}

async function confirm({ yes, tables }: Options, io: CliIo): Promise<void> {
  if (yes) return;
  const what = tables.join(',') === '*' ? 'all tables' : tables.join(', ');
  const answer = await io.ask?.(`Remove the history of ${what} from there on and load it again?`);
  if (answer === true) return;
  throw new DolistreamError('CONFIG_INVALID', 'A replay was not agreed to', {
    fix: 'Answer yes, or give --yes where nobody can be asked.',
  });
}

function printReport(io: CliIo, { tables, leftOut, seconds }: ReplayReport): void {
  for (const { table, records } of tables) printLine(io, `${table}\t${records}`);
  for (const { table, reason } of leftOut) printLine(io, `left out   ${table}: ${reason}`);
  const records = tables.reduce((sum, table) => sum + table.records, 0);
  printLine(io, `${formatCount(records)} events loaded again in ${seconds.toFixed(1)} s`);
}
