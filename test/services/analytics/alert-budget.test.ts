import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admitFinding, type Decided } from '../../../services/analytics/alert-budget.ts';
import { createRandomSource } from '../../../services/analytics/models/random.ts';

const DAY_MS = 86_400_000;

void test('no seven days see more alerts than the budget, and the severe ones come through', () => {
  const random = createRandomSource(2);
  const decided: Decided[] = [];
  const findings = Array.from({ length: 400 }, (_, index) => ({
    at: index * DAY_MS * 0.25,
    severity: Math.floor(random() * 100),
  }));
  const raised = findings.filter((finding) => admitFinding(decided, finding, 5));
  for (const { at } of raised) {
    const week = raised.filter((other) => other.at > at - 7 * DAY_MS && other.at <= at);
    assert.ok(week.length <= 5, `${week.length} in the week before ${at / DAY_MS}`);
  }
  const later = raised.filter(({ at }) => at > 21 * DAY_MS);
  assert.ok(later.length > 20);
  const mean = later.reduce((sum, { severity }) => sum + severity, 0) / later.length;
  assert.ok(mean > 75, `mean severity ${mean}`);
  assert.ok(decided.length <= 500);
});

void test('a quiet firm hears of everything', () => {
  const decided: Decided[] = [];
  const admitted = Array.from({ length: 20 }, (_, week) =>
    admitFinding(decided, { at: week * 7 * DAY_MS, severity: 50 }, 5),
  );
  assert.ok(admitted.every(Boolean));
});

void test('deciding again from a saved state decides the same', () => {
  const decided: Decided[] = [];
  for (let day = 0; day < 60; day++)
    admitFinding(decided, { at: day * DAY_MS, severity: (day * 37) % 100 }, 3);
  const saved = JSON.parse(JSON.stringify(decided)) as Decided[];
  const next = { at: 60 * DAY_MS, severity: 80 };
  assert.equal(admitFinding(saved, next, 3), admitFinding(decided, next, 3));
});
