/** The shape of an entry of the option table. */
import type { OptionType } from './option-types.ts';

export const COMMANDS = [
  'demo',
  'up',
  'run',
  'pipeline',
  'extract',
  'backfill',
  'verify',
  'query',
  'warehouse',
  'analytics',
  'predict',
  'models',
  'quality',
  'cleanup',
  'forget',
  'export-person',
  'mapping',
  'status',
  'lag',
  'replay',
  'dead-letters',
  'schema',
  'alerts',
  'top',
  'tap',
  'doctor',
  'support-bundle',
  'backup',
  'restore',
  'hash-password',
  'completion',
] as const;

export type CommandName = (typeof COMMANDS)[number];

export const OPTION_GROUPS = [
  'General',
  'Source',
  'Capture',
  'Change log',
  'Kafka and registry',
  'Lake',
  'Warehouse',
  'Analytics and alerts',
  'Alerts',
  'Schedules',
  'HTTP',
  'This command',
] as const;

export interface OptionSpec<T> {
  readonly group: (typeof OPTION_GROUPS)[number];
  /** null: only from the environment, as for a password, which a flag would show to every user of the machine. */
  readonly flag: `--${string}` | null;
  /** What stands for the value in help, e.g. `DIR`; null for a switch. */
  readonly argument: string | null;
  /** Environment names, the first one found wins. */
  readonly env: readonly string[];
  readonly type: OptionType<T>;
  readonly default: T;
  /** Never shown in help, docs, logs or errors. */
  readonly secret: boolean;
  readonly commands: readonly CommandName[];
  readonly description: string;
}

type SpecInput<T> = Pick<OptionSpec<T>, 'group' | 'flag' | 'type' | 'description'> &
  Partial<OptionSpec<NoInfer<T>>> & { readonly default: NoInfer<T> };

/** Without more: an option of every command, with a value called VALUE, named in the environment after its flag. */
export function option<T>(input: SpecInput<T>): OptionSpec<T> {
  const ownName =
    input.flag === null ? [] : [`DOLISTREAM_${input.flag.slice(2).replaceAll('-', '_').toUpperCase()}`];
  return {
    argument: 'VALUE',
    secret: false,
    commands: COMMANDS,
    ...input,
    env: [...ownName, ...(input.env ?? [])],
  };
}

/** For options that start without a value. */
export const optional = <T>(type: OptionType<T>): OptionType<T | null> => type as OptionType<T | null>;

/** Commands that read the source's binlog or tables, and those that run the stages. */
export const READS_SOURCE: readonly CommandName[] = [
  'up',
  'run',
  'pipeline',
  'extract',
  'backfill',
  'verify',
  'status',
  'lag',
  'schema',
  'replay',
  'dead-letters',
  'warehouse',
];
/** Commands that look at every setting there is: they take all options but those of a single command. */
const LOOKS_AT_ALL: readonly CommandName[] = ['doctor', 'support-bundle'];

export const takesOption = (
  spec: Pick<OptionSpec<unknown>, 'commands' | 'group'>,
  command: CommandName,
): boolean =>
  spec.commands.includes(command) || (LOOKS_AT_ALL.includes(command) && spec.group !== 'This command');

export const RUNS_STAGES: readonly CommandName[] = ['demo', 'up', 'run', 'pipeline', 'extract'];
