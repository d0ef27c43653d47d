/** The jobs that `up` runs at set times. Adding one is an entry here and an option for its expression. */
import { DolistreamError } from '../core/errors.ts';
import type { Options } from './options.ts';
import type { RuntimeClient } from './runtime.ts';
import { Schedules } from './schedules.ts';
import type { Stores } from './stores.ts';

type JobClient = Pick<RuntimeClient, 'verify' | 'analytics' | 'upkeep'>;

interface JobEntry {
  readonly name: string;
  readonly expression: (options: Options) => string | null;
  readonly run: (client: JobClient, signal: AbortSignal) => Promise<string>;
}

const EVERY_TABLE = { tables: ['*'], excludeTables: [] };

const JOBS: readonly JobEntry[] = [
  {
    name: 'quality',
    expression: ({ scheduleQuality }) => scheduleQuality,
    run: async (client, signal) => {
      const { score, rules } = await client.upkeep.quality({ days: null }, signal);
      const faulty = rules.reduce((sum, rule) => sum + rule.faulty, 0);
      return `score ${score ?? 'none'}, ${faulty} faulty rows`;
    },
  },
  {
    name: 'cleanup',
    expression: ({ scheduleCleanup }) => scheduleCleanup,
    run: async (client, signal) => {
      const { bytes } = await client.upkeep.cleanup({ days: null, dryRun: false }, signal);
      return `${Math.ceil(bytes / 1024)} KiB freed`;
    },
  },
  {
    name: 'verify',
    expression: ({ scheduleVerify }) => scheduleVerify,
    run: async (client, signal) => {
      const report = await client.verify(EVERY_TABLE, () => undefined, signal);
      const tables = report.tables.filter(({ equal }) => !equal).map(({ table }) => table);
      const totals = report.totals.filter(({ equal }) => !equal).map(({ name }) => `total ${name}`);
      const different = [...tables, ...totals];
      if (report.equal) return `${report.tables.length} tables, ${report.totals.length} totals equal`;
      throw new DolistreamError('VERIFY_DIFFERENT', `Not as in the source: ${different.join(', ')}`, {
        fix: 'dolistream verify --repair',
      });
    },
  },
  {
    name: 'analytics',
    expression: ({ scheduleAnalytics }) => scheduleAnalytics,
    run: async (client, signal) => {
      const reports = await client.analytics.analyze({ module: null }, signal);
      return `${reports.length} analyses done`;
    },
  },
];

/** The schedules over the stores of this process; `client` does the work. */
export function createSchedules(
  { context, log }: Pick<Stores, 'context' | 'log'>,
  client: JobClient,
): Schedules {
  const { options, clock, logger } = context;
  const jobs = JOBS.map(({ name, expression, run }) => ({
    name,
    expression: expression(options),
    run: (signal: AbortSignal) => run(client, signal),
  }));
  return new Schedules({
    ...{ log, clock, jobs, timeZone: options.timeZone },
    logger: logger.child({ service: 'schedules' }),
  });
}
