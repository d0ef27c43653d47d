/** Where a lane stands, as the log keeps it for its owner. */
import { DolistreamError } from '../../core/errors.ts';
import type { Cursor, JsonValue } from '../../core/ports/change-log.ts';

/** A place in the log, possibly inside a batch. */
export interface Place {
  readonly cursor: Cursor | null;
  /** Records of the batch after `cursor` that lie before the place. */
  readonly skip: number;
}

export interface LaneState extends Place {
  /** Highest seq of which everything up to it is applied; 0 before the first. */
  readonly seq: number;
  /** End of the round that was begun; null when none is open. */
  readonly until: Place | null;
}

export const isAt = (a: Place, b: Place): boolean => a.cursor === b.cursor && a.skip === b.skip;

export function formatLaneState(state: LaneState): JsonValue {
  const { cursor, skip, seq, until } = state;
  return { cursor, skip, seq, until: until && { cursor: until.cursor, skip: until.skip } };
}

function parsePlace(value: JsonValue | undefined, owner: string): Place {
  const place = value as { cursor?: unknown; skip?: unknown } | null | undefined;
  const isCursor = place?.cursor === null || typeof place?.cursor === 'string';
  if (!isCursor || !Number.isSafeInteger(place?.skip)) {
    throw new DolistreamError('LOG_CORRUPT', `The state of "${owner}" is not a place in the log`);
  }
  return { cursor: place!.cursor as Cursor | null, skip: place!.skip as number };
}

/** The state of a lane that never ran is the begin of the log. */
export function parseLaneState(value: JsonValue, owner: string): LaneState {
  if (value === null) return { cursor: null, skip: 0, seq: 0, until: null };
  const { seq, until } = value as { seq?: JsonValue; until?: JsonValue };
  if (!Number.isSafeInteger(seq)) {
    throw new DolistreamError('LOG_CORRUPT', `The state of "${owner}" has no seq: ${JSON.stringify(value)}`);
  }
  return {
    ...parsePlace(value, owner),
    seq: seq as number,
    until: until === null ? null : parsePlace(until, owner),
  };
}
