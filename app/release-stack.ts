/** What was opened, to be closed in reverse order, all of it even when some of it fails. */
export class ReleaseStack implements AsyncDisposable {
  readonly #releases: (() => void | PromiseLike<void>)[] = [];

  add(release: () => void | PromiseLike<void>): void {
    this.#releases.push(release);
  }

  /** Idempotent. Rejects with the first failure after everything was tried. */
  async release(): Promise<void> {
    const failures: unknown[] = [];
    for (let release = this.#releases.pop(); release; release = this.#releases.pop()) {
      try {
        await release();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}
