/** Wakes the readers that wait at the end of the log. */
export class AppendSignal {
  readonly #waiting = new Set<() => void>();

  /** Call after an append is visible, and at close. */
  notify(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves at the next `notify`, after `waitMs`, or when `signal` aborts: whichever comes first. Never rejects. */
  async wait(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, waitMs);
      this.#waiting.add(wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }
}
