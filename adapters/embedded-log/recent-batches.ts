/**
 * The newest batches, as they were appended. Consumers that keep up read them from here: no copy, no checksum, and no
 * page of the file mapped into this process for each of them. Readers share the batches, so nobody may change one.
 */
import type { LoggedBatch } from '../../core/ports/change-log.ts';

export class RecentBatches {
  readonly #maxBytes: number;
  readonly #batches = new Map<number, LoggedBatch>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Entries are added in their order. */
  add(entry: number, batch: LoggedBatch): void {
    this.#batches.set(entry, batch);
    this.#bytes += sizeOf(batch);
    for (const [oldest, dropped] of this.#batches) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#batches.delete(oldest);
      this.#bytes -= sizeOf(dropped);
    }
  }

  get(entry: number): LoggedBatch | undefined {
    return this.#batches.get(entry);
  }
}

/** What a batch costs beside its bytes: two ends per record, and its objects. */
const sizeOf = ({ values, keys, count }: LoggedBatch): number =>
  values.length + keys.length + 8 * count + 500;
