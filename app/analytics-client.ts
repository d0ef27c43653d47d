/** What the commands ask of the analyses, here or in a running process. */
import { DolistreamError } from '../core/errors.ts';
import type { Clock } from '../core/clock.ts';
import type { Warehouse } from '../core/ports/warehouse.ts';
import { ANALYSES } from '../services/analytics/analysis-registry.ts';
import { isDurationPayload, type JobDescription } from '../services/analytics/duration/duration.ts';
import { type DurationAnswer, predictDuration } from '../services/analytics/duration/predict-duration.ts';
import { ModelStore, type ModelVersion } from '../services/analytics/model-store.ts';
import { type AnalysesDeps, type AnalysisReport, runAnalysis } from '../services/analytics/run-analyses.ts';
import type { DataDir } from './data-dir.ts';
import type { Options } from './options.ts';
import { packagePath } from './paths.ts';

export interface RollbackRequest {
  readonly name: string;
  /** null: the newest version before the one in use. */
  readonly version: number | null;
}

export interface AnalyticsClient {
  /** Runs one analysis, or all, now. Rejects with CONFIG_INVALID for a name that is none. */
  analyze(
    request: { readonly module: string | null },
    signal: AbortSignal,
  ): Promise<readonly AnalysisReport[]>;
  /** By the model in use; before one was trained the estimate is kept. */
  predictDuration(job: JobDescription): Promise<DurationAnswer>;
  /** Every version of every model. */
  models(): Promise<readonly ModelVersion[]>;
  /** Puts an earlier version in use. Rejects with MODEL_UNUSABLE when there is none. */
  rollback(request: RollbackRequest): Promise<ModelVersion>;
}

export interface AnalyticsContext {
  readonly options: Options;
  readonly dataDir: DataDir;
  readonly clock: Clock;
}

/** The same seed for every firm: results can be repeated by anybody. */
const SEED = 42;
export const MODELS_FOLDER = 'models';

export function analysesOf(
  { options, dataDir, clock }: AnalyticsContext,
  warehouse: Warehouse,
): AnalysesDeps {
  return {
    ...{ warehouse, clock },
    models: new ModelStore(dataDir.folder(MODELS_FOLDER), clock),
    options: {
      warehouseDatabase: options.warehouseDatabase,
      queries: packagePath('clickhouse', 'analytics'),
      locale: options.locale,
      timezone: options.timeZone,
      seed: SEED,
      modelRetentionDays: options.modelRetentionDays,
    },
  };
}

/** `warehouse`: null where this process has none; then only models and predictions answer. */
export function createAnalyticsClient(
  context: AnalyticsContext,
  warehouse: Warehouse | null,
): AnalyticsClient {
  const models = new ModelStore(context.dataDir.folder(MODELS_FOLDER), context.clock);
  return {
    analyze: async ({ module }, signal) => {
      if (!warehouse) throw noWarehouse();
      const names = module === null ? ANALYSES.map(({ name }) => name) : [module];
      const reports: AnalysisReport[] = [];
      for (const name of names) {
        reports.push(await runAnalysis(analysesOf(context, warehouse), name, signal));
      }
      return reports;
    },
    predictDuration: async (job) => {
      const stored = await models.inUse('duration');
      const payload: unknown = stored?.payload ?? null;
      const model = isDurationPayload(payload) ? { payload, version: stored!.description.version } : null;
      return predictDuration(job, model, context.options.locale);
    },
    models: () => models.list(),
    rollback: ({ name, version }) => models.rollback(name, version),
  };
}

const noWarehouse = (): DolistreamError =>
  new DolistreamError('NOT_RUNNING', 'There is no warehouse in this process to analyse', {
    fix: 'Ask the process that runs `dolistream up` or `dolistream run load`.',
  });
