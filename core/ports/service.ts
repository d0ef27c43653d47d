/** A stage of the pipeline under supervision. */
export interface Service {
  readonly name: string;
  /**
   * Works until `signal` aborts, then finishes what is in hand, commits and resolves. Rejects when it cannot go
   * on; the supervisor starts it again after a back-off when the error is retryable. May be called again after
   * it settled, never while it runs.
   */
  run(signal: AbortSignal): Promise<void>;
}
