import type { TableEstimate } from '../../../core/ports/change-source.ts';

/** Large enough that the round trips of a chunk do not count, small enough to hold the stream for some milliseconds only. */
const TARGET_BYTES = 3_000_000;
const TARGET_MS = 250;
const FIRST_ROWS = 1_000;
const MAX_ROWS = 30_000;
const MAX_STEP = 4;

/** How many rows the next chunk asks for: as many as took about so many bytes, and so long, until now. */
export class ChunkSize {
  #rows = FIRST_ROWS;

  constructor(estimate: TableEstimate | null) {
    const rowBytes = estimate && estimate.rows > 0 ? estimate.bytes / estimate.rows : 0;
    if (rowBytes > 0) this.#rows = Math.floor(clamp(TARGET_BYTES / rowBytes, 1, FIRST_ROWS));
  }

  get rows(): number {
    return this.#rows;
  }

  observe(chunk: { readonly count: number; readonly bytes: number; readonly ms: number }): void {
    if (chunk.count === 0) return;
    const fit = Math.min(TARGET_BYTES / Math.max(chunk.bytes, 1), TARGET_MS / Math.max(chunk.ms, 1));
    this.#rows = Math.floor(clamp(chunk.count * clamp(fit, 1 / MAX_STEP, MAX_STEP), 1, MAX_ROWS));
  }
}

const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value));
