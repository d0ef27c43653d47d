/** One answer: how long will this job take, how sure is that, and what does it rest on. */
import type { Locale } from '../explanation.ts';
import { DurationPredictor } from '../models/duration-model.ts';
import {
  describeJob,
  DURATION_COVERAGE,
  type DurationPayload,
  type JobDescription,
  likeKeys,
  MIN_LIKE_JOBS,
} from './duration.ts';

export interface DurationAnswer {
  /** Hours; null when neither an estimate nor history says anything. */
  readonly predicted: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  /** Share of jobs that fall into the interval: of the latest, as measured; null without an interval. */
  readonly confidence: number | null;
  /** Jobs like this one, in the narrowest sense that has enough of them. */
  readonly likeJobs: number;
  /** What the answer rests on. */
  readonly basis: 'model' | 'estimate' | 'nothing';
  /** Version of the model; null without one. */
  readonly model: number | null;
  readonly sentence: string;
}

interface Words {
  readonly model: (answer: {
    predicted: string;
    share: number;
    low: string;
    high: string;
    jobs: number;
  }) => string;
  readonly estimate: (estimate: string, jobs: number) => string;
  readonly nothing: (jobs: number) => string;
}

function clock(hours: number): string {
  const minutes = Math.max(5, Math.round((hours * 60) / 5) * 5);
  const whole = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (whole === 0) return `${rest} min`;
  const tail = rest === 0 ? '' : ` ${String(rest).padStart(2, '0')}`;
  return `${whole} h${tail}`;
}

const WORDS: Readonly<Record<Locale, Words>> = {
  fr: {
    model: ({ predicted, share, low, high, jobs }) =>
      `Environ ${predicted} ; ${share} fois sur 10 entre ${low} et ${high}, d'après ${jobs} interventions semblables.`,
    estimate: (estimate, jobs) =>
      `Estimation gardée (${estimate}) : trop peu d'historique, ${jobs} interventions semblables.`,
    nothing: (jobs) =>
      `Aucune prévision : pas d'estimation et trop peu d'historique (${jobs} interventions semblables).`,
  },
  en: {
    model: ({ predicted, share, low, high, jobs }) =>
      `About ${predicted}; ${share} times in 10 between ${low} and ${high}, from ${jobs} like jobs.`,
    estimate: (estimate, jobs) => `Estimate kept (${estimate}): too little history, ${jobs} like jobs.`,
    nothing: (jobs) => `No prediction: no estimate and too little history (${jobs} like jobs).`,
  },
};

function countLike(payload: DurationPayload | null, job: JobDescription): number {
  const counts = likeKeys(job).map((key) => payload?.like[key] ?? 0);
  return counts.find((count) => count >= MIN_LIKE_JOBS) ?? Math.max(0, ...counts);
}

/** `model`: the one in use and its version; null before any was trained. */
export function predictDuration(
  job: JobDescription,
  model: { readonly payload: DurationPayload; readonly version: number } | null,
  locale: Locale,
): DurationAnswer {
  const words = WORDS[locale];
  const likeJobs = countLike(model?.payload ?? null, job);
  const without = { lower: null, upper: null, confidence: null, likeJobs, model: model?.version ?? null };
  if (!model || likeJobs < MIN_LIKE_JOBS) {
    const { estimated } = job;
    if (estimated === null) {
      return { ...without, predicted: null, basis: 'nothing', sentence: words.nothing(likeJobs) };
    }
    const sentence = words.estimate(clock(estimated), likeJobs);
    return { ...without, predicted: estimated, basis: 'estimate', sentence };
  }
  const { predicted, lower, upper } = new DurationPredictor(model.payload.model).predict(describeJob(job));
  const middle = Math.min(Math.max(predicted, lower), upper);
  const sentence = words.model({
    predicted: clock(middle),
    share: Math.round(DURATION_COVERAGE * 10),
    low: clock(lower),
    high: clock(upper),
    jobs: likeJobs,
  });
  return {
    ...{ predicted: middle, lower, upper, confidence: model.payload.achieved, likeJobs },
    ...{ basis: 'model', model: model.version, sentence },
  };
}
