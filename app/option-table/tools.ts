/** Options of the commands by which people look into a pipeline and keep copies of it. */
import { option, optional } from '../option-spec.ts';
import { choice, integer, text } from '../option-types.ts';

export const TOOL_OPTIONS = {
  limit: option({
    group: 'This command',
    flag: '--limit',
    argument: 'N',
    commands: ['tap'],
    type: optional(integer(1, 1_000_000_000)),
    default: null,
    description: 'End after so many events. Default: follow until Ctrl-C.',
  }),
  role: option({
    group: 'This command',
    flag: '--role',
    argument: 'ROLE',
    commands: ['hash-password'],
    type: choice('viewer', 'operator'),
    default: 'viewer',
    description: 'viewer looks and queries; operator may do everything.',
  }),
  output: option({
    group: 'This command',
    flag: '--output',
    argument: 'FILE',
    commands: ['support-bundle'],
    type: optional(text('the path of a file')),
    default: null,
    description: 'Where to write it. Default: dolistream-support-<time>.tar.gz here.',
  }),
};
