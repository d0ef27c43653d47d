import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResultTable } from '../../../services/analytics/analysis.ts';
import { raiseSilences } from '../../../services/analytics/silence-alerts.ts';
import { ALERT_SCHEMA, DATABASE, PREFIX, readAlerts } from './intervention-events.ts';
import { Bench } from './live-bench.ts';

const COLUMNS = ['kind', 'subject', 'day', 'severity', 'sentence', 'score', 'actual', 'expected'] as const;

const anomalies = (day: string, silent: number): ResultTable => ({
  name: 'anomalies',
  columns: COLUMNS.map((name) => ({ name, type: 'String' })),
  rows: [
    ['silence', 'Marie Petit', day, 81, `Marie Petit : rien depuis ${silent} jours.`, 9, silent, 2.5],
    ['hours', 'FI1', day, 90, 'FI1 : 14 h.', 6, 14, 4],
  ],
});

void test('a silence is told once, however many runs see it, and a new one anew', async () => {
  await using bench = await Bench.open();
  const { log, registry } = bench.embedded;
  const target = { log, registry, prefix: PREFIX, database: DATABASE, alertSchema: ALERT_SCHEMA };
  const raise = (day: string, silent: number) =>
    raiseSilences([anomalies(day, silent)], { ...target, clock: { now: () => 5 } });
  assert.equal(await raise('2026-11-20', 20), 1);
  assert.equal(await raise('2026-11-21', 21), 0);
  assert.equal(await raise('2027-03-01', 15), 1);
  assert.equal(await raiseSilences([], { ...target, clock: { now: () => 5 } }), 0);
  const alerts = await readAlerts(log);
  assert.deepEqual(
    alerts.map(({ id, rule, severity, subject_ref: ref, title }) => [id, rule, severity, ref, title]),
    [
      [
        'silence:dolibarr:Marie%20Petit:2026-10-31',
        'silence',
        81,
        'Marie Petit',
        'Marie Petit : rien depuis 20 jours',
      ],
      [
        'silence:dolibarr:Marie%20Petit:2027-02-14',
        'silence',
        81,
        'Marie Petit',
        'Marie Petit : rien depuis 15 jours',
      ],
    ],
  );
  assert.ok(alerts[0]!.subject_id > 0);
});
