/** Silence that somebody asked for: of what, until when, and by whom. Cases go on being kept; nobody is told of them. */
import { createHash } from 'node:crypto';
import type { AlertCase } from './alert-case.ts';

/** Every part that is given must fit. At least one is. */
export type MuteScope = {
  readonly case?: string;
  /** A rule; `*` stands for anything. */
  readonly rule?: string;
  /** rowid of the customer. */
  readonly customer?: number;
  /** rowid of the project. */
  readonly site?: number;
};

export type Mute = {
  readonly id: string;
  readonly scope: MuteScope;
  /** Milliseconds since epoch; null: until it is lifted. */
  readonly until: number | null;
  readonly by: string;
  readonly at: number;
};

export function createMute(scope: MuteScope, until: number | null, by: string, at: number): Mute {
  const id = createHash('sha256')
    .update(JSON.stringify([scope, at, by]))
    .digest('hex')
    .slice(0, 12);
  return { id, scope, until, by, at };
}

/** `*` in the pattern stands for anything; upper and lower case are the same. */
export function matchesPattern(pattern: string, text: string): boolean {
  const parts = pattern
    .toLowerCase()
    .split('*')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*')}$`, 'u').test(text.toLowerCase());
}

function covers({ scope }: Mute, each: AlertCase): boolean {
  const { rule, customer, site } = scope;
  return (
    (scope.case === undefined || scope.case === each.id) &&
    (rule === undefined || each.findings.every((finding) => matchesPattern(rule, finding.rule))) &&
    (customer === undefined || each.customer?.id === customer) &&
    (site === undefined || each.site?.id === site)
  );
}

/** The mute that silences the case longest; null: none. */
export function findMute(mutes: readonly Mute[], each: AlertCase, now: number): Mute | null {
  const active = mutes.filter((mute) => (mute.until === null || mute.until > now) && covers(mute, each));
  const end = (mute: Mute): number => mute.until ?? Number.POSITIVE_INFINITY;
  return active.reduce<Mute | null>(
    (last, mute) => (last === null || end(mute) > end(last) ? mute : last),
    null,
  );
}
