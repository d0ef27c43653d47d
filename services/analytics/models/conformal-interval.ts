/**
 * Intervals that keep their promise: how far recent actual values lay beyond the model's own bounds says by how much
 * to move the bounds. Each side adapts as it goes (adaptive conformal inference, Gibbs and Candès 2021), so that the
 * share of values inside stays near the promise even while the world drifts.
 */

/** Numbers only: JSON holds it exactly. */
export interface SavedSide {
  readonly misses: readonly number[];
  readonly allowed: number;
}

const WINDOW = 1500;
/** How fast the allowed share of misses reacts to a miss. */
const STEP = 0.01;
/**
 * Inward moves smaller than this are not made. Many jobs take exactly the estimate, so a bound often lies exactly
 * there, and an inward move by a hair would put all of them outside.
 */
const HAIR = 0.05;

/** One bound. A miss is how far an actual value lay beyond it: negative when it was inside. */
export class ConformalSide {
  readonly #target: number;
  readonly #recent: number[];
  #allowed: number;

  /** `target`: share of values meant to lie beyond, e.g. 0.1. `misses`: of values not used to make the bound. */
  constructor(target: number, { misses, allowed }: SavedSide) {
    this.#target = target;
    this.#recent = misses.slice(-WINDOW);
    this.#allowed = allowed;
  }

  /** By how much to move the bound outwards; negative: inwards. 0 while nothing is known. */
  get shift(): number {
    const { length } = this.#recent;
    if (length === 0) return 0;
    const ordered = Float64Array.from(this.#recent).sort();
    const place = Math.ceil((length + 1) * (1 - this.#allowed)) - 1;
    const shift = ordered[Math.max(0, Math.min(length - 1, place))]!;
    return shift < 0 && shift > -HAIR ? 0 : shift;
  }

  /** Notes a miss; the shift in force when it happened is what was promised. */
  learn(miss: number): void {
    const beyond = miss > this.shift ? 1 : 0;
    this.#allowed += STEP * (this.#target - beyond);
    this.#recent.push(miss);
    if (this.#recent.length > WINDOW) this.#recent.shift();
  }

  save(): SavedSide {
    return { misses: [...this.#recent], allowed: this.#allowed };
  }
}
