/** Keeps what differs between source and warehouse in the log, and raises the alert about it in the same step. */
import { readFileSync } from 'node:fs';
import type { JsonValue } from '../core/ports/change-log.ts';
import { createAlertWriter } from '../services/analytics/alert-writer.ts';
import { type Compared, type Drift, followDrift } from '../services/warehouse/verify/drift.ts';
import { packagePath } from './paths.ts';
import type { VerifyReport } from './runtime.ts';
import { requireSource } from './source-address.ts';
import type { Stores } from './stores.ts';

/** Owner of the state in the log. */
export const DRIFT_OWNER = 'drift';

/** Notes the outcome of a comparison. Where others write the log, too, nothing is kept: cron looks at the exit code there. */
export async function noteDrift(stores: Stores, report: VerifyReport): Promise<void> {
  const { context, isShared, log, registry } = stores;
  if (isShared) return;
  const { options, clock, logger } = context;
  const known = ((await log.getState(DRIFT_OWNER)) ?? {}) as Drift;
  const { database } = requireSource(options);
  const { drift, alert } = followDrift(known, comparedIn(report), {
    ...{ database, locale: options.locale, nowMs: clock.now() },
  });
  const change = { owner: DRIFT_OWNER, state: drift as JsonValue };
  if (alert === null) {
    if (JSON.stringify(drift) !== JSON.stringify(known)) await log.setState([change]);
    return;
  }
  const schema = readFileSync(packagePath('schemas', 'alert.avsc'), 'utf8');
  const write = await createAlertWriter(registry, options.topicPrefix, schema);
  await log.append([write([alert])], [change]);
  logger.warn({ alert: alert.id }, alert.title);
}

const comparedIn = ({ tables, totals }: VerifyReport): Compared[] => [
  ...tables.map(({ table, equal, differences, share }) => ({
    ...{ name: table, equal, differences, isWhole: share === 1 },
  })),
  ...totals.map(({ name, equal, differences }) => ({
    ...{ name: `total ${name}`, equal, differences, isWhole: true },
  })),
];
