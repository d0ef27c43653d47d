/** The barrier at which source and warehouse are compared, also in a process in which capture does not run. */
import { setTimeout as pause } from 'node:timers/promises';
import { DolistreamError } from '../core/errors.ts';
import type { ChangeLog } from '../core/ports/change-log.ts';
import type { ChangeSource, Snapshot } from '../core/ports/change-source.ts';
import { parsePosition } from '../core/position.ts';
import type { CaptureService } from '../services/capture/capture-service.ts';
import { CAPTURE_OWNER, type CaptureState, parseCaptureState } from '../services/capture/capture-state.ts';
import type { VerifierDependencies } from '../services/warehouse/verify/verifier.ts';

const ATTEMPTS = 40;
/** How long capture gets to come by the snapshot's place, ms. */
const ARRIVAL_MS = 3000;
const LOOK_EVERY_MS = 10;

export interface VerifierSources {
  /** null: in another process. */
  readonly capture: CaptureService | null;
  readonly log: ChangeLog;
  readonly source: ChangeSource;
}

interface ApartBarrier {
  readonly snapshot: Snapshot;
  /** Every event up to this seq, and no other, is in the snapshot. */
  readonly seq: number;
  /** Tables that capture has yet to copy or to describe. */
  readonly unsettled: readonly string[];
}

/** Capture's own barrier, or, where it runs in another process, one by what it saved. */
export function verifierBarrier(
  { capture, log, source }: VerifierSources,
  signal: AbortSignal,
): Pick<VerifierDependencies, 'atBarrier' | 'unsettledTables'> {
  if (capture) {
    return {
      atBarrier: (task) => capture.atBarrier(task),
      unsettledTables: () => capture.unsettledTables,
    };
  }
  let unsettled: readonly string[] = [];
  return {
    atBarrier: async ({ tables, atBarrier }) => {
      const barrier = await openApartBarrier({ log, source }, { ...(tables ? { tables } : {}), signal });
      ({ unsettled } = barrier);
      await atBarrier(barrier.snapshot, barrier.seq);
      return barrier.snapshot;
    },
    unsettledTables: () => unsettled,
  };
}

/**
 * A snapshot at a place where capture saved its own state. Capture may pass a snapshot's place in the middle of an
 * append, so several are tried. Rejects with NOT_CAUGHT_UP when none could be met.
 */
async function openApartBarrier(
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
