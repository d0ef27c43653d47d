/** The stage `model`: what it needs and what it offers. How it works is in model-run.ts. */
import type { Clock } from '../../core/clock.ts';
import type { ChangeLog, Cursor } from '../../core/ports/change-log.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import type { Service } from '../../core/ports/service.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { type ModelFileOptions, readModelFiles } from './model-files.ts';
import { ModelRun } from './model-run.ts';
import { modelStopped } from './model-state.ts';

export interface ModelOptions {
  /** Prefix of the topics. */
  readonly prefix: string;
  /** Dolibarr's database. */
  readonly sourceDatabase: string;
  /** Database of the model in the warehouse. */
  readonly warehouseDatabase: string;
  /** IANA zone of Dolibarr's dates: what day it is. */
  readonly timezone: string;
  readonly files: ModelFileOptions;
  /** Shortest time between two derivations, ms (default 400). */
  readonly gatherMs?: number;
}

export interface ModelDependencies {
  readonly log: ChangeLog;
  readonly registry: SchemaRegistry;
  readonly warehouse: Warehouse;
  /** Up to where the log is in `mirror`. */
  readonly mirrorPosition: () => Cursor | null;
  readonly options: ModelOptions;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

export interface ModelService extends Service {
  /** Up to where the log is in the model; null before the first derivation of everything. */
  position(): Cursor | null;
  /** To be called when the mirror has moved: saves waiting. */
  mirrorMoved(): void;
  /**
   * Derives every table of the model anew, beside the old ones; resolves with how many when all are swapped in. Rejects with
   * NOT_RUNNING when the stage does not run or stops first; what was begun is then finished by the next run.
   */
  rebuild(): Promise<number>;
}

export function createModelService(dependencies: ModelDependencies): ModelService {
  let run: ModelRun | null = null;
  return {
    name: 'model',
    async run(signal) {
      run = new ModelRun(dependencies, await readModelFiles(dependencies.options.files), signal);
      try {
        await run.work();
      } finally {
        run.stopped();
      }
    },
    position: () => run?.position ?? null,
    mirrorMoved: () => run?.wake(),
    rebuild: () => run?.rebuild() ?? Promise.reject(modelStopped()),
  };
}
