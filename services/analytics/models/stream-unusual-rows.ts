/**
 * Unusual rows in a stream: each row is scored with what was seen before it, then learnt. The model looks at a
 * window of the last rows and is made anew now and then, so it follows slow change and its memory stays bounded.
 */
import type { Row } from './isolation-forest.ts';
import { learnUsualRows, scoreUnusualRow, type UsualRows } from './unusual-rows.ts';

export interface StreamOptions {
  readonly seed: number;
  /** Rows looked back on. */
  readonly window?: number;
  /** Rows between two models. */
  readonly refit?: number;
  readonly trees?: number;
}

/** Rows before the first model; until then every score is 0. */
const FIRST_MODEL = 20;
/** While history is short, a model is made anew each time the rows have grown by this share. */
const EARLY_GROWTH = 0.25;

export class UnusualRowStream {
  readonly #options: Required<StreamOptions>;
  readonly #window: Row[] = [];
  #seen = 0;
  #next = FIRST_MODEL;
  #usual: UsualRows | null = null;

  constructor({ seed, window = 1000, refit = 200, trees = 300 }: StreamOptions) {
    this.#options = { seed, window, refit, trees };
  }

  /** At least 0, higher is more unusual; 0 while too little was seen. Then learns the row. */
  scoreThenLearn(row: Row): number {
    if (this.#seen >= this.#next) this.#renew();
    const score = this.#usual ? scoreUnusualRow(this.#usual, row) : 0;
    this.#window.push(row);
    if (this.#window.length > this.#options.window) this.#window.shift();
    this.#seen++;
    return score;
  }

  #renew(): void {
    const { seed, trees, refit } = this.#options;
    this.#usual = learnUsualRows(this.#window, { seed: seed + this.#seen, trees });
    this.#next = this.#seen + Math.min(refit, Math.ceil(this.#seen * EARLY_GROWTH));
  }
}
