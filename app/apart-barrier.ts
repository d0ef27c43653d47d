/** Capture's barrier, seen from a process in which capture does not run. */
import { setTimeout as pause } from 'node:timers/promises';
import { DolistreamError } from '../core/errors.ts';
import type { ChangeLog } from '../core/ports/change-log.ts';
import type { ChangeSource, Snapshot } from '../core/ports/change-source.ts';
import { parsePosition } from '../core/position.ts';
import { CAPTURE_OWNER, type CaptureState, parseCaptureState } from '../services/capture/capture-state.ts';

const ATTEMPTS = 40;
/** How long capture gets to come by the snapshot's place, ms. */
const ARRIVAL_MS = 3000;
const LOOK_EVERY_MS = 10;

export interface ApartBarrier {
  readonly snapshot: Snapshot;
  /** Every event up to this seq, and no other, is in the snapshot. */
  readonly seq: number;
  /** Tables that capture has yet to copy or to describe. */
  readonly unsettled: readonly string[];
}

/**
 * A snapshot at a place where capture saved its own state. Capture may pass a snapshot's place in the middle of an
 * append, so several are tried. Rejects with NOT_CAUGHT_UP when none could be met.
 */
export async function openApartBarrier(
  deps: { readonly log: ChangeLog; readonly source: ChangeSource },
  request: { readonly tables?: readonly string[]; readonly signal: AbortSignal },
): Promise<ApartBarrier> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    request.signal.throwIfAborted();
    const snapshot = await deps.source.snapshot(request.tables);
    const state = await meetCapture(deps, snapshot, request.signal);
    if (state) {
      const unsettled = [...state.copies.map(({ table }) => table), ...state.unconfirmed];
      return { snapshot, seq: state.seq, unsettled };
    }
    await snapshot[Symbol.asyncDispose]();
  }
  throw new DolistreamError(
    'NOT_CAUGHT_UP',
    'Capture never stood where the source could be compared with it',
    {
      fix: 'Check that capture runs and follows (dolistream lag), or compare again in a quieter moment.',
      retryable: true,
    },
  );
}

async function meetCapture(
  { log, source }: { readonly log: ChangeLog; readonly source: ChangeSource },
  snapshot: Snapshot,
  signal: AbortSignal,
): Promise<CaptureState | null> {
  const until = performance.now() + ARRIVAL_MS;
  while (performance.now() < until) {
    const state = parseCaptureState(await log.getState(CAPTURE_OWNER));
    const isThere =
      state.position !== null &&
      state.partial === null &&
      source.samePlace(parsePosition(state.position), snapshot.position);
    if (isThere) return state;
    await pause(LOOK_EVERY_MS, undefined, { signal });
  }
  return null;
}
