/**
 * The third voice beside rules and the score per type: an isolation forest over the firm's last jobs. It hears what no
 * single figure says, such as somewhat too long and somewhat too dear at once. Hours and costs go in as their distance
 * from what is usual for their type, so that a type that always takes twice its estimate is not odd for that.
 *
 * The rows that it was trained on are kept, not its trees: a forest of the same rows and seed is the same, and rows are
 * small. It is grown when it is first asked, so that a first copy of a hundred thousand jobs grows none.
 */
import { type IsolationForest, type Row, scoreIsolation, trainForest } from '../models/isolation-forest.ts';
import type { JobHistory } from '../job-history.ts';
import { scoreFirm } from '../model.ts';
import { quantiles } from '../robust-statistics.ts';
import { packFloats, unpackFloats } from './packed-floats.ts';
import { rankSeverity } from './severity.ts';

export const WHOLE_FIGURES = ['size', 'hours', 'cost', 'satisfaction'] as const;
export type WholeFigure = (typeof WHOLE_FIGURES)[number];

export interface WholeView {
  /** 0 to 1; about 0.5 is usual. */
  readonly score: number;
  /** The score that one in a hundred of the jobs that it was trained on reached. */
  readonly limit: number;
  /** 0 to 100, by rank among them. */
  readonly severity: number;
  /** Share of each figure in what is unusual, largest first; together 1, or none. */
  readonly parts: readonly { readonly figure: WholeFigure; readonly share: number }[];
}

export interface SavedWhole {
  readonly madeAt: number;
  /** Rows of four 32-bit floats in base64. */
  readonly rows: string;
}

/** Jobs before the first forest, and jobs between two. */
export const FIRST_JOBS = 100;
const RENEW_JOBS = 200;
const TREES = 100;
const SEED = 42;
const WIDTH = WHOLE_FIGURES.length;

/** NaN where a figure is not known. */
export interface WholeJob {
  /** Actual hours. */
  readonly size: number;
  /** Distances from the usual of the type in robust standard deviations. */
  readonly hours: number;
  readonly cost: number;
  /** 1 to 5. */
  readonly satisfaction: number;
}

const rowOf = ({ size, hours, cost, satisfaction }: WholeJob): Row => [
  Math.log(size),
  hours,
  cost,
  satisfaction,
];

function rowsOf(history: JobHistory): Row[] {
  const costs = scoreFirm(history, 'logCostRate', null);
  return scoreFirm(history, 'logRatio', null).map(({ job, score }, index) =>
    rowOf({ size: job.hours, hours: score, cost: costs[index]!.score, satisfaction: job.satisfaction }),
  );
}

interface Grown {
  readonly forest: IsolationForest;
  /** Of the rows that it was trained on. */
  readonly scores: readonly number[];
  readonly limit: number;
}

export class UnusualWhole {
  #rows: Row[] = [];
  /** Jobs that had been learnt when the rows were taken. */
  #madeAt = 0;
  #grown: Grown | null = null;

  static load(saved: SavedWhole): UnusualWhole {
    const whole = new UnusualWhole();
    const figures = unpackFloats(saved.rows);
    whole.#madeAt = saved.madeAt;
    for (let at = 0; at + WIDTH <= figures.length; at += WIDTH)
      whole.#rows.push(figures.slice(at, at + WIDTH));
    return whole;
  }

  save(): SavedWhole {
    return { madeAt: this.#madeAt, rows: packFloats(this.#rows.flat()) };
  }

  /** To be told after each job that was learnt. */
  noteLearnt(history: JobHistory): void {
    const due = this.#madeAt === 0 ? FIRST_JOBS : this.#madeAt + RENEW_JOBS;
    if (history.nextOrder < due) return;
    this.#rows = rowsOf(history).map((row) => row.map(Math.fround));
    this.#madeAt = history.nextOrder;
    this.#grown = null;
  }

  /** Null while there are too few jobs. */
  look(job: WholeJob): WholeView | null {
    if (this.#rows.length < FIRST_JOBS) return null;
    const { forest, scores, limit } = (this.#grown ??= this.#grow());
    const row = rowOf(job);
    const score = scoreIsolation(forest, row);
    const drops = WHOLE_FIGURES.map((figure, column) => {
      const usual = row.map((value, at) => (at === column ? forest.medians[at]! : value));
      return { figure, drop: Math.max(0, score - scoreIsolation(forest, usual)) };
    });
    const total = drops.reduce((sum, { drop }) => sum + drop, 0);
    const parts = drops
      .filter(({ drop }) => drop > 0)
      .map(({ figure, drop }) => ({ figure, share: drop / total }))
      .sort((a, b) => b.share - a.share);
    return { score, limit, severity: rankSeverity(score, scores), parts };
  }

  #grow(): Grown {
    const forest = trainForest(this.#rows, { seed: SEED + this.#madeAt, trees: TREES });
    const scores = this.#rows.map((row) => scoreIsolation(forest, row));
    return { forest, scores, limit: quantiles(scores, [0.99])![0]! };
  }
}
