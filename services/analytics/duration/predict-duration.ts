/** One answer: how long will this job take, how sure is that, and what does it rest on. */
import type { Locale } from '../explanation.ts';
import { typeKey } from '../model.ts';
import { type DurationPrediction, DurationPredictor } from '../models/duration-model.ts';
import {
  describeJob,
  DURATION_COVERAGE,
  type DurationPayload,
  type JobDescription,
  likeKeys,
  MIN_LIKE_JOBS,
} from './duration.ts';
import { kilometresBetween } from './places.ts';

export interface DurationAnswer {
  /** Hours; null when neither an estimate nor history says anything. */
  readonly predicted: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  /** Share of jobs that fall into the interval: of the latest, as measured; null without an interval. */
  readonly confidence: number | null;
  /** Jobs like this one, in the narrowest sense that has enough of them. */
  readonly likeJobs: number;
  /** The cities nearby that stood in for one without history of its own; none otherwise. */
  readonly nearby: readonly NearbyCity[];
  /** What the answer rests on. */
  readonly basis: 'model' | 'estimate' | 'nothing';
  /** Version of the model; null without one. */
  readonly model: number | null;
  readonly sentence: string;
}

export interface NearbyCity {
  readonly city: string;
  readonly kilometres: number;
  readonly jobs: number;
}

interface Words {
  readonly model: (answer: {
    predicted: string;
    share: number;
    low: string;
    high: string;
    jobs: number;
    nearby: readonly NearbyCity[];
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

const listCities = (cities: readonly NearbyCity[]): string =>
  cities.map(({ city, kilometres }) => `${city} (${Math.round(kilometres)} km)`).join(', ');

const WORDS: Readonly<Record<Locale, Words>> = {
  fr: {
    model: ({ predicted, share, low, high, jobs, nearby }) =>
      `Environ ${predicted} ; ${share} fois sur 10 entre ${low} et ${high}, d'après ${jobs} interventions semblables${nearby.length === 0 ? '' : ` à ${listCities(nearby)}`}.`,
    estimate: (estimate, jobs) =>
      `Estimation gardée (${estimate}) : trop peu d'historique, ${jobs} interventions semblables.`,
    nothing: (jobs) =>
      `Aucune prévision : pas d'estimation et trop peu d'historique (${jobs} interventions semblables).`,
  },
  en: {
    model: ({ predicted, share, low, high, jobs, nearby }) =>
      `About ${predicted}; ${share} times in 10 between ${low} and ${high}, from ${jobs} like jobs${nearby.length === 0 ? '' : ` in ${listCities(nearby)}`}.`,
    estimate: (estimate, jobs) => `Estimate kept (${estimate}): too little history, ${jobs} like jobs.`,
    nothing: (jobs) => `No prediction: no estimate and too little history (${jobs} like jobs).`,
  },
};

function countLike(payload: DurationPayload | null, job: JobDescription): number {
  const counts = likeKeys(job).map((key) => payload?.like[key] ?? 0);
  return counts.find((count) => count >= MIN_LIKE_JOBS) ?? Math.max(0, ...counts);
}

/** Kilometres within which a city says something of another, and how many are asked. */
const NEARBY_KM = 100;
const MAX_NEARBY = 3;

const capitalised = (name: string): string =>
  name.replace(
    /(^|[\s'-])(\p{L})/gu,
    (_, before: string, letter: string) => before + letter.toLocaleUpperCase(),
  );

/** Cities with enough jobs of the kind, nearest first; none for a city that has enough itself or has no known place. */
function findNearby(payload: DurationPayload, job: JobDescription): NearbyCity[] {
  const [type, own] = [typeKey(job.type), typeKey(job.city)];
  if (own === '' || (payload.like[`${type}|${own}|`] ?? 0) >= MIN_LIKE_JOBS) return [];
  return Object.entries(payload.like)
    .flatMap(([key, jobs]) => {
      const [ofType, city, technician] = key.split('|');
      if (ofType !== type || !city || city === own || technician !== '' || jobs < MIN_LIKE_JOBS) return [];
      const kilometres = kilometresBetween(own, city);
      return kilometres === null || kilometres > NEARBY_KM ? [] : [{ city, kilometres, jobs }];
    })
    .sort((a, b) => a.kilometres - b.kilometres || (a.city < b.city ? -1 : 1))
    .slice(0, MAX_NEARBY);
}

/** The model's answer; for a city without history the mean of its neighbours', the nearer the heavier, on a log scale. */
function ask(
  predictor: DurationPredictor,
  job: JobDescription,
  nearby: readonly NearbyCity[],
): DurationPrediction {
  if (nearby.length === 0) return predictor.predict(describeJob(job));
  const weights = nearby.map(({ kilometres }) => 1 / (kilometres + 5));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const answers = nearby.map(({ city }) => predictor.predict(describeJob({ ...job, city })));
  const mean = (figure: keyof DurationPrediction): number =>
    Math.exp(answers.reduce((sum, each, at) => sum + weights[at]! * Math.log(each[figure]), 0) / total);
  return { predicted: mean('predicted'), lower: mean('lower'), upper: mean('upper') };
}

/** `model`: the one in use and its version; null before any was trained. */
export function predictDuration(
  job: JobDescription,
  model: { readonly payload: DurationPayload; readonly version: number } | null,
  locale: Locale,
): DurationAnswer {
  const words = WORDS[locale];
  const nearby = model ? findNearby(model.payload, job) : [];
  const likeJobs =
    nearby.length > 0
      ? nearby.reduce((sum, { jobs }) => sum + jobs, 0)
      : countLike(model?.payload ?? null, job);
  const without = {
    ...{ lower: null, upper: null, confidence: null, likeJobs, nearby },
    model: model?.version ?? null,
  };
  if (!model || likeJobs < MIN_LIKE_JOBS) {
    const { estimated } = job;
    if (estimated === null) {
      return { ...without, predicted: null, basis: 'nothing', sentence: words.nothing(likeJobs) };
    }
    const sentence = words.estimate(clock(estimated), likeJobs);
    return { ...without, predicted: estimated, basis: 'estimate', sentence };
  }
  const { predicted, lower, upper } = ask(new DurationPredictor(model.payload.model), job, nearby);
  const middle = Math.min(Math.max(predicted, lower), upper);
  const sentence = words.model({
    predicted: clock(middle),
    share: Math.round(DURATION_COVERAGE * 10),
    low: clock(lower),
    high: clock(upper),
    jobs: likeJobs,
    nearby: nearby.map((each) => ({ ...each, city: capitalised(each.city) })),
  });
  return {
    ...{ predicted: middle, lower, upper, confidence: model.payload.achieved, likeJobs, nearby },
    ...{ basis: 'model', model: model.version, sentence },
  };
}
