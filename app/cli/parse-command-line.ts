/** Splits the command line by the option table. Everything unknown or missing is reported at once, with a guess. */
import { Command as Parser, Option } from 'commander';
import { findNearestName } from '../nearest-name.ts';
import { COMMANDS, type CommandName, type OptionSpec, takesOption } from '../option-spec.ts';
import { type OptionName, optionEntries } from '../options.ts';
import { throwProblems } from '../resolve-options.ts';

export type Flags = Readonly<Partial<Record<OptionName, string>>>;

export type CommandLine =
  | { readonly kind: 'help'; readonly command: CommandName | null }
  | { readonly kind: 'version' }
  | {
      readonly kind: 'command';
      readonly command: CommandName;
      readonly flags: Flags;
      readonly operands: readonly string[];
    };

/** `argv` without node and script. Throws CONFIG_INVALID. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const { parser, names } = createParser();
  const { operands, unknown } = parser.parseOptions([...argv]);
  const values: Readonly<Record<string, unknown>> = parser.opts();
  if (values['version'] === true) return { kind: 'version' };
  const [word, ...rest] = operands;
  if (word === undefined && unknown.length === 0) return { kind: 'help', command: null };
  if (word === 'help' || values['help'] === true) {
    return { kind: 'help', command: readHelpTopic(word === 'help' ? rest[0] : word) };
  }
  const problems: string[] = [];
  const command = COMMANDS.find((name) => name === word);
  if (command === undefined && word !== undefined) problems.push(unknownCommand(word));
  if (word === undefined)
    problems.push(`No command was given; the commands are ${COMMANDS.join(', ')}, help.`);
  problems.push(...unknown.filter((argument) => /^-./.test(argument)).map(unknownFlag));
  const flags = readFlags(values, names, command ?? null, problems);
  throwProblems(problems);
  return { kind: 'command', command: command!, flags, operands: rest };
}

/** Values are optional to the parser, so that a missing one does not swallow the next flag and is reported with the rest. */
function createParser(): { readonly parser: Parser; readonly names: ReadonlyMap<string, OptionName> } {
  const parser = new Parser('dolistream').exitOverride().helpOption(false);
  parser.addOption(new Option('-h, --help')).addOption(new Option('-V, --version'));
  const names = new Map<string, OptionName>();
  for (const [name, spec] of optionEntries()) {
    if (spec.flag === null) continue;
    const option = new Option(spec.argument === null ? spec.flag : `${spec.flag} [${spec.argument}]`);
    parser.addOption(option);
    names.set(option.attributeName(), name);
  }
  return { parser, names };
}

function readFlags(
  values: Readonly<Record<string, unknown>>,
  names: ReadonlyMap<string, OptionName>,
  command: CommandName | null,
  problems: string[],
): Flags {
  const specs = new Map(optionEntries());
  const flags: Partial<Record<OptionName, string>> = {};
  for (const [attribute, value] of Object.entries(values)) {
    const name = names.get(attribute);
    if (name === undefined) continue;
    const spec = specs.get(name)!;
    if (command !== null && !takesOption(spec, command)) {
      problems.push(
        `${spec.flag} is not an option of ${command}; it belongs to ${spec.commands.join(', ')}.`,
      );
    } else if (value === true && spec.argument !== null) {
      problems.push(`${spec.flag} needs a value: ${spec.flag} ${spec.argument}, ${spec.type.expected}.`);
    } else {
      flags[name] = String(value);
    }
  }
  return flags;
}

function readHelpTopic(word: string | undefined): CommandName | null {
  if (word === undefined) return null;
  const command = COMMANDS.find((name) => name === word);
  if (command === undefined) throwProblems([unknownCommand(word)]);
  return command ?? null;
}

function unknownCommand(word: string): string {
  const nearest = findNearestName(word, [...COMMANDS, 'help']);
  const hint =
    nearest === undefined ? `the commands are ${COMMANDS.join(', ')}, help.` : `did you mean ${nearest}?`;
  return `${JSON.stringify(word)} is not a command; ${hint}`;
}

function unknownFlag(argument: string): string {
  const flag = argument.replace(/=.*$/s, '');
  const specs = optionEntries().map(([, spec]) => spec);
  const known = specs.find((spec) => spec.flag === flag);
  if (known !== undefined) return `${flag} takes no value.`;
  const nearest = findNearestName(flag, specs.flatMap(listFlag));
  const hint = nearest === undefined ? '`dolistream help` lists every option.' : `did you mean ${nearest}?`;
  return `${flag} is not an option; ${hint}`;
}

const listFlag = (spec: OptionSpec<unknown>): readonly string[] => (spec.flag === null ? [] : [spec.flag]);
