import { option, RUNS_STAGES } from '../option-spec.ts';
import { bytes, decimal, integer, orNone, text } from '../option-types.ts';

export const CHANGE_LOG_OPTIONS = {
  topicPrefix: option({
    group: 'Change log',
    flag: '--topic-prefix',
    argument: 'NAME',
    type: text('letters, digits, dots, dashes and underscores', /^[A-Za-z0-9._-]{1,60}$/),
    default: 'dolibarr',
    description: 'First part of every topic: <prefix>.<database>.<table>.',
  }),
  logRetentionBytes: option({
    group: 'Change log',
    flag: '--log-retention-bytes',
    argument: 'SIZE',
    commands: RUNS_STAGES,
    type: orNone(bytes(16_777_216)),
    default: 10_737_418_240,
    description: 'Keep at most this much of the change log; what a stage has not read is always kept.',
  }),
  logRetentionDays: option({
    group: 'Change log',
    flag: '--log-retention-days',
    argument: 'N',
    commands: RUNS_STAGES,
    type: orNone(integer(1, 36_500)),
    default: 7,
    description: 'Drop events older than this from the change log; the lake keeps them all.',
  }),
};

export const LAKE_OPTIONS = {
  lakeRollSeconds: option({
    group: 'Lake',
    flag: '--lake-roll-seconds',
    argument: 'N',
    commands: RUNS_STAGES,
    type: integer(1, 86_400),
    default: 60,
    description: 'Write at least one Parquet file per changed table and this many seconds.',
  }),
};

export const WAREHOUSE_OPTIONS = {
  warehouseDatabase: option({
    group: 'Warehouse',
    flag: '--warehouse-database',
    argument: 'NAME',
    env: ['WAREHOUSE_DB_NAME'],
    type: text('a database name of letters, digits and underscores', /^[A-Za-z_][A-Za-z0-9_]{0,62}$/),
    default: 'dolibarr_warehouse',
    description: 'ClickHouse database of the business model and the key figures.',
  }),
  warehouseUser: option({
    group: 'Warehouse',
    flag: '--warehouse-user',
    argument: 'NAME',
    env: ['WAREHOUSE_DB_USER'],
    type: text('a user name'),
    default: 'default',
    description: 'User on the ClickHouse server; the embedded one has no users and takes any name.',
  }),
};

export const ANALYTICS_OPTIONS = {
  modelRetentionDays: option({
    group: 'Analytics and alerts',
    flag: '--model-retention-days',
    argument: 'N',
    env: ['ML_MODEL_RETENTION_DAYS'],
    commands: [...RUNS_STAGES, 'analytics', 'cleanup'],
    type: integer(1, 36_500),
    default: 90,
    description: 'Keep trained models this many days; the one in use stays.',
  }),
  analyticsCacheHours: option({
    group: 'Analytics and alerts',
    flag: '--analytics-cache-hours',
    argument: 'N',
    env: ['ANALYTICS_CACHE_HOURS'],
    commands: RUNS_STAGES,
    type: decimal(0, 8_760),
    default: 6,
    description:
      'Compute segments, stock, durations and insights again after this many hours; 0: only when asked. Every event is scored as it comes.',
  }),
  alertsPerWeek: option({
    group: 'Analytics and alerts',
    flag: '--alerts-per-week',
    argument: 'N',
    commands: RUNS_STAGES,
    type: orNone(integer(1, 10_000)),
    default: null,
    description:
      'Raise at most this many alerts in seven days, the most severe ones; the others stay in the lists of the analyses.',
  }),
};
