import { randomInt } from 'node:crypto';
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
  examples: ['verify', 'verify --repair', 'verify --sample 10%', 'verify --tables llx_facture* --json'],
  run: async ({ options, io, signal, loadComposition }) => {
    const composition = await loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null });
    if (connection.kind === 'local') {
      await connection.runtime.start({ stages: ['capture', 'warehouse', 'model'], http: false });
      await connection.runtime.waitUntilCaughtUp(signal);
    }
    const { tables, excludeTables, repair, sample, sampleSeed } = options;
    const sampling = sample && { amount: sample, seed: sampleSeed ?? randomInt(2 ** 32) };
    const request = { tables, excludeTables, repair, sampling };
    using progress = showProgress(io.stderr, 'verify', systemClock);
    const report = await connection.client.verify(request, progress.report, signal);
    if (options.json) printJson(io, report);
    else printReport(io, report);
    return report.equal ? EXIT.done : EXIT.failed;
  },
};

function printReport(io: CliIo, report: VerifyReport): void {
  for (const { table, events, isWhole } of report.repaired) {
    printLine(io, `repaired   ${table}: ${isWhole ? 'copied anew, ' : ''}${events} rows`);
  }
  const different = report.tables.filter((table) => !table.equal);
  for (const { table, sourceRows, warehouseRows, differences } of different) {
    printLine(io, `different  ${table}: ${sourceRows} rows in the source, ${warehouseRows} in the warehouse`);
    for (const difference of differences) printLine(io, `           ${difference}`);
  }
  for (const { name, differences } of report.totals.filter((total) => !total.equal)) {
    printLine(io, `different  total ${name}`);
    for (const difference of differences) printLine(io, `           ${difference}`);
  }
  for (const { table, reason } of report.leftOut) printLine(io, `left out   ${table}: ${reason}`);
  const equal = report.tables.length - different.length;
  printLine(
    io,
    `${equal} of ${report.tables.length} tables equal at ${report.position}, ${report.seconds.toFixed(1)} s`,
  );
  if (report.totals.length > 0) {
    const sound = report.totals.filter((total) => total.equal).length;
    printLine(io, `${sound} of ${report.totals.length} business totals equal`);
  }
  if (report.sampling) printSample(io, report, report.sampling.seed);
}

function printSample(io: CliIo, { tables }: VerifyReport, seed: number): void {
  const sampled = tables.filter(({ share }) => share < 1);
  const rows = tables.reduce((sum, { sourceRows }) => sum + sourceRows, 0);
  const least = Math.min(1, ...sampled.map(({ share }) => share));
  printLine(
    io,
    `sample: ${rows} rows compared, seed ${seed}; ${sampled.length} tables in part, where a row that differs was found with a chance of ${(least * 100).toFixed(1)}% at least`,
  );
}
