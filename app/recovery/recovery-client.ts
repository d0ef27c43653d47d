/** What the commands ask of a loader whose records are to be loaded again, here or in a running process. */
import type { RedrivenLetter } from '../../services/warehouse/dead-letters/redrive.ts';
import type { TableSelection } from '../runtime.ts';
import type { ReplayStart } from './replay-plan.ts';
import type { ReplayReport } from './replay-run.ts';

export interface ReplayRequest extends TableSelection {
  readonly start: ReplayStart;
}

export interface RedriveRequest {
  /** Globs over the names of topics. */
  readonly topics: readonly string[];
  /** Only tell what would go in. */
  readonly dryRun: boolean;
}

export interface RedriveReport {
  readonly letters: readonly RedrivenLetter[];
}

export interface RecoveryClient {
  /**
   * Loads again what the log holds from a place on; resolves when the warehouse is where it was. Begun, it is finished
   * whatever comes. Rejects with LOG_TRIMMED, CONFIG_INVALID or NOT_RUNNING before anything is changed.
   */
  replay(request: ReplayRequest, signal: AbortSignal): Promise<ReplayReport>;
  /** Tries to load dead letters again, and notes which went in. */
  redrive(request: RedriveRequest, signal: AbortSignal): Promise<RedriveReport>;
}
