/** Whom an alert concerns, as the warehouse knows it. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Alert } from '../core/alert.ts';
import type { Warehouse } from '../core/ports/warehouse.ts';
import type { Party } from '../services/alerting/alert-case.ts';
import type { AlertParties } from '../services/alerting/alert-desk.ts';
import { packagePath } from './paths.ts';

const NOBODY: AlertParties = { customer: null, site: null };
/** The model follows the log within a second or two; an alert waits for it no longer than this. */
const TRIES = 4;
const BETWEEN_MS = 700;

interface PartyRow {
  readonly customer_id: string;
  readonly customer: string | null;
  readonly site_id: string;
  readonly site: string | null;
}

const partyOf = (id: string, name: string | null): Party | null =>
  Number(id) > 0 ? { id: Number(id), name: name ?? '' } : null;

/** Never rejects: an alert without names is better than none. */
export function createPartyFinder(
  warehouse: Warehouse,
  database: string,
): (alert: Alert, signal: AbortSignal) => Promise<AlertParties> {
  const sql = readFileSync(packagePath('clickhouse', 'alerts', 'intervention_parties.sql'), 'utf8');
  return async (alert, signal) => {
    if (alert.subject_type !== 'intervention') return NOBODY;
    const params = { database, id: Number(alert.subject_id) };
    for (let attempt = 1; attempt <= TRIES && !signal.aborted; attempt++) {
      // Tables that are not there yet are as good as an empty one.
      const [row] = await warehouse.rows<PartyRow>(sql, { params }).catch(() => []);
      if (row) {
        const customer = partyOf(row.customer_id, row.customer);
        return { customer, site: partyOf(row.site_id, row.site) };
      }
      if (attempt < TRIES) await pause(BETWEEN_MS, undefined, { signal }).catch(() => undefined);
    }
    return NOBODY;
  };
}
