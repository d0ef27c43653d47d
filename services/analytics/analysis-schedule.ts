/** Runs every analysis again when its results have become old. A failure is for the supervisor, which starts again. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import { asDolistreamError, DolistreamError } from '../../core/errors.ts';
import type { ChangeLog } from '../../core/ports/change-log.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { Service } from '../../core/ports/service.ts';
import { ANALYSES } from './analysis-registry.ts';
import { type AnalysesDeps, type AnalysisReport, runAnalysis } from './run-analyses.ts';
import { raiseSilences, type SilenceTarget } from './silence-alerts.ts';

export interface ScheduleDeps {
  readonly analyses: AnalysesDeps;
  readonly log: ChangeLog;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Hours after which results are old; 0: never by themselves. */
  readonly cacheHours: number;
  /** False while the business model is not filled yet. */
  readonly isReady: () => boolean;
  /** Where alerts of silence go. */
  readonly alerts: Pick<SilenceTarget, 'registry' | 'prefix' | 'database' | 'alertSchema'>;
}

export const SCHEDULE_OWNER = 'analytics-schedule';

const HOUR_MS = 3_600_000;
/** Longest time until a due run is noticed. */
const LOOK_MS = 30_000;

interface SavedSchedule {
  /** When all analyses last ran, ms since epoch. */
  readonly lastRun: number;
}

export function createAnalysisSchedule(deps: ScheduleDeps): Service {
  const { log, clock, cacheHours, isReady } = deps;
  return {
    name: 'analyses',
    async run(signal) {
      const saved = (await log.getState(SCHEDULE_OWNER)) as SavedSchedule | null;
      let due = saved ? saved.lastRun + cacheHours * HOUR_MS : 0;
      while (!signal.aborted) {
        const now = clock.now();
        if (cacheHours > 0 && now >= due && isReady()) {
          // Noted first: a run that fails is due again with the next, not at once.
          await log.setState([{ owner: SCHEDULE_OWNER, state: { lastRun: now } }]);
          due = now + cacheHours * HOUR_MS;
          await runAll(deps, signal);
        }
        await delay(LOOK_MS, undefined, { signal, ref: false }).catch(() => undefined);
      }
    },
  };
}

/** Retryable whatever happened: an analysis that fails must not end the pipeline. */
async function runOne(analyses: AnalysesDeps, name: string, signal: AbortSignal): Promise<AnalysisReport> {
  try {
    return await runAnalysis(analyses, name, signal);
  } catch (error) {
    const { code, message } = asDolistreamError(error, 'INTERNAL');
    throw new DolistreamError(code, message, { retryable: true, cause: error });
  }
}

async function runAll(
  { analyses, log, logger, metrics, clock, alerts }: ScheduleDeps,
  signal: AbortSignal,
): Promise<void> {
  for (const { name } of ANALYSES) {
    if (signal.aborted) return;
    const { seconds, notes, model, tables } = await runOne(analyses, name, signal);
    const silences = await raiseSilences(tables, { log, clock, ...alerts });
    if (silences > 0) metrics.count('alerts_raised_total', silences, { rule: 'silence' });
    metrics.observe('analysis_seconds', seconds, { analysis: name });
    const version = model === null ? {} : { model: model.version, inUse: model.inUse };
    logger.info({ analysis: name, seconds, notes, ...version }, 'analysis done');
  }
}
