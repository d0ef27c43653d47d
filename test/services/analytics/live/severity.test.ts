import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rankSeverity } from '../../../../services/analytics/live/severity.ts';

const thousand = Array.from({ length: 1000 }, (_, index) => index / 100);

void test('severity is how few scores before reached it', () => {
  assert.equal(rankSeverity(9.375, thousand), 50);
  assert.equal(rankSeverity(9.9, thousand), 68);
  assert.equal(rankSeverity(9.99, thousand), 80);
  assert.equal(rankSeverity(-1, thousand), 0);
});

void test('beyond all that is known it goes on towards 100', () => {
  const severities = [10, 12, 20, 100, 1e9].map((score) => rankSeverity(score, thousand));
  assert.deepEqual(
    severities,
    [...new Set(severities)].sort((a, b) => a - b),
  );
  assert.ok(severities[0]! >= 82 && severities.at(-1)! === 100, severities.join());
});

void test('with nothing to rank among it is still between 0 and 100', () => {
  for (const score of [0, 0.1, 5, Infinity]) {
    const severity = rankSeverity(score, []);
    assert.ok(severity >= 0 && severity <= 100, `${score}: ${severity}`);
  }
});
