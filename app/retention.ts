/** Keeps the change log within its bounds, without dropping what a consumer has not read. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ChangeLog } from '../core/ports/change-log.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { Service } from '../core/ports/service.ts';
import type { ConsumerPosition } from './caught-up.ts';
import type { Stores } from './stores.ts';

const RETENTION_EVERY_MS = 60_000;
const DAY_MS = 86_400_000;

export interface RetentionOptions {
  readonly maxBytes: number | null;
  readonly maxAgeMs: number | null;
  readonly everyMs: number;
}

export function createRetentionService(
  deps: {
    readonly log: ChangeLog;
    readonly logger: Logger;
    readonly consumers: () => Promise<readonly ConsumerPosition[]>;
  },
  options: RetentionOptions,
): Service {
  return {
    name: 'retention',
    async run(signal) {
      while (!signal.aborted) {
        await pause(options.everyMs, undefined, { signal }).catch(() => undefined);
        const cursors = await Promise.all((await deps.consumers()).map((consumer) => consumer.position()));
        // A consumer without a position has read nothing yet and may need everything.
        if (signal.aborted || cursors.includes(null)) continue;
        const freed = await deps.log.trim({
          maxBytes: options.maxBytes,
          maxAgeMs: options.maxAgeMs,
          keepAfter: cursors.filter((cursor) => cursor !== null),
        });
        if (freed > 0) deps.logger.info({ bytes: freed }, 'oldest events dropped from the change log');
      }
    },
  };
}

/** The retention of the stores' own log, by their options. */
export function retentionOf(
  { log, logOf, isShared, context }: Pick<Stores, 'log' | 'logOf' | 'isShared' | 'context'>,
  consumers: () => Promise<readonly ConsumerPosition[]>,
): Service {
  const { logRetentionBytes, logRetentionDays } = context.options;
  return createRetentionService(
    { log: isShared ? logOf('capture') : log, logger: context.logger, consumers },
    {
      maxBytes: logRetentionBytes,
      maxAgeMs: logRetentionDays === null ? null : logRetentionDays * DAY_MS,
      everyMs: RETENTION_EVERY_MS,
    },
  );
}
