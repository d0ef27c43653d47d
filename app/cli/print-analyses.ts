/** Results of analyses as tables for people: the first rows of each, the rest is in the warehouse. */
import type { ResultTable } from '../../services/analytics/analysis.ts';
import type { AnalysisReport } from '../../services/analytics/run-analyses.ts';
import { type CliIo, printLine } from './cli-io.ts';
import { makePrintable } from './printable.ts';

const MAX_ROWS = 20;
const MAX_WIDTH = 60;

export function printAnalyses(io: CliIo, reports: readonly AnalysisReport[]): void {
  for (const line of reports.flatMap(formatAnalysis)) printLine(io, line);
}

export function formatAnalysis({ analysis, seconds, tables, notes, model }: AnalysisReport): string[] {
  const trained =
    model === null
      ? ''
      : `, model version ${model.version}${model.inUse ? '' : ' (kept aside: the one in use is better)'}`;
  return [
    `${analysis}  (${seconds.toFixed(1)} s${trained})`,
    ...notes.map((note) => `  ${makePrintable(note)}`),
    ...tables.flatMap(formatTable),
    '',
  ];
}

function cellText(cell: string | number | null): string {
  if (cell === null) return '-';
  if (typeof cell === 'number') return Number.isInteger(cell) ? String(cell) : cell.toFixed(2);
  const line = makePrintable(cell);
  return line.length > MAX_WIDTH ? `${line.slice(0, MAX_WIDTH - 1)}…` : line;
}

function formatTable({ name, columns, rows }: ResultTable): string[] {
  if (rows.length === 0) return [];
  const head = columns.map((column) => column.name);
  const lines = [head, ...rows.slice(0, MAX_ROWS).map((row) => row.map(cellText))];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const text = lines.map((line) =>
    `  ${line.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd(),
  );
  const more = rows.length > MAX_ROWS ? [`  … ${rows.length - MAX_ROWS} more in v_analytics_${name}`] : [];
  return [`  ${name}`, ...text, ...more];
}
