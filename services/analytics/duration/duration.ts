/** Durations of interventions: learns from those done, keeps the model that is not worse, and answers for one job. */
import { type Analysis, type AnalysisOutput, type QueryRow, readFigure, readText } from '../analysis.ts';
import {
  type DurationJob,
  type DurationModel,
  DurationPredictor,
  type FinishedJob,
  trainDuration,
} from '../models/duration-model.ts';
import type { ColumnKind } from '../models/feature-bins.ts';
import { typeKey } from '../model.ts';

/** JSON holds it exactly. */
export interface DurationPayload {
  readonly format: 1;
  readonly model: DurationModel;
  /** How many jobs there were of each kind, kind and city, kind and technician: see `likeKeys`. */
  readonly like: Readonly<Record<string, number>>;
  /** Share of the latest jobs that fell into their interval, and of how many. */
  readonly achieved: number;
  readonly tried: number;
}

export const DURATION_COVERAGE = 0.8;
/** Jobs before anything is learnt. */
export const MIN_DURATION_JOBS = 60;
/** Like jobs below which the estimate is kept. */
export const MIN_LIKE_JOBS = 20;
/** Share of the jobs, the latest, on which models are compared. */
const COMPARED = 0.2;
const KINDS: readonly ColumnKind[] = ['name', 'name', 'name', 'name'];

export interface JobDescription {
  readonly type: string;
  readonly city: string;
  /** Name or id; '' when not known. */
  readonly technician: string;
  readonly customer: string;
  /** Hours, above 0; null when nobody estimated. */
  readonly estimated: number | null;
}

export const describeJob = (job: JobDescription): DurationJob => ({
  inputs: [typeKey(job.type), typeKey(job.city), typeKey(job.technician), typeKey(job.customer)].map(
    (name) => name || null,
  ),
  estimated: job.estimated,
});

/** The ways in which jobs are alike, closest first. */
export function likeKeys(job: JobDescription): string[] {
  const type = typeKey(job.type);
  const keys = [`${type}|${typeKey(job.city)}|${typeKey(job.technician)}`];
  keys.push(`${type}||${typeKey(job.technician)}`, `${type}|${typeKey(job.city)}|`, `${type}||`);
  return [...new Set(keys)];
}

interface DatedJob {
  readonly job: FinishedJob;
  readonly described: JobDescription;
  readonly day: string;
}

function readJob(row: QueryRow): DatedJob | null {
  const actual = readFigure(row, 'actual_hours');
  const estimated = readFigure(row, 'estimated_hours');
  if (actual === null || actual <= 0) return null;
  const described: JobDescription = {
    type: readText(row, 'kind'),
    city: readText(row, 'city'),
    technician: readText(row, 'technician'),
    customer: readText(row, 'customer_id'),
    estimated: estimated !== null && estimated > 0 ? estimated : null,
  };
  return { job: { ...describeJob(described), actual }, described, day: readText(row, 'done_on') };
}

interface Trial {
  readonly error: number;
  readonly achieved: number;
}

/** Mean |ln(actual / predicted)| over jobs the model had not seen, learning the bounds as it goes. */
function tryModel(model: DurationModel, jobs: readonly FinishedJob[]): Trial {
  const predictor = new DurationPredictor(model);
  let error = 0;
  let inside = 0;
  for (const job of jobs) {
    const { predicted, lower, upper } = predictor.predict(job);
    error += Math.abs(Math.log(job.actual / predicted));
    if (job.actual >= lower && job.actual <= upper) inside++;
    predictor.learn(job);
  }
  return { error: error / jobs.length, achieved: inside / jobs.length };
}

function countAlike(jobs: readonly DatedJob[]): Record<string, number> {
  const like: Record<string, number> = {};
  for (const { described } of jobs) for (const key of likeKeys(described)) like[key] = (like[key] ?? 0) + 1;
  return like;
}

export const isDurationPayload = (payload: unknown): payload is DurationPayload =>
  typeof payload === 'object' && payload !== null && (payload as { format?: unknown }).format === 1;

function tooLittle(jobs: number, locale: 'fr' | 'en'): AnalysisOutput {
  const note =
    locale === 'fr'
      ? `Trop peu d'historique : ${jobs} interventions terminées avec leurs heures, il en faut ${MIN_DURATION_JOBS}.`
      : `Too little history: ${jobs} finished interventions with their hours, ${MIN_DURATION_JOBS} are needed.`;
  return { tables: [], notes: [note], model: null };
}

export const durationAnalysis: Analysis = {
  name: 'duration',
  queries: ['interventions_done'],
  compute: ({ rows, champion, locale }) => {
    const jobs = (rows['interventions_done'] ?? []).map(readJob).filter((job) => job !== null);
    if (jobs.length < MIN_DURATION_JOBS) return tooLittle(jobs.length, locale);
    const options = { kinds: KINDS, coverage: DURATION_COVERAGE };
    const finished = jobs.map(({ job }) => job);
    const compared = Math.max(10, Math.floor(jobs.length * COMPARED));
    const latest = finished.slice(-compared);
    const trial = tryModel(trainDuration(finished.slice(0, -compared), options), latest);
    const payload: DurationPayload = {
      format: 1,
      model: trainDuration(finished, options),
      like: countAlike(jobs),
      achieved: trial.achieved,
      tried: compared,
    };
    const championScore = isDurationPayload(champion) ? tryModel(champion.model, latest).error : null;
    const table = {
      name: 'duration',
      columns: [
        { name: 'jobs', type: 'Int64' as const },
        { name: 'compared', type: 'Int64' as const, comment: 'latest jobs, not seen in training' },
        { name: 'mean_log_error', type: 'Float64' as const },
        { name: 'coverage', type: 'Float64' as const, comment: 'promised share inside the interval' },
        { name: 'achieved', type: 'Float64' as const, comment: 'share inside the interval' },
      ],
      rows: [[jobs.length, compared, trial.error, DURATION_COVERAGE, trial.achieved]],
    };
    const model = {
      payload,
      rows: jobs.length,
      from: jobs[0]!.day,
      to: jobs[jobs.length - 1]!.day,
      score: trial.error,
      championScore,
    };
    return { tables: [table], notes: [], model };
  },
};
