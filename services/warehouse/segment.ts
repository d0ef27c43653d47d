import type { LoggedBatch } from '../../core/ports/change-log.ts';
import type { Place } from './lane-state.ts';
import type { TableChange } from './schema-changes.ts';

export type SegmentKind = 'rows' | 'truncate' | 'schema-change' | 'alerts';

/** Records [start, end) of one batch, which are handled alike. */
export interface Segment {
  readonly kind: SegmentKind;
  readonly batch: LoggedBatch;
  readonly start: number;
  readonly end: number;
  readonly bytes: number;
  /** Where the log continues after it. */
  readonly after: Place;
  /** Everything up to this seq is applied once the segment is; 0 while its batch goes on. */
  readonly passedSeq: number;
  /** What the records say, for the kind `schema-change`. */
  readonly changes?: readonly TableChange[];
}

export const bytesOf = (segments: readonly Segment[]): number =>
  segments.reduce((sum, { bytes }) => sum + bytes, 0);

/** The value datums of records [start, end) of a batch. */
export function valuesOf(batch: LoggedBatch, start: number, end: number): Uint8Array {
  const from = start === 0 ? 0 : batch.valueEnds[start - 1]!;
  return batch.values.subarray(from, batch.valueEnds[end - 1]!);
}

/** Cuts a batch into pieces, of which the last ends at its count. `before` is the cursor right before the batch. */
export function segmentsOf(
  batch: LoggedBatch,
  before: Place['cursor'],
  pieces: readonly { readonly kind: SegmentKind; readonly end: number }[],
): Segment[] {
  let start = 0;
  return pieces.map(({ kind, end }) => {
    const isLast = end === batch.count;
    const segment: Segment = {
      kind,
      batch,
      start,
      end,
      bytes: valuesOf(batch, start, end).length,
      after: isLast ? { cursor: batch.next, skip: 0 } : { cursor: before, skip: end },
      passedSeq: isLast ? batch.lastSeq : 0,
    };
    start = end;
    return segment;
  });
}
