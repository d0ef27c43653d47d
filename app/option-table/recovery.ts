import type { CommandName } from '../option-spec.ts';
import { option, optional } from '../option-spec.ts';
import { list, onOff, replayStart } from '../option-types.ts';

const LETTERS: readonly CommandName[] = ['dead-letters'];

/** What `dolistream replay` and `dolistream dead-letters` take. */
export const RECOVERY_OPTIONS = {
  replayFrom: option({
    group: 'This command',
    flag: '--from',
    argument: 'TIME|SEQ|STORE',
    commands: ['warehouse', 'replay', 'tap'],
    type: optional(replayStart),
    default: null,
    description:
      "Where to begin: a commit time (2026-11-23T08:00:00Z, 2026-11-23T09:00+01:00, or 2h for two hours ago), or an event's seq. warehouse: raw or lake, the history that the mirror is rebuilt from. tap begins with what comes next when it is left out.",
  }),
  fullRebuild: option({
    group: 'This command',
    flag: '--full-rebuild',
    argument: null,
    commands: ['warehouse'],
    type: onOff,
    default: false,
    description:
      'Build every table of the model anew beside the old one, and swap; with --from those of the mirror, too.',
  }),
  topics: option({
    group: 'This command',
    flag: '--topic',
    argument: 'GLOBS',
    commands: LETTERS,
    type: list('names of topics separated by commas, * for anything', /^[\w.*?-]+$/),
    default: ['*'],
    description: 'Only letters of these topics: names separated by commas, * for anything.',
  }),
};
