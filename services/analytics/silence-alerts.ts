/**
 * Silence as alerts. That nothing comes shows in no event, so it is the scheduled run over the warehouse that finds it;
 * each silence is told once, however many runs see it.
 */
import type { Alert } from '../../core/alert.ts';
import type { Clock } from '../../core/clock.ts';
import type { ChangeLog } from '../../core/ports/change-log.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import { createAlertWriter } from './alert-writer.ts';
import type { ResultTable } from './analysis.ts';
import { rounded } from './build-alert.ts';
import { dayNumber, dayText } from './day-arithmetic.ts';

export const SILENCE_OWNER = 'analytics-silences';

export interface SilenceTarget {
  readonly log: ChangeLog;
  readonly registry: SchemaRegistry;
  readonly clock: Clock;
  /** --topic-prefix. */
  readonly prefix: string;
  /** Dolibarr's database. */
  readonly database: string;
  /** Text of schemas/alert.avsc. */
  readonly alertSchema: string;
}

interface SavedSilences {
  /** Ids of the alerts, oldest first. */
  readonly raised: readonly string[];
}

const MAX_RAISED = 500;

/** A number for a name that has none: the same for the same name, above 0. */
function numberOf(name: string): number {
  let hash = 0;
  for (const sign of name) hash = (Math.imul(hash, 31) + sign.codePointAt(0)!) >>> 1;
  return hash + 1;
}

/** One alert for each row of kind `silence` of the table `anomalies`. */
function alertsOf(table: ResultTable, { database, clock }: SilenceTarget): Alert[] {
  const cell = (row: ResultTable['rows'][number], name: string): string | number | null =>
    row[table.columns.findIndex((column) => column.name === name)] ?? null;
  return table.rows
    .filter((row) => cell(row, 'kind') === 'silence')
    .map((row) => {
      const subject = String(cell(row, 'subject'));
      const [silent, usual] = [Number(cell(row, 'actual')), Number(cell(row, 'expected'))];
      const sentence = String(cell(row, 'sentence'));
      const since = dayText((dayNumber(String(cell(row, 'day'))) ?? 0) - silent);
      const at = clock.now();
      return {
        ...{ id: `silence:${encodeURIComponent(database)}:${encodeURIComponent(subject)}:${since}` },
        ...{ rule: 'silence', severity: Math.round(Number(cell(row, 'severity'))), entity: 1 },
        ...{ subject_type: 'silence', subject_id: numberOf(subject), subject_ref: subject },
        ...{ title: sentence.replace(/\.$/, ''), explanation: sentence },
        ...{ actual: silent, expected: rounded(usual), unit: null },
        details: JSON.stringify({
          subject,
          silent_since: since,
          silent_days: silent,
          usual_gap_days: rounded(usual),
        }),
        ...{ source_seq: 0, committed_at: at, raised_at: at },
      };
    });
}

/** Writes those that were not told before; returns how many. */
export async function raiseSilences(tables: readonly ResultTable[], target: SilenceTarget): Promise<number> {
  const { log, registry, prefix, alertSchema } = target;
  const table = tables.find(({ name }) => name === 'anomalies');
  if (!table) return 0;
  const saved = (await log.getState(SILENCE_OWNER)) as SavedSilences | null;
  const known = new Set(saved?.raised ?? []);
  const alerts = alertsOf(table, target).filter(({ id }) => !known.has(id));
  if (alerts.length === 0) return 0;
  const write = await createAlertWriter(registry, prefix, alertSchema);
  const raised = [...known, ...alerts.map(({ id }) => id)].slice(-MAX_RAISED);
  await log.append([write(alerts)], [{ owner: SILENCE_OWNER, state: { raised } }]);
  return alerts.length;
}
