import { Cron } from 'croner';
import { option } from '../option-spec.ts';
import { orNone, type OptionType } from '../option-types.ts';

/** Five fields, so that what is written for cron means the same here; croner would take seconds and years, too. */
const cronExpression: OptionType<string> = {
  expected: 'a cron expression of five fields, such as "30 6 * * *"',
  parse: (text) => {
    const expression = text.trim();
    if (expression.split(/\s+/).length !== 5) return undefined;
    try {
      return new Cron(expression).nextRun() === null ? undefined : expression;
    } catch {
      return undefined;
    }
  },
};

const schedule = (flag: `--${string}`, fallback: string | null, what: string) =>
  option({
    group: 'Schedules',
    flag,
    argument: 'CRON',
    commands: ['demo', 'up', 'status'],
    type: orNone(cronExpression),
    default: fallback,
    description: `When \`up\` ${what}, in --timezone; none: never by itself.`,
  });

export const SCHEDULE_OPTIONS = {
  scheduleQuality: schedule('--schedule-quality', '30 6 * * *', 'scores the quality of the data (daily)'),
  scheduleVerify: schedule(
    '--schedule-verify',
    '0 3 * * *',
    'proves the warehouse equal to the source, with an alert when it is not (daily)',
  ),
  scheduleCleanup: schedule(
    '--schedule-cleanup',
    '0 4 1 * *',
    'removes what is past its retention (monthly)',
  ),
  scheduleAnalytics: schedule(
    '--schedule-analytics',
    null,
    'runs every analysis, besides --analytics-cache-hours',
  ),
};
