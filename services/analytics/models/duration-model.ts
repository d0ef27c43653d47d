/**
 * How long will a job take? The human estimate times a learnt factor: boosted trees learn ln(actual / estimate) from
 * kind, place and people, so that without any signal the estimate stands. Two more models learn the bounds, and
 * conformal shifts, from jobs that the models had not seen, make the bounds hold.
 */
import { ConformalSide, type SavedSide } from './conformal-interval.ts';
import type { ColumnKind, Inputs } from './feature-bins.ts';
import { type Boosting, type BoostingReader, readBoosting, trainBoosting } from './gradient-boosting.ts';

export interface DurationJob {
  readonly inputs: Inputs;
  /** Hours above 0; null when nobody estimated. */
  readonly estimated: number | null;
}

export interface FinishedJob extends DurationJob {
  /** Hours, above 0. */
  readonly actual: number;
}

export interface DurationOptions {
  /** Kind of each input; the estimate is not among them. */
  readonly kinds: readonly ColumnKind[];
  /** Share of jobs the interval is to hold, above 0 and below 1. */
  readonly coverage: number;
}

/** Hours, all above 0. */
export interface DurationPrediction {
  readonly predicted: number;
  readonly lower: number;
  readonly upper: number;
}

/** JSON holds it exactly. */
export interface DurationModel {
  readonly options: DurationOptions;
  readonly point: Boosting;
  readonly low: Boosting;
  readonly high: Boosting;
  readonly lowSide: SavedSide;
  readonly highSide: SavedSide;
}

/** Share of the jobs, the latest ones, on which bounds learnt from the others are tried. */
const TRIED = 0.25;
const POINT = { share: 0.5, trees: 200, leaves: 15, minCases: 20 } as const;
const BOUND = { trees: 100, leaves: 15, minCases: 80 } as const;

/** Bounds are rounded outwards by this much, in ln hours: many jobs take exactly the estimate, often a bound too. */
const ROUNDING = 0.01;

const logEstimate = (job: DurationJob): number => (job.estimated === null ? 0 : Math.log(job.estimated));

/** What the trees see: the named inputs, and the estimate's size. */
const seen = (job: DurationJob): Inputs => [
  ...job.inputs,
  job.estimated === null ? null : Math.log(job.estimated),
];

function trainOne(
  jobs: readonly FinishedJob[],
  options: DurationOptions,
  shape: {
    readonly share: number;
    readonly trees: number;
    readonly leaves: number;
    readonly minCases: number;
  },
): Boosting {
  const kinds: ColumnKind[] = [...options.kinds, 'number'];
  const targets = jobs.map((job) => Math.log(job.actual) - logEstimate(job));
  return trainBoosting(jobs.map(seen), targets, { ...shape, kinds });
}

interface Bounds {
  readonly low: Boosting;
  readonly high: Boosting;
}

function trainBounds(jobs: readonly FinishedJob[], options: DurationOptions): Bounds {
  const tail = (1 - options.coverage) / 2;
  return {
    low: trainOne(jobs, options, { ...BOUND, share: tail }),
    high: trainOne(jobs, options, { ...BOUND, share: 1 - tail }),
  };
}

interface Misses {
  readonly low: number[];
  readonly high: number[];
}

function missesOf(jobs: readonly FinishedJob[], bounds: Bounds): Misses {
  const low = readBoosting(bounds.low);
  const high = readBoosting(bounds.high);
  const misses: Misses = { low: [], high: [] };
  for (const job of jobs) {
    const target = Math.log(job.actual) - logEstimate(job);
    misses.low.push(low(seen(job)) - ROUNDING - target);
    misses.high.push(target - high(seen(job)) - ROUNDING);
  }
  return misses;
}

/** Jobs in time order, at least two. */
export function trainDuration(jobs: readonly FinishedJob[], options: DurationOptions): DurationModel {
  const tried = Math.max(1, Math.floor(jobs.length * TRIED));
  const misses = missesOf(jobs.slice(-tried), trainBounds(jobs.slice(0, -tried), options));
  const allowed = (1 - options.coverage) / 2;
  return {
    options,
    point: trainOne(jobs, options, POINT),
    ...trainBounds(jobs, options),
    lowSide: { misses: misses.low, allowed },
    highSide: { misses: misses.high, allowed },
  };
}

/** Answers for one model, and goes on learning how far its bounds must move. */
export class DurationPredictor {
  readonly #model: DurationModel;
  readonly #point: BoostingReader;
  readonly #low: BoostingReader;
  readonly #high: BoostingReader;
  readonly #lowSide: ConformalSide;
  readonly #highSide: ConformalSide;

  constructor(model: DurationModel) {
    const target = (1 - model.options.coverage) / 2;
    this.#model = model;
    this.#point = readBoosting(model.point);
    this.#low = readBoosting(model.low);
    this.#high = readBoosting(model.high);
    this.#lowSide = new ConformalSide(target, model.lowSide);
    this.#highSide = new ConformalSide(target, model.highSide);
  }

  predict(job: DurationJob): DurationPrediction {
    const inputs = seen(job);
    const point = this.#point(inputs);
    const low = this.#low(inputs) - ROUNDING - this.#lowSide.shift;
    const high = this.#high(inputs) + ROUNDING + this.#highSide.shift;
    const scale = job.estimated ?? 1;
    return {
      predicted: scale * Math.exp(point),
      lower: scale * Math.exp(Math.min(low, high)),
      upper: scale * Math.exp(Math.max(low, high)),
    };
  }

  /** Moves the bounds by what a finished job took; the trees stay. */
  learn(job: FinishedJob): void {
    const inputs = seen(job);
    const target = Math.log(job.actual) - logEstimate(job);
    this.#lowSide.learn(this.#low(inputs) - ROUNDING - target);
    this.#highSide.learn(target - this.#high(inputs) - ROUNDING);
  }

  /** The model with the bounds as they are now. */
  save(): DurationModel {
    return { ...this.#model, lowSide: this.#lowSide.save(), highSide: this.#highSide.save() };
  }
}

/** Jobs between two trainings of the trees, as a share of the jobs known. */
const RETRAIN_SHARE = 0.1;
const RETRAIN_JOBS = 100;

/** Predicts each job, then learns it: bounds at once, trees now and then. */
export class DurationStream {
  readonly #options: DurationOptions;
  readonly #jobs: FinishedJob[];
  #predictor: DurationPredictor;
  #next: number;

  constructor(jobs: readonly FinishedJob[], options: DurationOptions) {
    this.#jobs = [...jobs];
    this.#options = options;
    this.#predictor = new DurationPredictor(trainDuration(jobs, options));
    this.#next = this.#due();
  }

  predict(job: DurationJob): DurationPrediction {
    return this.#predictor.predict(job);
  }

  learn(job: FinishedJob): void {
    this.#jobs.push(job);
    this.#predictor.learn(job);
    if (this.#jobs.length < this.#next) return;
    const { lowSide, highSide } = this.#predictor.save();
    const model = {
      ...this.#predictor.save(),
      point: trainOne(this.#jobs, this.#options, POINT),
      ...trainBounds(this.#jobs, this.#options),
    };
    this.#predictor = new DurationPredictor({ ...model, lowSide, highSide });
    this.#next = this.#due();
  }

  #due(): number {
    return this.#jobs.length + Math.max(RETRAIN_JOBS, Math.ceil(this.#jobs.length * RETRAIN_SHARE));
  }
}
