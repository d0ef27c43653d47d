/** What a lane has to know to load records again. */
import type { Deferred } from '../../core/deferred.ts';
import { DolistreamError } from '../../core/errors.ts';
import type { ChangeLog, Cursor } from '../../core/ports/change-log.ts';

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
  new DolistreamError('NOT_RUNNING', 'The loader stopped before it could go back', {
    fix: 'Try again when it runs: dolistream status.',
    retryable: true,
  });

export const isBusy = (owner: string): DolistreamError =>
  new DolistreamError('CONFIG_INVALID', `${owner} is already loading records again`, {
    fix: 'Wait until it is where it was: dolistream lag.',
  });
