/** Past jobs that went like the one at hand: what a person asks first when told that something is out of line. */
import { type Job, type JobHistory, jobsOfFirm, jobsOfType } from '../job-history.ts';

export interface LikeCase {
  readonly intervention: number;
  /** Actual hours, and those that were planned; null: nobody had estimated. */
  readonly hours: number;
  readonly planned: number | null;
  /** EUR; null: not known. */
  readonly cost: number | null;
}

const MAX_CASES = 3;
/** How far a like case may be, in ln units over all figures: about a factor of 1.6. */
const REACH = 0.5;
/** How much the size of the job counts beside how it went. */
const SIZE_WEIGHT = 0.3;

type Subject = Pick<Job, 'intervention' | 'hours' | 'logRatio' | 'logCostRate'>;

const apart = (a: number, b: number): number => (Number.isNaN(a) || Number.isNaN(b) ? 0 : Math.abs(a - b));

/** `by`: the figure that is out of line. Closest first; of the same type when that has any, else of the firm. */
export function findLikeCases(
  history: JobHistory,
  type: string,
  subject: Subject,
  by: 'logRatio' | 'logCostRate' | 'both',
): LikeCase[] {
  const distance = (job: Job): number =>
    (by === 'logCostRate' ? 0 : apart(job.logRatio, subject.logRatio)) +
    (by === 'logRatio' ? 0 : apart(job.logCostRate, subject.logCostRate)) +
    SIZE_WEIGHT * apart(Math.log(job.hours), Math.log(subject.hours));
  const among = (jobs: readonly Job[]): Job[] =>
    jobs
      .filter((job) => job.intervention !== subject.intervention)
      .map((job) => ({ job, far: distance(job) }))
      .filter(({ far }) => far <= REACH)
      .sort((a, b) => a.far - b.far || b.job.order - a.job.order)
      .slice(0, MAX_CASES)
      .map(({ job }) => job);
  const ofType = among(jobsOfType(history, type));
  const found = ofType.length > 0 ? ofType : among(jobsOfFirm(history));
  return found.map((job) => ({
    intervention: job.intervention,
    hours: job.hours,
    planned: Number.isNaN(job.logRatio) ? null : job.hours / Math.exp(job.logRatio),
    cost: Number.isNaN(job.logCostRate) ? null : Math.exp(job.logCostRate) * job.hours,
  }));
}
