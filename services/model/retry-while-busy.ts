import { setTimeout as delay } from 'node:timers/promises';
import { DolistreamError } from '../../core/errors.ts';
import type { ModelDependencies } from './model-service.ts';

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 15_000;

/** Repeats what the engine was too busy for. Rejects with its last error when the signal comes first. */
export async function retryWhileBusy(
  work: () => Promise<void>,
  { logger, metrics }: Pick<ModelDependencies, 'logger' | 'metrics'>,
  signal: AbortSignal,
): Promise<void> {
  for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DolistreamError) || !error.retryable || signal.aborted) throw error;
      logger.warn({ error: error.message, waitMs }, 'warehouse busy, trying again');
      metrics.count('warehouse_retries_total', 1, { lane: 'model' });
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
