import { option, optional } from '../option-spec.ts';
import { decimal, duration, integer, onOff, text } from '../option-types.ts';

export const PER_COMMAND_OPTIONS = {
  testConnection: option({
    group: 'This command',
    flag: '--test-connection',
    argument: null,
    commands: ['extract'],
    type: onOff,
    default: false,
    description: 'Check the source, print every problem with the line that fixes it, and stop.',
  }),
  restart: option({
    group: 'This command',
    flag: '--restart',
    argument: null,
    commands: ['backfill'],
    type: onOff,
    default: false,
    description:
      'Forget the place in the binlog and copy every table anew from now on, when the place is lost. raw.events and the lake keep their history.',
  }),
  format: option({
    group: 'This command',
    flag: '--format',
    argument: 'FORMAT',
    commands: ['query'],
    type: optional(
      text('the name of a ClickHouse output format, such as CSVWithNames', /^[A-Za-z0-9]{1,64}$/),
    ),
    default: null,
    description:
      'ClickHouse output format. Default: PrettyCompact on a terminal, TabSeparatedWithNames otherwise, JSONEachRow with --json.',
  }),
  runFor: option({
    group: 'This command',
    flag: '--for',
    argument: 'TIME',
    commands: ['demo'],
    type: optional(duration(1_000, 86_400_000)),
    default: null,
    description: 'End by itself after this time, with a summary. Default: run until Ctrl-C.',
  }),
  yes: option({
    group: 'This command',
    flag: '--yes',
    argument: null,
    commands: ['demo'],
    type: onOff,
    default: false,
    description: 'Install MariaDB without asking when it is missing.',
  }),
  demoMonths: option({
    group: 'This command',
    flag: '--months',
    argument: 'N',
    commands: ['demo'],
    type: integer(1, 60),
    default: 12,
    description: 'Months of history of the simulated firm.',
  }),
  demoRate: option({
    group: 'This command',
    flag: '--rate',
    argument: 'N',
    commands: ['demo'],
    type: decimal(0.1, 1_000),
    default: 10,
    description: 'Business operations per second of the simulated firm.',
  }),
  demoSeed: option({
    group: 'This command',
    flag: '--seed',
    argument: 'N',
    commands: ['demo'],
    type: integer(0, 4_294_967_295),
    default: 1,
    description: 'Seed of the simulated firm: the same seed gives the same firm.',
  }),
};
