/** What others ask of a lane between two rounds: to load records again, or to stand still. */
import type { Deferred } from '../../core/deferred.ts';
import { DolistreamError } from '../../core/errors.ts';
import type { ChangeLog, Cursor } from '../../core/ports/change-log.ts';
import type { Place } from './lane-state.ts';

/** A place to go back to. */
export interface SetBack {
  readonly from: Cursor | null;
  /** By topic, the offset of its first record after `from`. Other topics are not loaded again. */
  readonly firsts: Readonly<Record<string, number>>;
}

/** Somebody waits for it. */
export interface AskedSetBack {
  readonly to: SetBack;
  readonly done: Deferred<null>;
}

/** Work that is done while the lane stands still. */
export interface Visit {
  readonly visit: (place: Place) => Promise<void>;
  readonly reject: (error: unknown) => void;
}

/** By topic, the offset up to which a lane that stands at the place has everything. */
export async function loadedOffsets(
  log: ChangeLog,
  { cursor, skip }: Place,
  wants: (topic: string) => boolean,
): Promise<Map<string, number>> {
  // In this order: what is appended between the two questions is in the second answer.
  const loaded = new Map((await log.topics()).map(({ topic, nextOffset }) => [topic, nextOffset]));
  const seen = new Set<string>();
  let passed = skip;
  for await (const { topic, baseOffset } of log.summaries(cursor)) {
    if (!wants(topic)) continue;
    if (!seen.has(topic)) loaded.set(topic, baseOffset + passed);
    seen.add(topic);
    passed = 0;
  }
  return loaded;
}

/** Whether the log still has what is to be loaded again: the first record of each topic. */
export async function isKept(log: ChangeLog, { from, firsts }: SetBack): Promise<boolean> {
  for await (const { topic, baseOffset } of log.summaries(from)) {
    const first = firsts[topic];
    if (first !== undefined) return first === baseOffset;
  }
  return false;
}

export const trimmed = (): DolistreamError =>
  new DolistreamError('LOG_TRIMMED', 'The change log has just dropped what was to be loaded again', {
    fix: 'Begin later, or copy the tables again: dolistream backfill.',
  });

export const stopped = (): DolistreamError =>
  new DolistreamError('NOT_RUNNING', 'The loader stopped before it came to what was asked of it', {
    fix: 'Try again when it runs: dolistream status.',
    retryable: true,
  });

export const isBusy = (owner: string): DolistreamError =>
  new DolistreamError('CONFIG_INVALID', `${owner} is already loading records again`, {
    fix: 'Wait until it is where it was: dolistream lag.',
  });
