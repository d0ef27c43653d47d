import { systemClock } from '../../../core/clock.ts';
import { DolistreamError, EXIT } from '../../../core/errors.ts';
import { type Connection, connectRuntime } from '../../connect-runtime.ts';
import { printJson, printLine } from '../cli-io.ts';
import type { Command, CommandContext } from '../command.ts';
import { formatCount, showProgress } from '../progress.ts';

export const backfillCommand: Command = {
  name: 'backfill',
  summary: 'Copy tables again from the source, also while the pipeline runs.',
  operands: [],
  examples: [
    'backfill --tables llx_ticket,llx_fichinter',
    'backfill --source mysql://dolistream@erp.local/dolibarr',
    'backfill --tables llx_actioncomm --where "datep >= \'2026-01-01\'" --max-rows-per-second 5000',
    'backfill --pause   (and later: backfill --resume)',
    'backfill --restart   (when the source no longer has the binlog that comes next)',
  ],
  run: async ({ options, io, signal, loadComposition }) => {
    const composition = await loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null });
    if (options.restart) return await copyAnew({ options, io, signal, connection });
    if (connection.kind === 'local') {
      await connection.runtime.start({ stages: ['capture', 'lake', 'warehouse'], http: false });
    }
    const { tables, excludeTables, where, maxRowsPerSecond } = options;
    const control = options.pause ? 'pause' : options.resume ? 'resume' : 'copy';
    using progress = showProgress(io.stderr, 'backfill', systemClock);
    const request = { tables, excludeTables, control, where, maxRowsPerSecond } as const;
    const report = await connection.client.backfill(request, progress.report, signal);
    if (control !== 'copy') {
      if (options.json) printJson(io, { copying: control === 'resume' });
      else printLine(io, control === 'pause' ? 'Copying rests.' : 'Copying goes on.');
    } else if (options.json) printJson(io, report);
    else {
      for (const { table, rows } of report.tables) printLine(io, `${table}\t${rows}`);
      printLine(io, `${formatCount(report.rows)} rows in ${report.seconds.toFixed(1)} s`);
    }
    return EXIT.done;
  },
};

type CopyAnew = Pick<CommandContext, 'options' | 'io' | 'signal'> & { readonly connection: Connection };

/** Only with the folder to ourselves: a running capture would go on from the place that is to be forgotten. */
async function copyAnew({ options, io, signal, connection }: CopyAnew): Promise<number> {
  if (connection.kind === 'remote') {
    throw new DolistreamError('DATA_DIR_LOCKED', `A running dolistream uses ${options.data}.`, {
      fix: 'Stop it, run this command again, then start it again.',
    });
  }
  const { runtime } = connection;
  await runtime.restartCapture();
  await runtime.start({ stages: ['capture', 'lake', 'warehouse'], http: false });
  await runtime.waitUntilCaughtUp(signal);
  const { position, tables } = await runtime.status();
  if (options.json) printJson(io, { restarted: true, position, tables });
  else printLine(io, `Copied every table anew; capture goes on from ${position ?? 'the start'}.`);
  return EXIT.done;
}
