import { type Clock, systemClock } from '../../core/clock.ts';
import type { ChangeLog } from '../../core/ports/change-log.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import { LmdbChangeLog } from './lmdb-change-log.ts';
import { LmdbSchemaRegistry } from './lmdb-schema-registry.ts';
import { LogEnvironment } from './log-environment.ts';

export interface EmbeddedLogOptions {
  /** Folder of the log, made when it is missing. One process at a time may have it open. */
  readonly dir: string;
  /** What retention by age compares with; the system clock by default. */
  readonly clock?: Clock;
}

export interface EmbeddedLog {
  readonly log: ChangeLog;
  readonly registry: SchemaRegistry;
  /** Waits for the append in hand, releases waiting readers, closes the file. May be called twice. */
  close(): Promise<void>;
}

/**
 * Opens or creates the change log and the schema registry of one process. Rejects with LOG_CORRUPT,
 * LOG_FORMAT_UNKNOWN or DATA_DIR_UNUSABLE.
 */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<EmbeddedLog> {
  const environment = await LogEnvironment.open(options.dir);
  try {
    const log = new LmdbChangeLog(environment, options.clock ?? systemClock);
    const registry = new LmdbSchemaRegistry(environment);
    return { log, registry, close: () => log.close() };
  } catch (error) {
    await environment.close();
    throw error;
  }
}
