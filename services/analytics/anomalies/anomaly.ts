/** What is out of line, and how its severity comes about. */

export interface Anomaly {
  readonly kind: 'hours' | 'combination' | 'invoice' | 'stock' | 'silence';
  readonly subject: string;
  readonly day: number;
  readonly sentence: string;
  /** Distance from the usual, in its spread; at least 0. */
  readonly score: number;
  /** Share of earlier ones of its kind that were less unusual, 0 to 100. */
  readonly severity: number;
  readonly actual: number;
  readonly expected: number;
}

/** Distance from the usual below which nothing is out of line. */
export const ODD_DISTANCE = 3;
const RANKED = 1000;

/** Ranks scores among the thousand before them. */
export class SeverityRank {
  readonly #scores: number[] = [];

  /** 0 to 100, then notes the score. */
  rank(score: number): number {
    const below = this.#scores.filter((earlier) => earlier < score).length;
    const severity = (100 * below) / Math.max(1, this.#scores.length);
    this.#scores.push(score);
    if (this.#scores.length > RANKED) this.#scores.shift();
    return severity;
  }

  get size(): number {
    return this.#scores.length;
  }
}
