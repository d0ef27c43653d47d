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
  /** How often the lane was set back: what it inserts once more has other tokens. */
  readonly epoch: number;
  /** null: the lane was not set back, or is again where it was. */
  readonly replay: ReplayState | null;
}

/** A lane that was set back, until it is again where it was. It loads nothing but these topics meanwhile. */
export interface ReplayState {
  /** Where it was, and goes on from. */
  readonly end: Place;
  /** `seq` of there. */
  readonly endSeq: number;
  /** By topic, the offset of the first record that is loaded again. */
  readonly firsts: Readonly<Record<string, number>>;
  /** False: what was loaded from there on may still have to be removed. */
  readonly isCleared: boolean;
}

export const NEW_LANE: LaneState = { cursor: null, skip: 0, seq: 0, until: null, epoch: 0, replay: null };

export const isAt = (a: Place, b: Place): boolean => a.cursor === b.cursor && a.skip === b.skip;

export function formatLaneState(state: LaneState): JsonValue {
  const { cursor, skip, seq, until, epoch, replay } = state;
  return {
    ...{ cursor, skip, seq, until: until && formatPlace(until) },
    ...(epoch === 0 ? {} : { epoch }),
    ...(replay === null ? {} : { replay: { ...replay, end: formatPlace(replay.end) } }),
  };
}

const formatPlace = ({ cursor, skip }: Place): { cursor: Cursor | null; skip: number } => ({ cursor, skip });

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
  if (value === null) return NEW_LANE;
  const { seq, until, epoch = 0, replay = null } = value as Readonly<Record<string, JsonValue>>;
  if (!Number.isSafeInteger(seq) || !Number.isSafeInteger(epoch)) {
    throw new DolistreamError('LOG_CORRUPT', `The state of "${owner}" has no seq: ${JSON.stringify(value)}`);
  }
  return {
    ...parsePlace(value, owner),
    seq: seq as number,
    until: until === null ? null : parsePlace(until, owner),
    epoch: epoch as number,
    replay: replay === null ? null : parseReplay(replay, owner),
  };
}

function parseReplay(value: JsonValue, owner: string): ReplayState {
  const { end, endSeq, firsts, isCleared } = Object(value) as Readonly<Record<string, JsonValue>>;
  const offsets = Object.entries(Object(firsts) as Readonly<Record<string, unknown>>);
  if (!Number.isSafeInteger(endSeq) || !offsets.every(([, offset]) => Number.isSafeInteger(offset))) {
    throw new DolistreamError('LOG_CORRUPT', `The state of "${owner}" has a replay without its ends`);
  }
  return {
    ...{ end: parsePlace(end, owner), endSeq: endSeq as number, isCleared: isCleared === true },
    firsts: Object.fromEntries(offsets) as Readonly<Record<string, number>>,
  };
}

/** Whether a saved state is of a lane that is not yet again where it was. */
export const isReplaying = (state: JsonValue): boolean =>
  (Object(state) as { readonly replay?: JsonValue }).replay != null;

/** The log does not hold what the state says was begun. */
export const roundMissing = (owner: string): DolistreamError =>
  new DolistreamError('LOG_CORRUPT', `The log ends before the round that "${owner}" had begun`, {
    fix: 'Rebuild the warehouse from a new copy: dolistream backfill.',
  });
