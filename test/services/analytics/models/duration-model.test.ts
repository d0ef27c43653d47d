import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DurationPredictor,
  DurationStream,
  type FinishedJob,
  trainDuration,
} from '../../../../services/analytics/models/duration-model.ts';
import { createRandomSource } from '../../../../services/analytics/models/random.ts';

const KINDS = ['name'] as const;

/** Kind b takes twice the estimate; the spread grows threefold half way when `drift`. */
function inventJobs(count: number, drift: boolean): FinishedJob[] {
  const random = createRandomSource(11);
  return Array.from({ length: count }, (_, index) => {
    const kind = random() < 0.5 ? 'a' : 'b';
    const estimated = 1 + Math.floor(random() * 16) / 2;
    const spread = drift && index > count / 2 ? 0.9 : 0.3;
    const noise = (random() + random() + random() - 1.5) * 2 * spread;
    return { inputs: [kind], estimated, actual: estimated * (kind === 'b' ? 2 : 1) * Math.exp(noise) };
  });
}

void test('what a kind usually takes over its estimate is learnt', () => {
  const predictor = new DurationPredictor(
    trainDuration(inventJobs(800, false), { kinds: KINDS, coverage: 0.8 }),
  );
  const twice = predictor.predict({ inputs: ['b'], estimated: 4 }).predicted;
  const once = predictor.predict({ inputs: ['a'], estimated: 4 }).predicted;
  assert.ok(twice > 6.6 && twice < 9.6, String(twice));
  assert.ok(once > 3.3 && once < 4.8, String(once));
});

for (const coverage of [0.8, 0.9]) {
  void test(`intervals hold ${coverage} of the jobs as they come, while the world drifts`, () => {
    const jobs = inventJobs(2400, true);
    const stream = new DurationStream(jobs.slice(0, 400), { kinds: KINDS, coverage });
    let inside = 0;
    for (const job of jobs.slice(400)) {
      const { predicted, lower, upper } = stream.predict(job);
      assert.ok(lower <= upper && predicted > 0);
      if (job.actual >= lower && job.actual <= upper) inside++;
      stream.learn(job);
    }
    assert.ok(Math.abs(inside / 2000 - coverage) <= 0.02, `${inside / 2000}`);
  });
}

void test('a model saved as JSON answers the same', () => {
  const model = trainDuration(inventJobs(300, false), { kinds: KINDS, coverage: 0.8 });
  const again = JSON.parse(JSON.stringify(model)) as typeof model;
  for (const job of inventJobs(20, true)) {
    assert.deepEqual(new DurationPredictor(again).predict(job), new DurationPredictor(model).predict(job));
  }
});

void test('two jobs, jobs without an estimate and kinds never seen are answered', () => {
  const jobs: FinishedJob[] = [
    { inputs: ['a'], estimated: null, actual: 3 },
    { inputs: [null], estimated: null, actual: 3 },
  ];
  const predictor = new DurationPredictor(trainDuration(jobs, { kinds: KINDS, coverage: 0.8 }));
  const { predicted, lower, upper } = predictor.predict({ inputs: ['zzz'], estimated: null });
  assert.ok(Math.abs(predicted - 3) < 0.01 && lower <= 3 && upper >= 3);
});
