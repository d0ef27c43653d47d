/** What a lane is made of. */
import type { ChangeLog, Cursor, LoggedBatch, RecordBatch } from '../../core/ports/change-log.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { Attempt } from './attempt.ts';
import type { Segment } from './segment.ts';
import type { Tenure } from './tenure.ts';

/** What a lane does with the log; it knows nothing of cursors and rounds. */
export interface LaneWork {
  wants(topic: string): boolean;
  /** Cuts a batch where something must happen between its records; together the segments are the batch. */
  split(batch: LoggedBatch, before: Cursor | null): Promise<Segment[]>;
  /** For a new round: asked for one segment after the other, false means that a later round begins with it. */
  startRound(): (next: Segment) => boolean;
  /** Makes the warehouse hold the round. */
  apply(round: readonly Segment[], attempt: Attempt): Promise<void>;
  /** From now on only these topics are wanted, of those that are; null: all. */
  select(topics: readonly string[] | null): void;
  /**
   * Removes what is loaded of these topics at or after the offsets, where loading it again would not replace it.
   * Idempotent.
   */
  forget(firsts: Readonly<Record<string, number>>): Promise<void>;
}

export interface LaneOptions {
  /** Owner of the state in the log. */
  readonly owner: string;
  readonly log: ChangeLog;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly work: LaneWork;
  /** Most bytes of values in one round. */
  readonly maxRoundBytes: number;
  /** Shortest time between the begins of two rounds that are not full, ms. */
  readonly gatherMs: number;
  /** Shortest time between two saves of a place that moved only over what the lane does not want, ms (default 0). */
  readonly idleSaveMs?: number;
  /** Where several processes share the log: told of each save. */
  readonly tenure?: Tenure;
  /** Called whenever the cursor has changed. */
  readonly onMoved?: () => void;
  /** Takes what the last round put aside, which is appended together with its end. */
  readonly takeLetters: () => Promise<readonly RecordBatch[]>;
}
