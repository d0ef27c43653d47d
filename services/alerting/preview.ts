/**
 * What routes would have told whom, had they been in force: the alerts of the past go through the same cases and the same
 * routes as those to come. Answers of people are left out, for they were given to other messages.
 */
import type { Alert } from '../../core/alert.ts';
import { type AlertCase, caseId, caseKey, openCase, type Party, withAlert } from './alert-case.ts';
import { type Routing, routesOf } from './routing.ts';

export interface PastAlert {
  readonly alert: Alert;
  readonly customer: Party | null;
  readonly site: Party | null;
}

export interface RoutePreview {
  /** Position in the file, from 1; null: no route fits, so every channel is told. */
  readonly route: number | null;
  /** Pieces of news: a case that opens, gets worse, or comes back. */
  readonly messages: number;
  readonly cases: number;
  /** Most in one day, before quiet hours, digests and gathering. */
  readonly mostInADay: number;
  /** The newest, at most three. */
  readonly examples: readonly { readonly at: number; readonly title: string; readonly severity: number }[];
}

const DAY_MS = 86_400_000;
const EXAMPLES = 3;

/** One for each route, in their order, and one for what fits none. Alerts in the order in which they were raised. */
export function previewRoutes(
  alerts: readonly PastAlert[],
  routing: Routing,
  zone: string,
): readonly RoutePreview[] {
  const context = { routing, channels: [], zone };
  const open = new Map<string, AlertCase>();
  const told = new Map<number | null, { readonly each: AlertCase; readonly at: number }[]>();
  const places = [...routing.routes.keys(), null];
  for (const place of places) told.set(place, []);
  for (const past of alerts) {
    const at = Number(past.alert.raised_at);
    const next = nextCase(open.get(caseKey(past.alert)), past, at, routing);
    const isNews = next.news === next.revision;
    open.set(next.key, next);
    if (!isNews) continue;
    const routes = routesOf(next, context);
    const found = routes.length === 0 ? [null] : routes.map((route) => routing.routes.indexOf(route));
    for (const place of found) told.get(place)!.push({ each: next, at });
  }
  return places.map((place) => describe(place, told.get(place)!));
}

/** A case that nobody touches ends by itself; after that the next alert opens another one. */
function nextCase(
  known: AlertCase | undefined,
  { alert, customer, site }: PastAlert,
  now: number,
  { closeAfterMs }: Routing,
): AlertCase {
  if (known && now - known.changedAt <= closeAfterMs) return withAlert(known, alert, now);
  return openCase(alert, { id: caseId(caseKey(alert), alert.id, 0), now, customer, site });
}

function describe(
  place: number | null,
  told: readonly { readonly each: AlertCase; readonly at: number }[],
): RoutePreview {
  const days = new Map<number, number>();
  for (const { at } of told) {
    const day = Math.floor(at / DAY_MS);
    days.set(day, (days.get(day) ?? 0) + 1);
  }
  return {
    route: place === null ? null : place + 1,
    messages: told.length,
    cases: new Set(told.map(({ each }) => each.id)).size,
    mostInADay: Math.max(0, ...days.values()),
    examples: told.slice(-EXAMPLES).map(({ each, at }) => {
      const { title, severity } = each.findings.at(-1)!;
      return { at, title, severity };
    }),
  };
}
