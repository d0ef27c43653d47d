import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRandom } from '../../simulator/random.ts';

const draw = (seed: number, count: number): number[] => {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => random.next());
};

void describe('seeded randomness', () => {
  void it('repeats itself for the same seed and differs for another', () => {
    assert.deepEqual(draw(7, 50), draw(7, 50));
    assert.notDeepEqual(draw(7, 50), draw(8, 50));
  });

  void it('is uniform', () => {
    const tenths = new Array<number>(10).fill(0);
    for (const value of draw(3, 100_000)) tenths[Math.floor(value * 10)]! += 1;
    for (const count of tenths) assert.ok(Math.abs(count - 10_000) < 500, `${tenths.join()}`);
  });

  void it('keeps a fork independent of what its parent drew', () => {
    const early = createRandom(5).fork('a');
    const parent = createRandom(5);
    parent.next();
    assert.equal(parent.fork('a').next(), early.next());
    assert.notEqual(createRandom(5).fork('b').next(), createRandom(5).fork('a').next());
  });

  void it('draws the distributions it says', () => {
    const random = createRandom(11);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const repeat = (make: () => number) => Array.from({ length: 20_000 }, make);
    assert.ok(Math.abs(mean(repeat(() => random.normal(3, 2))) - 3) < 0.1);
    assert.ok(Math.abs(mean(repeat(() => random.poisson(2.5))) - 2.5) < 0.1);
    assert.ok(Math.abs(mean(repeat(() => random.int(1, 6))) - 3.5) < 0.1);
    assert.ok(Math.abs(mean(repeat(() => Math.log(random.logNormal(10, 0.5)))) - Math.log(10)) < 0.05);
    const picked = repeat(
      () =>
        random.weighted([
          { weight: 3, value: 1 },
          { weight: 1, value: 0 },
        ]).value,
    );
    assert.ok(Math.abs(mean(picked) - 0.75) < 0.03);
  });
});
