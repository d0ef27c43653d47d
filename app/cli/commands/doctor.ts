import { systemClock } from '../../../core/clock.ts';
import type { Check } from '../../doctor/check.ts';
import { type DoctorReport, exitCodeOf, runDoctor } from '../../doctor/run-doctor.ts';
import { openLog } from '../../logger.ts';
import { secretsOf } from '../../resolve-options.ts';
import { type CliIo, printJson, printLine } from '../cli-io.ts';
import { paintFor } from '../colours.ts';
import type { Command } from '../command.ts';
import { makePrintable } from '../printable.ts';

export const doctorCommand: Command = {
  name: 'doctor',
  summary:
    'Check everything that is needed, changing nothing: machine, folder, source, stores, channels, HTTP, stages.',
  operands: [],
  examples: [
    'doctor --source mysql://dolistream@erp.local/dolibarr   (takes every option that up takes)',
    'doctor --json',
  ],
  run: async ({ options, io, loadComposition }) => {
    const secrets = secretsOf(options);
    const log = openLog({ level: 'error', folder: null, terminal: io.stderr, secrets, clock: systemClock });
    const report = await runDoctor(options, await loadComposition(), log.logger);
    if (options.json) printJson(io, report);
    else printReport(io, report);
    return exitCodeOf(report);
  },
};

const MARKS = { pass: ['ok  ', 'green'], warn: ['warn', 'yellow'], fail: ['FAIL', 'red'] } as const;

function printReport(io: CliIo, { checks, sql, healthy }: DoctorReport): void {
  const paint = paintFor(io.stdout);
  let section = '';
  for (const check of checks) {
    if (check.section !== section)
      printLine(io, `${section === '' ? '' : '\n'}${paint('bold', check.section)}`);
    section = check.section;
    printCheck(io, check);
  }
  printLine(io, `\n${paint('bold', 'The least that the user of the source needs')}`);
  for (const statement of sql) printLine(io, `  ${statement}`);
  const count = (state: Check['state']): number => checks.filter((check) => check.state === state).length;
  const verdict = healthy ? paint('green', 'Nothing is wrong') : paint('red', `${count('fail')} to mend`);
  printLine(io, `\n${verdict}; ${count('warn')} to look at, ${count('pass')} well.`);
}

function printCheck(io: CliIo, { name, state, value, fix }: Check): void {
  const [mark, colour] = MARKS[state];
  printLine(io, `  ${paintFor(io.stdout)(colour, mark)} ${name.padEnd(20)} ${makePrintable(value)}`);
  if (fix !== null) printLine(io, `       fix: ${makePrintable(fix)}`);
}
