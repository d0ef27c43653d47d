/** What a command is. Each lives in its own file of commands/ and holds no logic of its own. */
import type { CommandName } from '../option-spec.ts';
import type { Options } from '../options.ts';
import type { Composition } from '../runtime.ts';
import type { CliIo } from './cli-io.ts';

export interface CommandContext {
  readonly options: Options;
  /** Words after the command that are not options; as many as `operands` names. */
  readonly operands: readonly string[];
  readonly io: CliIo;
  /** Aborts at Ctrl-C: finish what is in hand and return. */
  readonly signal: AbortSignal;
  /** Loaded when asked for: the engines behind it take a while to load, and `help` needs none. */
  readonly loadComposition: () => Promise<Composition>;
  /** Every command there is. */
  readonly commands: readonly Command[];
}

export interface Command {
  readonly name: CommandName;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Names of the words it takes, all required, e.g. `SQL`. */
  readonly operands: readonly string[];
  /** Example lines for its help, without `dolistream`. */
  readonly examples: readonly string[];
  /** Returns the exit code; throws DolistreamError for anything that fails. */
  run(context: CommandContext): Promise<number>;
}
