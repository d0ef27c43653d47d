/** Options of the commands that keep the data in order. */
import { option, optional } from '../option-spec.ts';
import { integer, onOff, text } from '../option-types.ts';

const person = (flag: '--customer' | '--contact' | '--user', what: string) =>
  option({
    group: 'This command',
    flag,
    argument: 'ID',
    commands: ['forget', 'export-person'],
    type: optional(integer(1, 2_147_483_647)),
    default: null,
    description: `The ${what}, by its rowid in Dolibarr.`,
  });

export const UPKEEP_OPTIONS = {
  customer: person('--customer', 'third party'),
  contact: person('--contact', 'contact'),
  user: person('--user', 'user'),
  days: option({
    group: 'This command',
    flag: '--days',
    argument: 'N',
    commands: ['quality', 'cleanup'],
    type: optional(integer(1, 36_500)),
    default: null,
    description:
      'quality: look only at rows changed in the last N days (default: all; only that goes into the trend). ' +
      'cleanup: remove what is older than N days everywhere (default: models and logs by their retention).',
  }),
  csvSafe: option({
    group: 'This command',
    flag: '--csv-safe',
    argument: null,
    commands: ['extract'],
    type: onOff,
    default: false,
    description: 'In CSV, put an apostrophe before texts that a spreadsheet would take for a formula.',
  }),
  html: option({
    group: 'This command',
    flag: '--html',
    argument: 'FILE',
    commands: ['quality'],
    type: optional(text('the path of a file')),
    default: null,
    description: 'Write the report there, too, as one page that loads nothing.',
  }),
  dryRun: option({
    group: 'This command',
    flag: '--dry-run',
    argument: null,
    commands: ['cleanup', 'forget', 'dead-letters'],
    type: onOff,
    default: false,
    description: 'Only tell what would be done.',
  }),
};
