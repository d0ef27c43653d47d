/** One command line from its words to its exit code. Nothing here ends the process or touches its globals. */
import { DolistreamError, EXIT } from '../../core/errors.ts';
import { readPackageVersion } from '../paths.ts';
import { createRedaction, type Redact } from '../redaction.ts';
import { findMistypedNames, resolveOptions, secretsOf, throwProblems } from '../resolve-options.ts';
import type { Composition } from '../runtime.ts';
import { type CliIo, say } from './cli-io.ts';
import { COMMAND_TABLE } from './command-table.ts';
import { formatCommandHelp, formatOverview } from './format-help.ts';
import { type CommandLine, parseCommandLine } from './parse-command-line.ts';
import { reportError } from './report-error.ts';

export interface Invocation {
  /** Words after the script. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly io: CliIo;
  readonly signal: AbortSignal;
  readonly loadComposition: () => Promise<Composition>;
}

/** Returns the exit code; never rejects: whatever goes wrong has been printed. */
export async function runCommandLine(invocation: Invocation): Promise<number> {
  const { argv, io } = invocation;
  let json = argv.includes('--json');
  let redact: Redact = createRedaction([]);
  try {
    const line = parseCommandLine(argv);
    if (line.kind !== 'command') return printHelp(io, line);
    const { command: name, flags, operands } = line;
    const options = resolveOptions({ command: name, flags, env: invocation.env, cwd: invocation.cwd });
    json = options.json;
    redact = createRedaction(secretsOf(options));
    const command = COMMAND_TABLE.find((entry) => entry.name === name)!;
    checkOperands(command, operands);
    for (const warning of findMistypedNames(invocation.env)) say(io, `warning: ${warning}`);
    const { signal, loadComposition } = invocation;
    return await command.run({ options, operands, io, signal, loadComposition, commands: COMMAND_TABLE });
  } catch (error) {
    if (invocation.signal.aborted && (error as Error).name === 'AbortError') {
      say(io, 'Stopped before the work was done.');
      return EXIT.failed;
    }
    return reportError(io, error, { json, redact });
  }
}

function printHelp(io: CliIo, line: Exclude<CommandLine, { readonly kind: 'command' }>): number {
  if (line.kind === 'version') {
    io.stdout.write(`dolistream ${readPackageVersion()}\n`);
    return EXIT.done;
  }
  const command = COMMAND_TABLE.find((entry) => entry.name === line.command);
  io.stdout.write(command === undefined ? formatOverview(COMMAND_TABLE) : formatCommandHelp(command));
  return EXIT.done;
}

function checkOperands(
  command: { readonly name: string; readonly operands: readonly string[] },
  given: readonly string[],
): void {
  const { name, operands } = command;
  const extra = given
    .slice(operands.length)
    .map((word) => `${JSON.stringify(word)} is too much for ${name}.`);
  throwProblems(extra);
  const missing = operands[given.length];
  if (missing === undefined) return;
  throw new DolistreamError('CONFIG_INVALID', `${name} needs ${missing}.`, {
    fix: `dolistream ${name} ${operands.map((operand) => `"${operand}"`).join(' ')}`,
  });
}
