import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatheringMs } from '../../../services/warehouse/gathering.ts';

const MIB = 1024 * 1024;
const AT_ONCE = { gatherMs: 0, maxRoundBytes: 24 * MIB };

void test('single changes go at once', () => {
  const asked = { bytes: 2_000, before: 0, sinceRoundMs: 1, sinceMs: 0 };
  assert.equal(gatheringMs(AT_ONCE, asked), 0);
});

void test('of a bulk more is waited for as long as it keeps coming, until half a round is there', () => {
  const asked = { bytes: 2 * MIB, before: 0, sinceRoundMs: 1, sinceMs: 0 };
  assert.ok(gatheringMs(AT_ONCE, asked) > 0);
  assert.ok(gatheringMs(AT_ONCE, { ...asked, bytes: 5 * MIB, before: 2 * MIB, sinceMs: 80 }) > 0);
  assert.equal(gatheringMs(AT_ONCE, { ...asked, before: 2 * MIB, sinceMs: 80 }), 0);
  assert.equal(gatheringMs(AT_ONCE, { ...asked, bytes: 13 * MIB, before: 5 * MIB, sinceMs: 80 }), 0);
  assert.equal(gatheringMs(AT_ONCE, { ...asked, bytes: 5 * MIB, before: 2 * MIB, sinceMs: 10_000 }), 0);
});

void test('what may be late waits until the last round is so long ago', () => {
  const late = { gatherMs: 1000, maxRoundBytes: 24 * MIB };
  const asked = { bytes: 2_000, before: 2_000, sinceRoundMs: 300, sinceMs: 300 };
  assert.equal(gatheringMs(late, asked), 700);
  assert.equal(gatheringMs(late, { ...asked, sinceRoundMs: 1000 }), 0);
  assert.equal(gatheringMs(late, { ...asked, bytes: 13 * MIB }), 0);
});
