/** Help, written from the table of commands and the table of options. */
import { EXIT } from '../../core/errors.ts';
import { OPTION_GROUPS, type OptionSpec } from '../option-spec.ts';
import { optionEntries } from '../options.ts';
import type { Command } from './command.ts';

const WIDTH = 100;

export function formatOverview(commands: readonly Command[]): string {
  const rows = commands.map((command) => [usageOf(command), command.summary] as const);
  return [
    'dolistream: change data capture from Dolibarr to Avro topics, a Parquet lake, ClickHouse and live alerts.',
    '',
    'Usage: dolistream COMMAND [OPTIONS]',
    '',
    'Commands',
    ...formatRows([...rows, ['help [COMMAND]', 'Show this, or the options of a command.']]),
    '',
    'Try `dolistream demo`: it needs nothing, and shows everything on a simulated firm.',
    '',
    `Exit codes: ${EXIT.done} done, ${EXIT.failed} failed, ${EXIT.usage} wrong usage, ${EXIT.sourceNotReady} source not ready.`,
    '',
  ].join('\n');
}

export function formatCommandHelp(command: Command): string {
  const specs = optionEntries()
    .map(([, spec]) => spec)
    .filter((spec) => spec.commands.includes(command.name));
  const sections = [...OPTION_GROUPS]
    .sort((a, b) => Number(b === 'This command') - Number(a === 'This command'))
    .flatMap((group) => {
      const rows = specs.filter((spec) => spec.group === group).map((spec) => describeOption(spec));
      return rows.length === 0 ? [] : [group === 'This command' ? 'Options' : group, ...formatRows(rows), ''];
    });
  return [
    `Usage: dolistream ${usageOf(command)} [OPTIONS]`,
    '',
    command.summary,
    '',
    'Examples',
    ...command.examples.map((example) => `  dolistream ${example}`),
    '',
    ...sections,
  ].join('\n');
}

/** The default as text, or null when there is none to show. */
export function formatDefault(spec: OptionSpec<unknown>): string | null {
  if (spec.default === null) return null;
  if (spec.argument === null || spec.secret) return null;
  const text = (spec.type.format ?? String)(spec.default);
  return text === '' ? null : text;
}

function usageOf(command: Command): string {
  return [command.name, ...command.operands].join(' ');
}

function describeOption(spec: OptionSpec<unknown>): readonly [string, string] {
  const left =
    spec.flag === null
      ? spec.env[0]!
      : [spec.flag, ...(spec.argument === null ? [] : [spec.argument])].join(' ');
  const fallback = formatDefault(spec);
  const env = spec.flag === null ? spec.env.slice(1) : spec.env;
  const notes = [
    ...(fallback === null ? [] : [`default ${fallback}`]),
    ...(env.length === 0 ? [] : [env.join(', ')]),
  ];
  return [left, notes.length === 0 ? spec.description : `${spec.description} [${notes.join('; ')}]`];
}

function formatRows(rows: readonly (readonly [string, string])[]): readonly string[] {
  const indent = Math.min(30, Math.max(...rows.map(([left]) => left.length)) + 4);
  return rows.flatMap(([left, right]) => {
    const lines = wrapWords(right, WIDTH - indent);
    const fits = left.length + 4 <= indent;
    const first = fits ? [`  ${left.padEnd(indent - 2)}${lines[0] ?? ''}`] : [`  ${left}`];
    return [...first, ...lines.slice(fits ? 1 : 0).map((line) => ' '.repeat(indent) + line)];
  });
}

function wrapWords(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
