import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationAnalysis, isDurationPayload } from '../../../../services/analytics/duration/duration.ts';
import { kilometresBetween } from '../../../../services/analytics/duration/places.ts';
import { predictDuration } from '../../../../services/analytics/duration/predict-duration.ts';

/** In Paris jobs take twice their estimate, in Lille as long as estimated. */
const rows = Array.from({ length: 240 }, (_, index) => {
  const city = index % 2 === 0 ? 'Paris' : 'Lille';
  const estimated = 2 + (index % 5);
  const actual = estimated * (city === 'Paris' ? 2 : 1) * (0.9 + 0.01 * (index % 21));
  return {
    ...{ kind: 'Plomberie', city, technician: '', customer_id: 1 + (index % 7) },
    ...{ estimated_hours: estimated, actual_hours: actual, done_on: `2026-0${1 + (index % 9)}-10` },
  };
});

function train() {
  const { payload } = durationAnalysis.compute({
    rows: { interventions_done: rows },
    today: '2026-11-01',
    seed: 1,
    locale: 'fr',
    champion: null,
  }).model!;
  assert.ok(isDurationPayload(payload));
  return { payload, version: 1 };
}

const job = { type: 'plomberie', city: 'Versailles', technician: '', customer: '', estimated: 4 };

void test('a city without history borrows from the nearest one that has some', () => {
  const model = train();
  const answer = predictDuration(job, model, 'fr');
  assert.deepEqual(
    answer.nearby.map(({ city, jobs }) => [city, jobs]),
    [['paris', 120]],
  );
  assert.ok(answer.predicted! > 6.5 && answer.predicted! < 9.5, String(answer.predicted));
  assert.match(answer.sentence, /d'après 120 interventions semblables à Paris \(17 km\)\.$/);
  const near = predictDuration({ ...job, city: 'ROUBAIX' }, model, 'fr');
  assert.ok(near.predicted! < 5.5, near.sentence);
});

void test('a city that is known speaks for itself, and one that is nowhere is left to its kind of job', () => {
  const model = train();
  assert.deepEqual(predictDuration({ ...job, city: 'Lille' }, model, 'fr').nearby, []);
  for (const city of ['Trifouillis', 'Perpignan', '']) {
    const answer = predictDuration({ ...job, city }, model, 'fr');
    assert.deepEqual([answer.nearby, answer.likeJobs, answer.basis], [[], 240, 'model'], city);
  }
});

void test('distances are as the crow flies, however a city is written', () => {
  assert.ok(Math.abs(kilometresBetween('Paris', 'LYON')! - 392) < 5);
  assert.equal(kilometresBetween('ST ETIENNE CEDEX 2', 'Saint-Étienne'), 0);
  assert.equal(kilometresBetween('Paris', 'Trifouillis'), null);
});
