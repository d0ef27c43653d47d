import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupPoints } from '../../../../services/analytics/models/group-points.ts';
import { createRandomSource } from '../../../../services/analytics/models/random.ts';
import { UnusualRowStream } from '../../../../services/analytics/models/stream-unusual-rows.ts';
import { MIN_JOBS, type TimedJob, UnusualJobs } from '../../../../services/analytics/models/unusual-jobs.ts';
import { learnUsualRows, scoreUnusualRow } from '../../../../services/analytics/models/unusual-rows.ts';

void test('a usual value in an unusual combination is found', () => {
  const random = createRandomSource(5);
  const rows = Array.from({ length: 600 }, () => {
    const size = random() * 10;
    return [size, 2 * size + random()];
  });
  const usual = learnUsualRows(rows, { seed: 1 });
  const scores = rows.map((row) => scoreUnusualRow(usual, row)).sort((a, b) => a - b);
  assert.ok(scoreUnusualRow(usual, [8, 3]) > scores[Math.floor(0.97 * scores.length)]!);
});

void test('a stream cut short had the same scores, and rows with unknown values have finite ones', () => {
  const random = createRandomSource(6);
  const rows = Array.from({ length: 700 }, (_, index) => [
    random(),
    index % 50 === 0 ? Number.NaN : random(),
    3,
  ]);
  const scoresOf = (count: number): number[] => {
    const stream = new UnusualRowStream({ seed: 1, trees: 20 });
    return rows.slice(0, count).map((row) => stream.scoreThenLearn(row));
  };
  const whole = scoresOf(700);
  assert.deepEqual(scoresOf(350), whole.slice(0, 350));
  assert.ok(whole.every((score) => Number.isFinite(score) && score >= 0));
});

void test('hours are judged against jobs of the same size and kind', () => {
  const random = createRandomSource(9);
  const jobs = new UnusualJobs();
  const job = (kind: string, estimated: number, ratio: number): TimedJob => ({
    ...{ kind: [kind], estimated, actual: estimated * ratio },
  });
  assert.equal(jobs.assess(job('steady', 4, 3)), null);
  for (let index = 0; index < 600; index++) {
    const steady = index % 2 === 0;
    jobs.learn(job(steady ? 'steady' : 'wild', 4, Math.exp((random() - 0.5) * (steady ? 0.4 : 3))));
  }
  assert.ok(jobs.size >= MIN_JOBS);
  const steady = jobs.assess(job('steady', 4, 3))!;
  const wild = jobs.assess(job('wild', 4, 3))!;
  assert.ok(steady.score > 3 && steady.score > 1.5 * wild.score, `${steady.score} ${wild.score}`);
  assert.ok(steady.low < 4 && steady.high > 4 && steady.sample > 100);
});

void test('jobs that always took the same time judge without a fault', () => {
  const jobs = new UnusualJobs();
  for (let index = 0; index < 50; index++) jobs.learn({ kind: [], estimated: 2, actual: 2 });
  assert.equal(jobs.assess({ kind: [], estimated: 2, actual: 2 })!.score, 0);
  assert.ok(jobs.assess({ kind: [], estimated: 2, actual: 9 })!.score > 3);
});

void test('groups are found whatever the seed, and as many as asked even of hardly different points', () => {
  const random = createRandomSource(4);
  const points = Array.from({ length: 300 }, (_, index) => [(index % 3) * 10 + random(), random()]);
  for (const seed of [1, 2, 3]) {
    const { membership } = groupPoints(points, 3, seed);
    for (let index = 3; index < 300; index++) assert.equal(membership[index], membership[index - 3]);
  }
  assert.deepEqual(groupPoints(points, 3, 1), groupPoints(points, 3, 1));
  const few = groupPoints([[1], [1], [1], [2], [3]], 3, 1);
  assert.equal(new Set(few.membership).size, 3);
});
