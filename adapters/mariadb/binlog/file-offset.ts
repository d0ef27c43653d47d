/**
 * Offsets in a binlog file. An event's header has four bytes for where it ends, but one large transaction makes a file longer
 * than that, and the number begins again at 0. Inside of a file offsets only rise, so a fall is a round that was passed.
 */
const ROUND = 2 ** 32;

export class FileOffset {
  #last = 0;

  /** The file that is read from now on, or goes on, begins at this offset, which is whole. */
  enter(offset: number): void {
    this.#last = offset;
  }

  /** The whole offset of one in a header; 0, which stands for none, stays 0. */
  of(offset: number): number {
    if (offset === 0) return 0;
    const whole = this.#last - (this.#last % ROUND) + offset;
    // A server may send an event that lies before our place, so only a deep fall counts.
    this.#last = whole < this.#last - ROUND / 2 ? whole + ROUND : whole;
    return this.#last;
  }
}
