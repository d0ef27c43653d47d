import { EXIT } from '../../../core/errors.ts';
import { connectRuntime } from '../../connect-runtime.ts';
import { personOf } from '../../upkeep/read-person.ts';
import { printJson, printLine } from '../cli-io.ts';
import type { Command } from '../command.ts';
import { formatCount } from '../progress.ts';

export const forgetCommand: Command = {
  name: 'forget',
  summary: 'Take a person out of warehouse, lake, change log, models and logs, for good.',
  operands: [],
  examples: ['forget --customer 42 --dry-run', 'forget --contact 7', 'forget --user 3 --json'],
  run: async ({ options, io, signal, loadComposition }) => {
    const { customer, contact, user, dryRun } = options;
    const person = personOf({ customer, contact, user });
    const composition = await loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null });
    const report = await connection.client.upkeep.forget({ ...person, dryRun }, signal);
    if (options.json) printJson(io, report);
    else {
      const rows = report.tables.reduce((sum, table) => sum + table.rows, 0);
      const tense = dryRun ? 'would be' : 'were';
      for (const { table, rows: found } of report.tables)
        printLine(io, `${formatCount(found).padStart(7)} rows  ${table}`);
      printLine(
        io,
        `${formatCount(rows)} rows, ${report.lakeFiles} files of the lake and ${report.files} other files ${tense} rewritten.`,
      );
      printLine(io, 'Still there:');
      for (const place of report.remains) printLine(io, `  ${place}`);
    }
    return EXIT.done;
  },
};
