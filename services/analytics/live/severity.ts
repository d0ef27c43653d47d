/**
 * Severity by rank: a score counts by how few of the scores before it reached it, so that hours, euros and units
 * compare. One in sixteen is 50, one in a hundred 68, one in a thousand 82; what surpasses all that is known goes on
 * towards 100 by how far it surpasses it.
 */

/** 0 to 100, whole. `earlier`: scores of like cases, in any order. Scores are above 0 where they matter. */
export function rankSeverity(score: number, earlier: readonly number[]): number {
  let reached = 0;
  let highest = 0;
  for (const each of earlier) {
    if (each >= score) reached++;
    if (each > highest) highest = each;
  }
  const share = (reached + 0.5) / (earlier.length + 1);
  const ranked = 100 * (1 - Math.sqrt(Math.sqrt(share)));
  const beyond = reached === 0 && score > 0 ? 1 - highest / score : 0;
  return Math.round(Math.max(0, ranked + (100 - ranked) * beyond));
}
