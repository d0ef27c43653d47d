import { option, optional, READS_SOURCE, RUNS_STAGES } from '../option-spec.ts';
import { columnGlobs, integer, tableGlobs, timeZone } from '../option-types.ts';

/** Columns of Dolibarr that hold passwords, keys and tokens: dropped unless --keep-columns says otherwise. */
export const SECRET_COLUMNS = [
  '*.pass',
  '*.pass_crypted',
  '*.pass_temp',
  '*.password',
  '*.share_pass',
  '*.api_key',
  '*.webservices_key',
  '*.preapproval_key',
  '*.tokenstring*',
  '*_oauth_token.token',
  '*_oauth_token.state',
  '*_oauth_state.state',
  '*_session.session_variable',
  '*_const.value',
] as const;

export const CAPTURE_OPTIONS = {
  tables: option({
    group: 'Capture',
    flag: '--tables',
    argument: 'GLOBS',
    commands: [...READS_SOURCE, 'demo'],
    type: tableGlobs,
    default: ['*'],
    description: 'Tables to work on: names separated by commas, * for anything.',
  }),
  excludeTables: option({
    group: 'Capture',
    flag: '--exclude-tables',
    argument: 'GLOBS',
    commands: [...READS_SOURCE, 'demo'],
    type: tableGlobs,
    default: [],
    description: 'Tables to leave out, even when --tables names them.',
  }),
  dropColumns: option({
    group: 'Capture',
    flag: '--drop-columns',
    argument: 'GLOBS',
    commands: [...READS_SOURCE, 'demo'],
    type: columnGlobs,
    default: [],
    description:
      'Columns that must never leave the source, as table.column, on top of the passwords, keys and tokens that are always dropped.',
  }),
  keepColumns: option({
    group: 'Capture',
    flag: '--keep-columns',
    argument: 'GLOBS',
    commands: [...READS_SOURCE, 'demo'],
    type: columnGlobs,
    default: [],
    description: 'Columns to capture although they are on the list of secrets.',
  }),
  timeZone: option({
    group: 'Capture',
    flag: '--time-zone',
    argument: 'ZONE',
    env: ['DOLIBARR_TIMEZONE'],
    commands: [...READS_SOURCE, 'demo'],
    type: timeZone,
    default: 'Europe/Paris',
    description: 'Zone of the wall clock in DATETIME columns: the one PHP runs in.',
  }),
  serverId: option({
    group: 'Capture',
    flag: '--server-id',
    argument: 'N',
    commands: [...RUNS_STAGES],
    type: optional(integer(1, 4_294_967_295)),
    default: null,
    description:
      'Number by which the source knows this reader. Default: drawn once and kept in the data folder.',
  }),
  maxRowsPerSecond: option({
    group: 'Capture',
    flag: '--max-rows-per-second',
    argument: 'N',
    commands: [...RUNS_STAGES, 'backfill'],
    type: optional(integer(1, 10_000_000)),
    default: null,
    description:
      'Copy tables no faster than this. Default: as fast as the source answers, with rests while it is busy. The stream of changes is never slowed down.',
  }),
  staleSeconds: option({
    group: 'Capture',
    flag: '--stale-seconds',
    argument: 'N',
    commands: [...RUNS_STAGES],
    type: integer(2, 3_600),
    default: 30,
    description: 'Renew the connection when neither an event nor a heartbeat came for this long.',
  }),
};
