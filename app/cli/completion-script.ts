/** Completion of commands and options, written from the same tables as the help. */
import { takesOption } from '../option-spec.ts';
import { optionEntries } from '../options.ts';
import type { Command } from './command.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly Flag[];
}

interface Flag {
  readonly flag: string;
  readonly takesFile: boolean;
  readonly takesValue: boolean;
  readonly description: string;
}

export function completionScript(shell: Shell, commands: readonly Command[]): string {
  const entries = commands.map(describeCommand);
  return WRITERS[shell](entries).join('\n') + '\n';
}

function describeCommand(command: Command): Entry {
  const flags = optionEntries().flatMap(([, spec]) =>
    spec.flag === null || !takesOption(spec, command.name)
      ? []
      : [
          {
            flag: spec.flag,
            takesFile: /^(FILE|DIR)$/.test(spec.argument ?? ''),
            takesValue: spec.argument !== null,
            description: firstSentence(spec.description),
          },
        ],
  );
  return { name: command.name, summary: firstSentence(command.summary), flags };
}

const firstSentence = (text: string): string => text.split(/[.:] /)[0]!.replace(/\.$/, '');

const names = (entries: readonly Entry[]): string => entries.map(({ name }) => name).join(' ');

function writeBash(entries: readonly Entry[]): string[] {
  const fileFlags = [
    ...new Set(entries.flatMap(({ flags }) => flags.filter((f) => f.takesFile).map((f) => f.flag))),
  ];
  return [
    '# bash completion of dolistream',
    '_dolistream() {',
    '  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" flags=""',
    '  COMPREPLY=()',
    `  case "$before" in ${fileFlags.join('|')}) COMPREPLY=($(compgen -f -- "$word")); return ;; esac`,
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${names(entries)} help" -- "$word")); return`,
    '  fi',
    '  case "${COMP_WORDS[1]}" in',
    ...entries.map(({ name, flags }) => `    ${name}) flags="${flags.map(({ flag }) => flag).join(' ')}" ;;`),
    `    help) flags="${names(entries)}" ;;`,
    '  esac',
    '  COMPREPLY=($(compgen -W "$flags --help" -- "$word"))',
    '}',
    'complete -F _dolistream dolistream',
  ];
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
/** In zsh's descriptions brackets and colons are syntax. */
const zshText = (text: string): string => text.replace(/[[\]:\\]/g, ' ');

function writeZsh(entries: readonly Entry[]): string[] {
  const flagLine = ({ flag, takesFile, takesValue, description }: Flag): string =>
    `      ${quoted(`${flag}[${zshText(description)}]${takesFile ? ':file:_files' : takesValue ? ':value:' : ''}`)} \\`;
  return [
    '#compdef dolistream',
    '_dolistream() {',
    '  if (( CURRENT == 2 )); then',
    '    local -a commands=(',
    ...entries.map(({ name, summary }) => `      ${quoted(`${name}:${zshText(summary)}`)}`),
    '    )',
    "    _describe 'command' commands; return",
    '  fi',
    '  case $words[2] in',
    ...entries.flatMap(({ name, flags }) => [
      `    ${name}) _arguments \\`,
      ...flags.map(flagLine),
      "      '*: :' ;;",
    ]),
    '  esac',
    '}',
    '_dolistream "$@"',
  ];
}

function writeFish(entries: readonly Entry[]): string[] {
  return [
    '# fish completion of dolistream',
    'complete -c dolistream -f',
    ...entries.map(
      ({ name, summary }) =>
        `complete -c dolistream -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ),
    ...entries.flatMap(({ name, flags }) =>
      flags.map(
        ({ flag, takesFile, takesValue, description }) =>
          `complete -c dolistream -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)}` +
          `${takesFile ? ' -r -F' : takesValue ? ' -x' : ''} -d ${quoted(description)}`,
      ),
    ),
  ];
}

const WRITERS: Readonly<Record<Shell, (entries: readonly Entry[]) => string[]>> = {
  bash: writeBash,
  zsh: writeZsh,
  fish: writeFish,
};
