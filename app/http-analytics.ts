/** The analyses of a running process, over its HTTP port. */
import type { DurationAnswer } from '../services/analytics/duration/predict-duration.ts';
import type { ModelVersion } from '../services/analytics/model-store.ts';
import type { AnalysisReport } from '../services/analytics/run-analyses.ts';
import type { AnalyticsClient } from './analytics-client.ts';

/** POST JSON → JSON for actions, GET → JSON for lists. */
export const ANALYTICS_ROUTES = {
  /** POST {module} → {reports} */
  analyze: '/api/analytics',
  /** POST JobDescription → DurationAnswer */
  predictDuration: '/api/predict/duration',
  /** GET → {models} */
  models: '/api/models',
  /** POST RollbackRequest → ModelVersion */
  rollback: '/api/models/rollback',
} as const;

/** Sends a body, or asks without one, and returns the parsed answer; throws what the process answered as its error. */
export type AskProcess = (call: {
  readonly path: string;
  readonly body?: object;
  readonly signal?: AbortSignal;
}) => Promise<unknown>;

export function connectAnalytics(ask: AskProcess): AnalyticsClient {
  return {
    analyze: async (request, signal) => {
      const answer = await ask({ path: ANALYTICS_ROUTES.analyze, body: request, signal });
      return (answer as { reports: AnalysisReport[] }).reports;
    },
    predictDuration: async (job) =>
      (await ask({ path: ANALYTICS_ROUTES.predictDuration, body: job })) as DurationAnswer,
    models: async () => ((await ask({ path: ANALYTICS_ROUTES.models })) as { models: ModelVersion[] }).models,
    rollback: async (request) =>
      (await ask({ path: ANALYTICS_ROUTES.rollback, body: request })) as ModelVersion,
  };
}
