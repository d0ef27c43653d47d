/** Options of the commands that keep the data in order. */
import { option, optional } from '../option-spec.ts';
import { integer, text } from '../option-types.ts';

export const UPKEEP_OPTIONS = {
  qualityDays: option({
    group: 'This command',
    flag: '--days',
    argument: 'N',
    env: [],
    commands: ['quality'],
    type: optional(integer(1, 36_500)),
    default: null,
    description:
      'Look only at rows changed in the last N days. Default: all rows; only that goes into the trend.',
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
};
