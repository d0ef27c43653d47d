/** Waiting until the stages have done what the source had committed at the call. */
import { setTimeout as pause } from 'node:timers/promises';
import { DolistreamError } from '../core/errors.ts';
import type { ChangeLog, Cursor } from '../core/ports/change-log.ts';
import type { Snapshot } from '../core/ports/change-source.ts';

/** How far one consumer has read; null: nothing yet. */
export interface ConsumerPosition {
  readonly name: string;
  readonly position: () => Cursor | null | Promise<Cursor | null>;
}

export interface CatchUpDependencies {
  readonly log: ChangeLog;
  readonly atBarrier: (task: {
    tables: readonly string[];
    atBarrier: () => Promise<void>;
  }) => Promise<Snapshot>;
  /** Resolves when the log has what schema changes ask for. */
  readonly settled: () => Promise<void>;
  readonly consumers: readonly ConsumerPosition[];
  readonly signal: AbortSignal;
}

// Consumers tell their position only when asked; this is how often they are.
const ASK_EVERY_MS = 25;

export async function waitUntilCaughtUp(deps: CatchUpDependencies): Promise<void> {
  const snapshot = await whenStreaming(deps);
  await snapshot[Symbol.asyncDispose]();
  await deps.settled();
  const end = await deps.log.end();
  for (const consumer of deps.consumers) await untilPassed(deps, consumer, end);
}

/** Resolves when the consumer has read up to `target`. */
export async function untilPassed(
  { log, signal }: { readonly log: ChangeLog; readonly signal: AbortSignal },
  consumer: ConsumerPosition,
  target: Cursor | null,
): Promise<void> {
  while (!(await hasPassed(log, await consumer.position(), target))) {
    await pause(ASK_EVERY_MS, undefined, { signal });
  }
}

/** Cursors are opaque, but a cursor that has no more left to read than another is not before it. */
async function hasPassed(log: ChangeLog, cursor: Cursor | null, target: Cursor | null): Promise<boolean> {
  if (cursor === target) return true;
  if (cursor === null) return false;
  const [left, allowed] = await Promise.all([log.lag(cursor), log.lag(target)]);
  return left.records <= allowed.records;
}

/** Before the first copy is complete there is no stream to stand beside; the barrier says so, and is asked again. */
async function whenStreaming(deps: CatchUpDependencies): Promise<Snapshot> {
  for (;;) {
    deps.signal.throwIfAborted();
    try {
      return await deps.atBarrier({ tables: [], atBarrier: () => Promise.resolve() });
    } catch (error) {
      if (!(error instanceof DolistreamError) || !error.retryable) throw error;
      await pause(ASK_EVERY_MS * 4, undefined, { signal: deps.signal });
    }
  }
}
