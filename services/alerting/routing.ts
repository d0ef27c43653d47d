/** Who is told of a case, through which channel, and when. */
import { type AlertCase, type CaseDelivery, leadFinding, type Party } from './alert-case.ts';
import { endOfQuiet, nextTime, type QuietHours } from './business-calendar.ts';
import { matchesPattern } from './mute.ts';

export interface RouteMatch {
  /** Patterns of rules; empty: any. */
  readonly rules: readonly string[];
  /** From this severity on, 0 to 100. */
  readonly severity: number;
  /** Below this one. */
  readonly below: number;
  /** Ids, or patterns of names; empty: any. */
  readonly customers: readonly string[];
  readonly sites: readonly string[];
}

export interface Escalation {
  /** Without anybody who takes the case. */
  readonly afterMs: number;
  readonly to: readonly string[];
}

export interface Route {
  readonly match: RouteMatch;
  /** Channels; none: the case is only kept. */
  readonly to: readonly string[];
  readonly quiet: QuietHours | null;
  /** Severity from which quiet hours and digests do not count. */
  readonly urgent: number;
  /** Minute of the day at which all is told together; null: at once. */
  readonly digest: number | null;
  readonly escalate: readonly Escalation[];
  /** Routes after this one count, too. */
  readonly goOn: boolean;
}

export interface Routing {
  readonly routes: readonly Route[];
  /** Told of what another channel refused. */
  readonly fallback: readonly string[];
  /** A new alert within this time after the end of its case opens that case again. */
  readonly coolDownMs: number;
  /** A case nobody touched for so long is closed. */
  readonly closeAfterMs: number;
  /** Behind the source by more: alerts wait, and that is told. */
  readonly pipeLateMs: number;
  /** Cron line of the proof of life; null: none. */
  readonly proof: string | null;
  /** More new cases than this that are to be told at the same time come to people in one message; null: never. */
  readonly flood: number | null;
}

export interface RoutingContext {
  readonly routing: Routing;
  /** Names of the channels there are. */
  readonly channels: readonly string[];
  readonly zone: string;
}

const isParty = (patterns: readonly string[], party: Party | null): boolean =>
  patterns.length === 0 ||
  (party !== null &&
    patterns.some((pattern) => pattern === String(party.id) || matchesPattern(pattern, party.name)));

function matches({ match }: Route, each: AlertCase): boolean {
  const { severity } = leadFinding(each);
  return (
    severity >= match.severity &&
    severity < match.below &&
    (match.rules.length === 0 ||
      each.findings.some(({ rule }) => match.rules.some((pattern) => matchesPattern(pattern, rule)))) &&
    isParty(match.customers, each.customer) &&
    isParty(match.sites, each.site)
  );
}

/** The routes that count for a case, in their order; none: every channel is told, so that nothing is lost. */
export function routesOf(each: AlertCase, { routing }: RoutingContext): readonly Route[] {
  const found: Route[] = [];
  for (const route of routing.routes) {
    if (!matches(route, each)) continue;
    found.push(route);
    if (!route.goOn) break;
  }
  return found;
}

const FRESH = { sent: 0, sentAt: null, receipt: null, refused: null };

function dueOf(
  route: Route,
  severity: number,
  now: number,
  zone: string,
): Pick<CaseDelivery, 'due' | 'digest'> {
  if (severity >= route.urgent) return { due: now, digest: false };
  if (route.digest !== null) return { due: nextTime(now, route.digest, zone, route.quiet), digest: true };
  return { due: route.quiet ? endOfQuiet(now, route.quiet, zone) : now, digest: false };
}

/**
 * The case with its deliveries as routes have them: channels it has keep what they have sent, and get news at the time
 * their route says. Never takes a channel away.
 */
export function withRoutes(each: AlertCase, context: RoutingContext, now: number): AlertCase {
  const { severity } = leadFinding(each);
  const routes = routesOf(each, context);
  const planned = new Map<string, Pick<CaseDelivery, 'due' | 'digest'>>();
  for (const route of routes) {
    for (const channel of route.to) {
      if (planned.has(channel) || !context.channels.includes(channel)) continue;
      planned.set(channel, dueOf(route, severity, now, context.zone));
    }
  }
  if (routes.length === 0)
    for (const name of context.channels) planned.set(name, { due: now, digest: false });
  const deliveries: Record<string, CaseDelivery> = { ...each.deliveries };
  for (const [channel, plan] of planned) {
    const known = deliveries[channel];
    // One message is edited where it is: a case that was told at once does not move into a digest.
    const keeps = known && known.sent > 0 && !known.digest;
    deliveries[channel] = { ...FRESH, ...known, ...plan, ...(keeps ? { digest: false } : {}) };
  }
  return { ...each, deliveries };
}

/** The case told to further channels at once. */
export function withChannels(each: AlertCase, channels: readonly string[], now: number): AlertCase {
  const deliveries: Record<string, CaseDelivery> = { ...each.deliveries };
  for (const channel of channels) {
    deliveries[channel] = { ...FRESH, ...deliveries[channel], due: now, digest: false };
  }
  return { ...each, deliveries };
}

/** The next step of escalation and when it is due; null: none is left. */
export function nextEscalation(
  each: AlertCase,
  context: RoutingContext,
): { readonly at: number; readonly to: readonly string[] } | null {
  if (each.state !== 'open') return null;
  const steps = routesOf(each, context).flatMap((route) =>
    route.escalate.map(({ afterMs, to }) => ({ afterMs, to, quiet: route.quiet })),
  );
  const step = steps.sort((a, b) => a.afterMs - b.afterMs)[each.escalations];
  if (!step) return null;
  const after = each.openedAt + step.afterMs;
  return { at: step.quiet ? endOfQuiet(after, step.quiet, context.zone) : after, to: step.to };
}

const ANY: RouteMatch = { rules: [], severity: 0, below: Number.POSITIVE_INFINITY, customers: [], sites: [] };
const MORNING = 8 * 60;
const MAIL_AT_ONCE = 70;
const HOUR_MS = 3_600_000;

export const DEFAULT_ROUTING: Omit<Routing, 'routes'> = {
  fallback: [],
  coolDownMs: 24 * HOUR_MS,
  closeAfterMs: 14 * 24 * HOUR_MS,
  pipeLateMs: HOUR_MS / 4,
  proof: '0 8 * * 1',
  flood: 10,
};

export const PLAIN_ROUTE: Route = {
  ...{ match: ANY, to: [], quiet: null, urgent: Number.POSITIVE_INFINITY, digest: null, escalate: [] },
  goOn: false,
};

/** Without a file: everything at once, but to mailboxes what can wait comes in one message in the morning. */
export function defaultRouting(
  channels: readonly { readonly name: string; readonly kind: string }[],
): Routing {
  const named = (isMail: boolean): string[] =>
    channels.filter(({ kind }) => (kind === 'mail') === isMail).map(({ name }) => name);
  return {
    ...DEFAULT_ROUTING,
    routes: [
      { ...PLAIN_ROUTE, to: named(false), goOn: true },
      { ...PLAIN_ROUTE, to: named(true), digest: MORNING, urgent: MAIL_AT_ONCE },
    ],
  };
}
