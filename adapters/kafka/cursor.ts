/**
 * A cursor names the next batch to read: offset of its commit in the index topic, its number in that commit and, when
 * compaction tore the batch apart, how many of its records are passed. After the last batch of a commit it is the
 * offset that follows: the offsets between are the brokers' own marks.
 */
import { DolistreamError } from '../../core/errors.ts';
import type { Cursor } from '../../core/ports/change-log.ts';

export interface Position {
  readonly commit: number;
  readonly batch: number;
  readonly record: number;
}

export const START: Position = { commit: 0, batch: 0, record: 0 };

export const positionAt = (commit: number, batch = 0, record = 0): Position => ({ commit, batch, record });

/** Text form: `commit`, `commit.batch` or `commit.batch.record`, without zeros at the end. */
export function formatCursor({ commit, batch, record }: Position): Cursor {
  if (record > 0) return `${commit}.${batch}.${record}`;
  return batch > 0 ? `${commit}.${batch}` : String(commit);
}

export function parseCursor(cursor: Cursor): Position {
  const match = /^(\d{1,15})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?$/.exec(cursor);
  if (match) return positionAt(Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0));
  throw new DolistreamError('LOG_CORRUPT', `"${cursor}" is not a place in this change log`, {
    fix: 'The state was written with another change log: start again with an empty one.',
  });
}

/** Negative when `a` comes first. */
export function comparePositions(a: Position, b: Position): number {
  return a.commit - b.commit || a.batch - b.batch || a.record - b.record;
}
