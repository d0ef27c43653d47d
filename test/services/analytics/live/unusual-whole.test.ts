import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyHistory, learnJob } from '../../../../services/analytics/job-history.ts';
import { FIRST_JOBS, UnusualWhole } from '../../../../services/analytics/live/unusual-whole.ts';
import { createRandomSource } from '../../../../services/analytics/models/random.ts';

const job = (intervention: number, random: () => number) => ({
  intervention,
  hours: 2 + 4 * random(),
  logRatio: 0.3 * (random() - 0.5),
  logCostRate: 4 + 0.3 * (random() - 0.5),
  satisfaction: 3 + Math.floor(3 * random()),
});

function taught(count: number): UnusualWhole {
  const [history, whole, random] = [emptyHistory(), new UnusualWhole(), createRandomSource(5)];
  for (let id = 1; id <= count; id++) {
    learnJob(history, 'a', job(id, random));
    whole.noteLearnt(history);
  }
  return whole;
}

const odd = { size: 30, hours: 6, cost: 7, satisfaction: 1 };
const usual = { size: 4, hours: 0, cost: 0, satisfaction: 4 };

void test('it says nothing until there are enough jobs', () => {
  assert.equal(taught(FIRST_JOBS - 1).look(odd), null);
  assert.notEqual(taught(FIRST_JOBS).look(odd), null);
});

void test('an odd job surpasses the limit, a usual one does not, and figures that are not known are no oddity', () => {
  const whole = taught(700);
  const view = whole.look(odd)!;
  assert.ok(view.score > view.limit);
  assert.ok(Math.abs(view.parts.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9);
  const calm = whole.look(usual)!;
  assert.ok(calm.score < calm.limit && calm.severity < 50, JSON.stringify(calm));
  const unknown = whole.look({ ...usual, cost: Number.NaN, satisfaction: Number.NaN })!;
  assert.ok(unknown.score < unknown.limit);
});

void test('one that was saved and loaded sees the same, byte for byte', () => {
  const whole = taught(437);
  const loaded = UnusualWhole.load(JSON.parse(JSON.stringify(whole.save())) as ReturnType<typeof whole.save>);
  assert.equal(JSON.stringify(loaded.look(odd)), JSON.stringify(whole.look(odd)));
  assert.deepEqual(loaded.save(), whole.save());
});

void test('constant figures make no crash and nothing odd of what is the same', () => {
  const [history, whole] = [emptyHistory(), new UnusualWhole()];
  const same = { hours: 4, logRatio: 0, logCostRate: Number.NaN, satisfaction: Number.NaN };
  for (let id = 1; id <= 150; id++) {
    learnJob(history, 'a', { intervention: id, ...same });
    whole.noteLearnt(history);
  }
  const view = whole.look({ size: 4, hours: 0, cost: Number.NaN, satisfaction: Number.NaN })!;
  assert.ok(view.score <= view.limit);
});
