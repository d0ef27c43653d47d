import { systemClock } from '../../../core/clock.ts';
import { EXIT } from '../../../core/errors.ts';
import { connectRuntime } from '../../connect-runtime.ts';
import type { VerifyReport } from '../../runtime.ts';
import { type CliIo, printJson, printLine } from '../cli-io.ts';
import type { Command } from '../command.ts';
import { showProgress } from '../progress.ts';

export const verifyCommand: Command = {
  name: 'verify',
  summary: 'Prove by checksum of every column that the warehouse equals the source.',
  operands: [],
  examples: ['verify', 'verify --tables llx_facture* --json'],
  run: async ({ options, io, signal, loadComposition }) => {
    const composition = await loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null });
    if (connection.kind === 'local') {
      await connection.runtime.start({ stages: ['capture', 'warehouse'], http: false });
      await connection.runtime.waitUntilCaughtUp(signal);
    }
    const selection = { tables: options.tables, excludeTables: options.excludeTables };
    using progress = showProgress(io.stderr, 'verify', systemClock);
    const report = await connection.client.verify(selection, progress.report, signal);
    if (options.json) printJson(io, report);
    else printReport(io, report);
    return report.equal ? EXIT.done : EXIT.failed;
  },
};

function printReport(io: CliIo, report: VerifyReport): void {
  const different = report.tables.filter((table) => !table.equal);
  for (const { table, sourceRows, warehouseRows, differences } of different) {
    printLine(io, `different  ${table}: ${sourceRows} rows in the source, ${warehouseRows} in the warehouse`);
    for (const difference of differences) printLine(io, `           ${difference}`);
  }
  for (const { table, reason } of report.leftOut) printLine(io, `left out   ${table}: ${reason}`);
  const equal = report.tables.length - different.length;
  printLine(
    io,
    `${equal} of ${report.tables.length} tables equal at ${report.position}, ${report.seconds.toFixed(1)} s`,
  );
}
