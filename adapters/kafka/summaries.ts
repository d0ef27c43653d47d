import type { BatchSummary } from '../../core/ports/change-log.ts';
import type { Commit } from './commit-record.ts';
import { comparePositions, formatCursor, type Position, positionAt } from './cursor.ts';
import { afterBatch } from './read-plan.ts';

/** The batches of a commit that end after `from`. */
export function* summariesOf(commit: Commit, from: Position | null): Generator<BatchSummary> {
  for (const [number, batch] of commit.batches.entries()) {
    const after = afterBatch(positionAt(commit.offset, number), number + 1 === commit.batches.length);
    if (from !== null && comparePositions(after, from) <= 0) continue;
    const counts = new Map<number, number>();
    for (const { partition, count } of batch.parts) {
      counts.set(partition, (counts.get(partition) ?? 0) + count);
    }
    yield {
      topic: batch.topic,
      baseOffset: batch.offset,
      count: batch.count,
      bytes: batch.bytes,
      timestampMs: batch.timestampMs,
      lastSeq: batch.lastSeq,
      partitions: [...counts].map(([partition, count]) => ({ partition, count })),
      next: formatCursor(after),
    };
  }
}
