import { systemClock } from '../../../core/clock.ts';
import { EXIT } from '../../../core/errors.ts';
import { connectRuntime } from '../../connect-runtime.ts';
import { printJson, printLine } from '../cli-io.ts';
import type { Command } from '../command.ts';
import { formatCount, showProgress } from '../progress.ts';

export const backfillCommand: Command = {
  name: 'backfill',
  summary: 'Copy tables again from the source, also while the pipeline runs.',
  operands: [],
  examples: [
    'backfill --tables llx_ticket,llx_fichinter',
    'backfill --source mysql://dolistream@erp.local/dolibarr',
  ],
  run: async ({ options, io, signal, loadComposition }) => {
    const composition = await loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null });
    if (connection.kind === 'local') {
      await connection.runtime.start({ stages: ['capture', 'lake', 'warehouse'], http: false });
    }
    const selection = { tables: options.tables, excludeTables: options.excludeTables };
    using progress = showProgress(io.stderr, 'backfill', systemClock);
    const report = await connection.client.backfill(selection, progress.report, signal);
    if (options.json) printJson(io, report);
    else {
      for (const { table, rows } of report.tables) printLine(io, `${table}\t${rows}`);
      printLine(io, `${formatCount(report.rows)} rows in ${report.seconds.toFixed(1)} s`);
    }
    return EXIT.done;
  },
};
