/** The alerts of the last twelve months, for a look at what other routes would have told. */
import { readFileSync } from 'node:fs';
import type { Alert } from '../core/alert.ts';
import { quoteName } from '../core/clickhouse-sql.ts';
import { type PastAlert, previewRoutes, type RoutePreview } from '../services/alerting/preview.ts';
import { configuredChannels, readRouting } from './alert-settings.ts';
import type { Options } from './options.ts';
import { packagePath } from './paths.ts';
import { queryRows } from './query-rows.ts';
import type { RuntimeClient } from './runtime.ts';

export interface AlertPreview {
  /** When the oldest alert that was looked at was raised, ISO 8601; null: there was none. */
  readonly since: string | null;
  readonly alerts: number;
  readonly routes: readonly RoutePreview[];
}

interface PastRow extends Omit<Alert, 'raised_at' | 'committed_at'> {
  readonly raised_ms: string;
  readonly committed_ms: string;
  readonly customer_id: string;
  readonly customer: string | null;
  readonly site_id: string;
  readonly site: string | null;
}

/** Rejects with CONFIG_INVALID for a file of routes that is wrong. */
export async function previewAlerts(
  client: Pick<RuntimeClient, 'query'>,
  options: Options,
  signal: AbortSignal,
): Promise<AlertPreview> {
  const console = { name: 'console', kind: 'console' };
  const { routing } = await readRouting(options, [console, ...configuredChannels(options)]);
  const template = readFileSync(packagePath('clickhouse', 'alerts', 'past_alerts.sql'), 'utf8');
  const sql = template.replaceAll('{database:Identifier}', quoteName(options.warehouseDatabase));
  const alerts = (await queryRows<PastRow>(client, sql, signal)).map(pastOf);
  return {
    since: alerts[0] ? new Date(alerts[0].alert.raised_at).toISOString() : null,
    alerts: alerts.length,
    routes: previewRoutes(alerts, routing, options.timeZone),
  };
}

const partyOf = (id: string, name: string | null) =>
  Number(id) > 0 ? { id: Number(id), name: name ?? '' } : null;

function pastOf({
  raised_ms,
  committed_ms,
  customer_id,
  customer,
  site_id,
  site,
  ...row
}: PastRow): PastAlert {
  return {
    alert: { ...row, raised_at: Number(raised_ms), committed_at: Number(committed_ms) },
    customer: partyOf(customer_id, customer),
    site: partyOf(site_id, site),
  };
}
