/** The documents that are written from tables of the code: docs/options.md, commands.md, errors.md and .env.example. */
import { DolistreamError, ERROR_CODES, type ErrorCode } from '../../core/errors.ts';
import { COMMANDS, OPTION_GROUPS, type OptionSpec } from '../option-spec.ts';
import { SECRET_COLUMNS } from '../option-table/capture.ts';
import { optionEntries } from '../options.ts';
import { COMMAND_TABLE } from './command-table.ts';
import { formatCommandHelp, formatDefault, formatOverview } from './format-help.ts';

const NOTICE = '<!-- Written by `npm run docs`; change the code instead. -->';

/** Content by path from the package root. */
export function formatGeneratedDocs(): Readonly<Record<string, string>> {
  return {
    'docs/options.md': formatOptionsPage(),
    'docs/commands.md': formatCommandsPage(),
    'docs/errors.md': formatErrorsPage(),
    '.env.example': formatEnvExample(),
  };
}

const specs = (): readonly OptionSpec<unknown>[] => optionEntries().map(([, spec]) => spec);

function formatOptionsPage(): string {
  const sections = OPTION_GROUPS.flatMap((group) => {
    const title = group === 'This command' ? 'Options of single commands' : group;
    return [
      `## ${title}`,
      ...specs()
        .filter((spec) => spec.group === group)
        .map(formatOption),
    ];
  });
  const secrets = SECRET_COLUMNS.map((column) => `\`${column}\``).join(', ');
  return joinParagraphs([
    '# Options',
    NOTICE,
    'A flag wins over the environment, the environment over the .env file (`--env-file`, or `.env` in the current folder), and that over the default. A variable that is set to nothing counts as not set. A value that cannot be is refused at the start, all of them at once, with exit code 2.',
    'Passwords and tokens have no flag: a command line can be read by every user of the machine. They are never printed or logged.',
    ...sections,
    '## Columns that are dropped by default',
    `These never leave the source, unless \`--keep-columns\` names them: ${secrets}.`,
  ]);
}

function formatOption(spec: OptionSpec<unknown>): string {
  const name = spec.flag === null ? spec.env[0]! : [spec.flag, spec.argument].filter(Boolean).join(' ');
  const fallback = formatDefault(spec);
  const everywhere = COMMANDS.every((command) => spec.commands.includes(command));
  const facts = [
    `Environment: ${spec.env.map((env) => `\`${env}\``).join(', ')}`,
    ...(spec.argument === null ? [] : [`Takes: ${escapeMarkdown(spec.type.expected)}`]),
    ...(fallback === null ? [] : [`Default: \`${fallback}\``]),
    `Commands: ${everywhere ? 'all' : spec.commands.join(', ')}`,
    ...(spec.secret ? ['Secret: never printed or logged'] : []),
  ];
  return joinLines([
    `### \`${name}\``,
    '',
    escapeMarkdown(spec.description),
    '',
    ...facts.map((fact) => `- ${fact}`),
  ]);
}

function formatCommandsPage(): string {
  const help = COMMAND_TABLE.map((command) =>
    joinParagraphs([`## ${command.name}`, codeBlock(formatCommandHelp(command))]),
  );
  return joinParagraphs([
    '# Commands',
    NOTICE,
    codeBlock(formatOverview(COMMAND_TABLE)),
    ...help.map((text) => text.trimEnd()),
  ]);
}

function formatErrorsPage(): string {
  const codes = Object.entries(ERROR_CODES) as [ErrorCode, string][];
  return joinParagraphs([
    '# Errors',
    NOTICE,
    'Every failure has a code, a message and, where there is one, the fix. With `--json` they come as `{"error": {"code", "message", "fix", "retryable", "exitCode"}}` on standard error.',
    ...codes.map(([code, meaning]) =>
      joinParagraphs([
        `## ${code}`,
        `${meaning} Exit code ${new DolistreamError(code, meaning).exitCode}.`,
      ]).trimEnd(),
    ),
  ]);
}

function formatEnvExample(): string {
  const entries = OPTION_GROUPS.flatMap((group) => [
    `# ---- ${group} ----`,
    '',
    ...specs()
      .filter((spec) => spec.group === group && spec.group !== 'This command' && spec.flag !== '--env-file')
      .flatMap((spec) => [
        `# ${spec.description}`,
        ...(spec.env.length > 1 ? [`# Also: ${spec.env.slice(1).join(', ')}`] : []),
        `#${spec.env[0]!}=${formatDefault(spec) ?? ''}`,
        '',
      ]),
  ]);
  const end = entries.indexOf('# ---- This command ----');
  return joinLines([
    '# Settings of dolistream. Copy to .env and remove the # before what you change. Written by `npm run docs`.',
    '# docs/options.md explains each; flags and real environment variables win over this file.',
    '',
    ...entries.slice(0, end),
  ]);
}

const escapeMarkdown = (text: string): string => text.replace(/[<*_]/g, '\\$&');
const codeBlock = (text: string): string => `\`\`\`text\n${text.trimEnd()}\n\`\`\``;
const joinLines = (lines: readonly string[]): string => `${lines.join('\n').trimEnd()}\n`;
const joinParagraphs = (paragraphs: readonly string[]): string =>
  `${paragraphs.map((paragraph) => paragraph.trimEnd()).join('\n\n')}\n`;
