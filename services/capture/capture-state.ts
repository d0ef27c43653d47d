/** What capture keeps in the log, in the same step as the rows: where it is and what is still to do. */
import { DolistreamError } from '../../core/errors.ts';
import type { JsonValue } from '../../core/ports/change-log.ts';
import type { KeyPlace } from '../../core/ports/change-source.ts';

export const CAPTURE_OWNER = 'capture';

/** A table that is to be copied, or of which some chunks are in the log already. */
export interface TableCopyState {
  readonly table: string;
  /** The readers of the log know the table and, if `truncate` was set, it is empty there. */
  readonly begun: boolean;
  /** The columns that `after` is a place in. */
  readonly key: readonly string[];
  /** Everything up to here is in the log; null: nothing yet. */
  readonly after: KeyPlace | null;
  /** How many rows those are. */
  readonly rows: number;
  /** Something of the table may be in the log that the source no longer has: empty it first. */
  readonly truncate: boolean;
  /** The readers of the log know its present shape. */
  readonly announced: boolean;
  /** Condition of the rows to copy; null: all. */
  readonly where: string | null;
}

export interface PartialTransaction {
  readonly id: string;
  readonly rows: number;
  /** Tables of these rows; null when they are not known, as in the state of an earlier version. */
  readonly tables: readonly string[] | null;
}

export interface CaptureState {
  /** `copying`: the first copy is not complete. Its stream runs already, once there is a position. */
  readonly phase: 'new' | 'copying' | 'streaming';
  /** core/position text of the last complete transaction in the log; null before the first. */
  readonly position: string | null;
  /** seq of the newest event in the log. */
  readonly seq: number;
  /** Id of the server that `position` was read from; null when it is not known. */
  readonly serverId: number | null;
  /** All that the source wrote before this moment was read, by its clock, ms since epoch; 0 before the first event. */
  readonly readUntilMs: number;
  /** A transaction of which only the first rows are in the log yet. */
  readonly partial: PartialTransaction | null;
  /** Tables that are being copied, in the order in which they were asked for. */
  readonly copies: readonly TableCopyState[];
  /** Copying rests until it is resumed. */
  readonly paused: boolean;
  /** Tables that a DDL touched and no row event has described since: their schema is to be read from the catalog. */
  readonly unconfirmed: readonly string[];
}

export const NEW_STATE: CaptureState = {
  phase: 'new',
  position: null,
  seq: 0,
  serverId: null,
  readUntilMs: 0,
  partial: null,
  copies: [],
  paused: false,
  unconfirmed: [],
};

/** A copy that nothing has been done for. */
export const newCopy = (table: string): TableCopyState => ({
  table,
  begun: false,
  key: [],
  after: null,
  rows: 0,
  truncate: false,
  announced: false,
  where: null,
});

/** @throws LOG_CORRUPT */
export function parseCaptureState(value: JsonValue): CaptureState {
  if (value === null) return NEW_STATE;
  const state = value as Partial<CaptureState> & { readonly recopy?: readonly string[] };
  const valid =
    typeof state === 'object' &&
    (state.phase === 'copying' || state.phase === 'streaming' || state.phase === 'new') &&
    (state.position === null || typeof state.position === 'string') &&
    typeof state.seq === 'number' &&
    (state.copies === undefined || Array.isArray(state.copies)) &&
    Array.isArray(state.unconfirmed);
  if (!valid) {
    throw new DolistreamError('LOG_CORRUPT', 'The saved capture state cannot be read', {
      fix: 'Move the data folder away and start anew; the source is not touched',
    });
  }
  const { phase, position, seq, unconfirmed } = state as CaptureState;
  const partial = state.partial ? { ...state.partial, tables: state.partial.tables ?? null } : null;
  const saved = (state.copies ?? []) as readonly (string | TableCopyState)[];
  const copies = saved.map((copy) =>
    typeof copy === 'string' ? { ...newCopy(copy), announced: true } : { ...newCopy(copy.table), ...copy },
  );
  // Before there were chunks, a table to be copied anew was a name.
  const recopied = (state.recopy ?? []).map((table) => ({ ...newCopy(table), truncate: true }));
  return {
    ...{ phase, position, seq, partial, unconfirmed },
    serverId: state.serverId ?? null,
    readUntilMs: state.readUntilMs ?? 0,
    copies: [...copies, ...recopied],
    paused: state.paused ?? false,
  };
}

/** Copies every table anew from now on; seq goes on, so that what follows still counts as newer. */
export const restartedState = (state: CaptureState): CaptureState => ({
  ...NEW_STATE,
  phase: 'copying',
  seq: state.seq,
});

/** A table whose turn has not come is its name alone: the state is saved with every append, and tables are many. */
export const captureStateJson = (state: CaptureState): JsonValue => ({
  ...state,
  partial: state.partial && { ...state.partial },
  copies: state.copies.map((copy) => (isWaiting(copy) ? copy.table : { ...copy })),
});

const isWaiting = (copy: TableCopyState): boolean =>
  !copy.begun && !copy.truncate && copy.announced && copy.where === null;
