/** Which interventions go wrong: about `rate` of them, spread evenly enough that the first comes soon. */
import { ANOMALY_KINDS, type AnomalyKind } from '../firm/intervention-types.ts';
import type { Random } from '../random.ts';

export interface AnomalyPlan {
  /** Asked once for each intervention carried out. */
  next(): AnomalyKind | undefined;
}

/** Kinds take turns, so that even a short run has some of each; the first is an overrun. */
export function createAnomalyPlan(random: Random, rate: number): AnomalyPlan {
  let kind = -1;
  let left = rate > 0 ? random.int(1, 3) : Infinity;
  return {
    next: () => {
      left -= 1;
      if (left > 0) return undefined;
      left = Math.max(1, Math.round((0.5 + random.next()) / rate));
      kind = (kind + 1) % ANOMALY_KINDS.length;
      return ANOMALY_KINDS[kind];
    },
  };
}
