import { type Clock, systemClock } from '../../core/clock.ts';
import type { ChangeLog, Cursor } from '../../core/ports/change-log.ts';
import { eraseFromStates } from './erase-states.ts';
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
  /**
   * Takes the texts out of every saved state, drops the batches that all of `passed` have passed, and writes the file anew so that
   * nothing of either is left in it. Nobody may read or write meanwhile. Returns how many states said something.
   */
  erase(texts: readonly string[], passed: readonly Cursor[]): Promise<number>;
  /** Writes all that is in it into another folder, from which it can be opened. */
  copyInto(folder: string): Promise<void>;
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
    return {
      ...{ log, registry, close: () => log.close() },
      copyInto: (folder) => environment.copyInto(folder),
      erase: async (texts, passed) => {
        const states = await eraseFromStates(environment, texts);
        await log.trim({ maxBytes: 0, maxAgeMs: null, keepAfter: passed });
        await environment.compact();
        return states;
      },
    };
  } catch (error) {
    await environment.close();
    throw error;
  }
}
