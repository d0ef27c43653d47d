/** Weights, none negative, with which several forecasts add up to the best one: least squares, pulled to a guess. */

export interface WeightProblem {
  /** For each past case the forecasts, in one order. */
  readonly forecasts: readonly (readonly number[])[];
  /** What then happened. */
  readonly outcomes: readonly number[];
  /** How much each case counts. */
  readonly importance: readonly number[];
  /** Weights to fall back on where the cases say little. */
  readonly prior: readonly number[];
  /** How many typical cases the prior is worth. */
  readonly priorCases: number;
}

const ROUNDS = 300;

/** As many weights as forecasts. */
export function blendWeights(problem: WeightProblem): number[] {
  const { forecasts, outcomes, importance, prior, priorCases } = problem;
  const size = prior.length;
  const products = prior.map(() => new Float64Array(size));
  const targets = new Float64Array(size);
  forecasts.forEach((row, index) => {
    const weight = importance[index]!;
    for (let a = 0; a < size; a++) {
      targets[a]! += weight * row[a]! * outcomes[index]!;
      for (let b = 0; b < size; b++) products[a]![b]! += weight * row[a]! * row[b]!;
    }
  });
  const trace = products.reduce((sum, row, axis) => sum + row[axis]!, 0);
  if (trace === 0) return [...prior];
  const pull = (priorCases * trace) / size / forecasts.length;
  const weights = [...prior];
  for (let round = 0; round < ROUNDS; round++) {
    for (let axis = 0; axis < size; axis++) {
      const row = products[axis]!;
      let slope = targets[axis]! - pull * (weights[axis]! - prior[axis]!);
      for (let other = 0; other < size; other++) slope -= row[other]! * weights[other]!;
      weights[axis] = Math.max(0, weights[axis]! + slope / (row[axis]! + pull));
    }
  }
  return weights;
}
