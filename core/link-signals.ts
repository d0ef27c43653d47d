/**
 * One AbortSignal that follows several. Not AbortSignal.any: Node 20 may collect its result, or an
 * AbortSignal.timeout in it, as garbage while somebody still waits for it, and then the abort never comes.
 */
export interface LinkedSignals extends Disposable {
  readonly signal: AbortSignal;
}

/** Aborts with the first of `signals` that does. Dispose of it to let go of signals that live longer. */
export function linkSignals(...signals: readonly AbortSignal[]): LinkedSignals {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  for (const signal of signals) {
    if (signal.aborted) controller.abort();
    else signal.addEventListener('abort', abort, { once: true });
  }
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const signal of signals) signal.removeEventListener('abort', abort);
    },
  };
}
