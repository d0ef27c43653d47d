/**
 * How unusual is the time a finished job took? ln(actual / estimate) is compared with that of earlier jobs, each
 * counting the more the nearer its estimate and kind are: an hour too much is nothing on a week and much on
 * ten minutes, and some kinds of work are never estimated well. Both directions count.
 */

export interface TimedJob {
  /** Kind of work, coarsest first, e.g. `['plumbing', 'leak']`. */
  readonly kind: readonly string[];
  /** Hours, above 0. */
  readonly estimated: number;
  /** Hours, above 0. */
  readonly actual: number;
}

export interface JobOddity {
  /** Distance from the centre of like jobs, in their spread; at least 0. */
  readonly score: number;
  /** Hours like jobs took: middle, and the range eight in ten fell into. */
  readonly expected: number;
  readonly low: number;
  readonly high: number;
  /** How many jobs these rest on, each counted by its likeness. */
  readonly sample: number;
}

interface KnownJob {
  readonly kind: readonly string[];
  readonly logEstimate: number;
  readonly logRatio: number;
}

export const JOB_WINDOW = 2000;
/** ln hours within which estimates are alike: e^0.5, a factor of 1.6. */
const ESTIMATE_REACH = 0.5;
/** Weight of a job of another kind at the same level, against one of the same kind. */
const OTHER_KIND = 0.3;
/** Jobs' worth of the whole firm's spread mixed into the like jobs'. */
const FIRM_WEIGHT = 5;
/** Spread below which differences are rounding, in ln hours. */
const MIN_SPREAD = 0.1;
/** Distance between the 10th and 90th percentile of normal data, in standard deviations. */
const DECILES_TO_SIGMA = 2.563;
/** Jobs before there is a score. */
export const MIN_JOBS = 20;

interface Deciles {
  readonly low: number;
  readonly centre: number;
  readonly high: number;
}

/** Weighted percentiles 10, 50 and 90 of jobs in ascending order of ratio. */
function weightedDeciles(jobs: readonly KnownJob[], weights: Float64Array, total: number): Deciles {
  const found: number[] = [];
  let sum = 0;
  let index = 0;
  for (const share of [0.1, 0.5, 0.9]) {
    while (index < jobs.length - 1 && sum + weights[index]! < share * total) sum += weights[index++]!;
    found.push(jobs[index]!.logRatio);
  }
  return { low: found[0]!, centre: found[1]!, high: found[2]! };
}

export class UnusualJobs {
  /** In order of arrival. */
  readonly #arrived: KnownJob[] = [];
  /** The same jobs by ascending ratio. */
  readonly #ordered: KnownJob[] = [];

  get size(): number {
    return this.#arrived.length;
  }

  learn(job: TimedJob): void {
    const logEstimate = Math.log(job.estimated);
    const known = { kind: job.kind, logEstimate, logRatio: Math.log(job.actual) - logEstimate };
    this.#arrived.push(known);
    this.#ordered.splice(this.#placeOf(known.logRatio), 0, known);
    if (this.#arrived.length > JOB_WINDOW) {
      const oldest = this.#arrived.shift()!;
      this.#ordered.splice(this.#ordered.indexOf(oldest, this.#placeOf(oldest.logRatio)), 1);
    }
  }

  /** Null while fewer than MIN_JOBS are known. */
  assess(job: TimedJob): JobOddity | null {
    if (this.#arrived.length < MIN_JOBS) return null;
    const logEstimate = Math.log(job.estimated);
    const weights = new Float64Array(this.#ordered.length);
    let total = 0;
    this.#ordered.forEach((known, index) => {
      const apart = (known.logEstimate - logEstimate) / ESTIMATE_REACH;
      let weight = Math.exp(-0.5 * apart * apart);
      if (known.kind.some((level, depth) => level !== job.kind[depth])) weight *= OTHER_KIND;
      weights[index] = weight;
      total += weight;
    });
    const firm = FIRM_WEIGHT / weights.length;
    for (let index = 0; index < weights.length; index++) weights[index]! += firm;
    const { low, centre, high } = weightedDeciles(this.#ordered, weights, total + FIRM_WEIGHT);
    const spread = Math.max((high - low) / DECILES_TO_SIGMA, MIN_SPREAD);
    const { estimated } = job;
    return {
      score: Math.abs(Math.log(job.actual) - logEstimate - centre) / spread,
      expected: estimated * Math.exp(centre),
      low: estimated * Math.exp(low),
      high: estimated * Math.exp(high),
      sample: total,
    };
  }

  /** Index of the first job whose ratio is not below. */
  #placeOf(logRatio: number): number {
    let low = 0;
    let high = this.#ordered.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ordered[middle]!.logRatio < logRatio) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
