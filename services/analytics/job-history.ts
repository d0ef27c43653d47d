/**
 * What the firm's finished interventions looked like: the last jobs of each type, one entry per intervention.
 * Numbers are kept as 32-bit floats from the start, so that a history that was saved and loaded scores exactly
 * like one that never left memory.
 */

/** One finished intervention. NaN where a figure is not known. */
export interface Job {
  readonly intervention: number;
  /** Position in the order of learning, over all types. */
  readonly order: number;
  /** ln(actual hours / estimated hours). */
  readonly logRatio: number;
  /** ln(EUR per actual hour). */
  readonly logCostRate: number;
  /** Actual hours. */
  readonly hours: number;
  /** 1 to 5. */
  readonly satisfaction: number;
}

export interface JobHistory {
  nextOrder: number;
  /** Oldest job first in each type; types in the order in which they last learnt. */
  readonly types: Map<string, Job[]>;
  /** In which type each remembered intervention is. */
  readonly typeOf: Map<number, string>;
}

/** Jobs remembered per type, and jobs that stand for the whole firm. */
export const WINDOW = 1000;
/** The type is a free text in some firms: only this many are remembered. */
const MAX_TYPES = 100;

export const emptyHistory = (): JobHistory => ({ nextOrder: 0, types: new Map(), typeOf: new Map() });

export function forgetJob(history: JobHistory, intervention: number): void {
  const type = history.typeOf.get(intervention);
  if (type === undefined) return;
  history.typeOf.delete(intervention);
  const jobs = history.types.get(type)!;
  jobs.splice(
    jobs.findIndex((job) => job.intervention === intervention),
    1,
  );
  if (jobs.length === 0) history.types.delete(type);
}

/** Adds the job as the newest of its type; what was known of the same intervention is replaced. */
export function learnJob(history: JobHistory, type: string, job: Omit<Job, 'order'>): void {
  forgetJob(history, job.intervention);
  const jobs = history.types.get(type) ?? [];
  history.types.delete(type);
  history.types.set(type, jobs);
  jobs.push({
    intervention: job.intervention,
    order: history.nextOrder++,
    logRatio: Math.fround(job.logRatio),
    logCostRate: Math.fround(job.logCostRate),
    hours: Math.fround(job.hours),
    satisfaction: Math.fround(job.satisfaction),
  });
  history.typeOf.set(job.intervention, type);
  if (jobs.length > WINDOW) history.typeOf.delete(jobs.shift()!.intervention);
  if (history.types.size > MAX_TYPES) {
    const [staleType, staleJobs] = history.types.entries().next().value!;
    for (const stale of staleJobs) history.typeOf.delete(stale.intervention);
    history.types.delete(staleType);
  }
}

/** What was last learnt of an intervention, and under which type. */
export function findJob(history: JobHistory, intervention: number): { type: string; job: Job } | null {
  const type = history.typeOf.get(intervention);
  if (type === undefined) return null;
  const job = history.types.get(type)!.find((candidate) => candidate.intervention === intervention)!;
  return { type, job };
}

export function jobsOfType(history: JobHistory, type: string): readonly Job[] {
  return history.types.get(type) ?? [];
}

/** The newest `WINDOW` jobs over all types, in no particular order. */
export function jobsOfFirm(history: JobHistory): Job[] {
  const oldest = history.nextOrder - WINDOW;
  const jobs: Job[] = [];
  for (const ofType of history.types.values()) {
    for (let index = ofType.length - 1; index >= 0 && ofType[index]!.order >= oldest; index--) {
      jobs.push(ofType[index]!);
    }
  }
  return jobs;
}

const JOB_BYTES = 28;
/** What earlier versions wrote: without satisfaction. */
const EARLIER_JOB_BYTES = 24;

/** The saved form: 28 bytes a job in base64, so that 1,000 jobs take 37 KB. */
export interface SavedHistory {
  readonly nextOrder: number;
  /** Bytes of a job; absent in what earlier versions saved. */
  readonly jobBytes?: number;
  readonly types: readonly { readonly type: string; readonly jobs: string }[];
}

function packJobs(jobs: readonly Job[]): string {
  const bytes = Buffer.alloc(jobs.length * JOB_BYTES);
  jobs.forEach((job, index) => {
    const at = index * JOB_BYTES;
    bytes.writeDoubleLE(job.intervention, at);
    bytes.writeUInt32LE(job.order, at + 8);
    bytes.writeFloatLE(job.logRatio, at + 12);
    bytes.writeFloatLE(job.logCostRate, at + 16);
    bytes.writeFloatLE(job.hours, at + 20);
    bytes.writeFloatLE(job.satisfaction, at + 24);
  });
  return bytes.toString('base64');
}

export function saveHistory(history: JobHistory): SavedHistory {
  const types = [...history.types].map(([type, jobs]) => ({ type, jobs: packJobs(jobs) }));
  return { nextOrder: history.nextOrder, jobBytes: JOB_BYTES, types };
}

export function loadHistory(saved: SavedHistory): JobHistory {
  const history = emptyHistory();
  history.nextOrder = saved.nextOrder;
  const { jobBytes = EARLIER_JOB_BYTES } = saved;
  for (const { type, jobs } of saved.types) {
    const bytes = Buffer.from(jobs, 'base64');
    const loaded: Job[] = [];
    for (let at = 0; at + jobBytes <= bytes.length; at += jobBytes) {
      const intervention = bytes.readDoubleLE(at);
      loaded.push({
        intervention,
        order: bytes.readUInt32LE(at + 8),
        logRatio: bytes.readFloatLE(at + 12),
        logCostRate: bytes.readFloatLE(at + 16),
        hours: bytes.readFloatLE(at + 20),
        satisfaction: jobBytes === JOB_BYTES ? bytes.readFloatLE(at + 24) : Number.NaN,
      });
      history.typeOf.set(intervention, type);
    }
    history.types.set(type, loaded);
  }
  return history;
}
