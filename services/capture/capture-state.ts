/** What capture keeps in the log, in the same step as the rows: where it is and what is still to do. */
import { DolistreamError } from '../../core/errors.ts';
import type { JsonValue } from '../../core/ports/change-log.ts';

export const CAPTURE_OWNER = 'capture';

export interface CaptureState {
  /** `copying`: the first copy has begun and is not complete; it starts again after a crash. */
  readonly phase: 'new' | 'copying' | 'streaming';
  /** core/position text of the last complete transaction in the log; null before the first. */
  readonly position: string | null;
  /** seq of the newest event in the log. */
  readonly seq: number;
  /** A transaction of which only the first rows are in the log yet. */
  readonly partial: { readonly id: string; readonly rows: number } | null;
  /** Tables to be copied anew, after a DDL that the stream alone cannot follow. */
  readonly recopy: readonly string[];
  /** Tables that a DDL touched and no row event has described since: their schema is to be read from the catalog. */
  readonly unconfirmed: readonly string[];
}

export const NEW_STATE: CaptureState = {
  phase: 'new',
  position: null,
  seq: 0,
  partial: null,
  recopy: [],
  unconfirmed: [],
};

/** @throws LOG_CORRUPT */
export function parseCaptureState(value: JsonValue): CaptureState {
  if (value === null) return NEW_STATE;
  const state = value as Partial<CaptureState>;
  const valid =
    typeof state === 'object' &&
    (state.phase === 'copying' || state.phase === 'streaming' || state.phase === 'new') &&
    (state.position === null || typeof state.position === 'string') &&
    typeof state.seq === 'number' &&
    Array.isArray(state.recopy) &&
    Array.isArray(state.unconfirmed);
  if (!valid) {
    throw new DolistreamError('LOG_CORRUPT', 'The saved capture state cannot be read', {
      fix: 'Move the data folder away and start anew; the source is not touched',
    });
  }
  return state as CaptureState;
}

/** Copies every table anew from now on; seq goes on, so that what follows still counts as newer. */
export const restartedState = (state: CaptureState): CaptureState => ({
  ...NEW_STATE,
  phase: 'copying',
  seq: state.seq,
});

export const captureStateJson = (state: CaptureState): JsonValue => ({ ...state });
