import type { PreflightReport } from '../runtime.ts';
import { type CliIo, printLine } from './cli-io.ts';

/** Every problem with the line that mends it, errors first. */
export function printPreflight(io: CliIo, report: PreflightReport): void {
  const ordered = [...report.problems].sort((a, b) => a.severity.localeCompare(b.severity));
  for (const { severity, check, found, fix } of ordered) {
    printLine(io, `${severity.padEnd(7)} ${check}: ${found}`);
    printLine(io, `        fix: ${fix}`);
  }
  const errors = report.problems.filter((problem) => problem.severity === 'error').length;
  const verdict = report.ready ? 'ready for capture' : `not ready for capture, ${errors} to mend`;
  printLine(io, `${report.server}: ${verdict}.`);
}
