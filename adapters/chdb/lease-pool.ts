/** Lends a fixed set of things one borrower at a time, first come first served. */
export class LeasePool<Item> {
  readonly #free: Item[];
  readonly #waiting: ((item: Item) => void)[] = [];

  constructor(items: readonly Item[]) {
    this.#free = [...items];
  }

  async use<Result>(work: (item: Item) => Promise<Result>): Promise<Result> {
    const item = await this.take();
    try {
      return await work(item);
    } finally {
      this.give(item);
    }
  }

  /** The borrower gives the item back itself, exactly once. */
  take(): Promise<Item> {
    const item = this.#free.pop();
    if (item !== undefined) return Promise.resolve(item);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  give(item: Item): void {
    const next = this.#waiting.shift();
    if (next) next(item);
    else this.#free.push(item);
  }
}
