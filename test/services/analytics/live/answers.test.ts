import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  emptyAnswers,
  isDismissed,
  loadAnswers,
  noteAnswer,
  noteRaised,
  saveAnswers,
  strictnessOf,
} from '../../../../services/analytics/live/answers.ts';

const DAY = 86_400_000;
const rule = 'intervention_hours';
const alert = (row: number, strength = 1.5, pattern = 'plomberie') => ({ rule, row, pattern, strength });

void test('what was called normal is silent for ninety days, unless it is clearly further out of line', () => {
  const memory = emptyAnswers();
  noteRaised(memory, 'a', alert(1));
  noteAnswer(memory, { alert: 'a', answer: 'normal', at: 0 });
  const dismissed = (more: object) => isDismissed(memory, { ...alert(2), at: DAY, ...more });
  assert.equal(dismissed({}), true);
  assert.equal(dismissed({ strength: 1.5 * 1.3 }), false);
  assert.equal(dismissed({ pattern: 'toiture' }), false);
  assert.equal(dismissed({ rule: 'intervention_cost' }), false);
  assert.equal(dismissed({ at: 92 * DAY }), false);
  noteAnswer(memory, { alert: 'a', answer: 'useful', at: DAY });
  assert.equal(dismissed({}), false);
});

void test('useful answers lower the limit of a rule, normal ones raise it, within bounds', () => {
  const memory = emptyAnswers();
  assert.equal(strictnessOf(memory, rule), 1);
  for (let row = 1; row <= 40; row++) {
    noteRaised(memory, `u${row}`, alert(row));
    noteAnswer(memory, { alert: `u${row}`, answer: 'useful', at: 0 });
  }
  const lowered = strictnessOf(memory, rule);
  assert.ok(lowered < 0.92 && lowered > 0.85, String(lowered));
  for (let row = 1; row <= 60; row++) {
    noteRaised(memory, `n${row}`, alert(row));
    noteAnswer(memory, { alert: `n${row}`, answer: 'normal', at: 0 });
  }
  const raised = strictnessOf(memory, rule);
  assert.ok(raised > 1.2 && raised <= 1.3, String(raised));
  assert.equal(strictnessOf(memory, 'intervention_cost'), 1);
});

void test('answers to alerts that are not known, and typing errors, move nothing', () => {
  const memory = emptyAnswers();
  noteAnswer(memory, { alert: 'never', answer: 'normal', at: 0 });
  noteRaised(memory, 'a', alert(1));
  noteAnswer(memory, { alert: 'a', answer: 'data_error', at: 0 });
  assert.equal(strictnessOf(memory, rule), 1);
  assert.equal(memory.dismissed.size, 0);
});

void test('an alert that is noted again keeps its answer, and what is saved and loaded is the same', () => {
  const memory = emptyAnswers();
  noteRaised(memory, 'a', alert(1));
  noteAnswer(memory, { alert: 'a', answer: 'useful', at: 0 });
  noteRaised(memory, 'a', alert(1, 9));
  assert.equal(memory.raised.get('a')!.answer, 'useful');
  const saved = JSON.parse(JSON.stringify(saveAnswers(memory))) as ReturnType<typeof saveAnswers>;
  assert.deepEqual(loadAnswers(saved), memory);
});
