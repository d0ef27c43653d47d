/**
 * At most so many alerts a week, and the most severe ones. What comes is judged when it comes, so the bar is the
 * severity that the weeks before would have let through; and no seven days see more alerts than the budget.
 * Times are the commits' own, so that reading the log a second time decides the same.
 */

/** A finding that was decided on. */
export interface Decided {
  /** Commit time, ms since epoch. */
  readonly at: number;
  /** 0 to 100. */
  readonly severity: number;
  readonly raised: boolean;
}

export const WEEK_MS = 7 * 86_400_000;
/** Weeks looked back on for the bar, and findings remembered of them. */
const WEEKS = 8;
const MAX_DECIDED = 500;
/** Days of findings before there is a bar. */
const MIN_SPAN_MS = WEEK_MS;

/** The severity that `perWeek` findings a week reached lately; 0 while little is known. */
function barOf(decided: readonly Decided[], at: number, perWeek: number): number {
  const recent = decided.filter((each) => each.at > at - WEEKS * WEEK_MS);
  const first = recent[0];
  if (!first || at - first.at < MIN_SPAN_MS) return 0;
  const allowed = Math.floor((perWeek * (at - first.at)) / WEEK_MS);
  if (recent.length <= allowed) return 0;
  const severities = recent.map(({ severity }) => severity).sort((a, b) => b - a);
  return severities[Math.max(0, allowed - 1)]!;
}

/** Decides on a finding and notes it in `decided`, oldest first. */
export function admitFinding(
  decided: Decided[],
  finding: { readonly at: number; readonly severity: number },
  perWeek: number,
): boolean {
  const { at, severity } = finding;
  const inWeek = decided.filter((each) => each.raised && each.at > at - WEEK_MS && each.at <= at).length;
  const raised = inWeek < perWeek && severity >= barOf(decided, at, perWeek);
  decided.push({ at, severity, raised });
  while (decided.length > MAX_DECIDED || (decided[0] && decided[0].at <= at - WEEKS * WEEK_MS))
    decided.shift();
  return raised;
}
