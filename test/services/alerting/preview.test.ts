import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alert } from '../../../core/alert.ts';
import { type PastAlert, previewRoutes } from '../../../services/alerting/preview.ts';
import { PLAIN_ROUTE } from '../../../services/alerting/routing.ts';
import { alertOf } from './alert-log.ts';
import { routingTo } from './running-alerts.ts';

const DAY = 86_400_000;
const past = (id: number, day: number, changes: Partial<Alert> = {}, customer = 12): PastAlert => ({
  alert: alertOf(String(id), { subject_id: id, raised_at: day * DAY, ...changes }),
  customer: { id: customer, name: 'Dupont' },
  site: null,
});

void test('past alerts go through the routes as those to come: one case is told once, worse is told again', () => {
  const grave = { ...PLAIN_ROUTE, match: { ...PLAIN_ROUTE.match, severity: 80 }, to: ['direction'] };
  const dupont = { ...PLAIN_ROUTE, match: { ...PLAIN_ROUTE.match, customers: ['12'] }, to: ['chantier'] };
  const alerts = [
    past(1, 1, { severity: 60 }),
    past(1, 2, { id: 'again', severity: 62 }),
    past(1, 3, { id: 'worse', severity: 85 }),
    past(2, 3, { severity: 90 }),
    past(3, 4, { severity: 50 }, 99),
    past(1, 40, { id: 'much later', severity: 60 }),
  ];
  const previews = previewRoutes(alerts, routingTo([], { routes: [grave, dupont] }), 'Europe/Paris');
  assert.deepEqual(
    previews.map(({ route, messages, cases, mostInADay }) => [route, messages, cases, mostInADay]),
    [
      [1, 2, 2, 2],
      [2, 2, 2, 1],
      [null, 1, 1, 1],
    ],
  );
  assert.deepEqual(
    previews[0]!.examples.map(({ severity }) => severity),
    [85, 90],
  );
});
