/** Runs `work` and answers what it answers, or null as soon as `signal` aborts; what becomes of it then is not seen. */
export async function untilAborted<Value>(
  work: () => Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value | null> {
  if (signal === undefined) return work();
  if (signal.aborted) return null;
  return new Promise<Value | null>((resolve, reject) => {
    const abort = (): void => resolve(null);
    signal.addEventListener('abort', abort, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort));
  });
}
