import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  calibrateBands,
  chanceUpTo,
  demandBand,
} from '../../../../services/analytics/models/demand-bands.ts';
import { createRandomSource } from '../../../../services/analytics/models/random.ts';
import { reorderLevels } from '../../../../services/analytics/models/reorder-level.ts';

/** Regular demand whose level wanders, so that forecasts are off by more than demand itself varies. */
function wandering(products: number, months: number): number[][] {
  const random = createRandomSource(4);
  return Array.from({ length: products }, () => {
    let level = 40 + 160 * random();
    return Array.from({ length: months }, () => {
      level *= Math.exp(0.3 * (random() + random() - 1));
      return Math.round(level * Math.exp(0.25 * (random() + random() - 1)));
    });
  });
}

/** Now and then a few pieces. */
function sparse(products: number, months: number): number[][] {
  const random = createRandomSource(8);
  return Array.from({ length: products }, () =>
    Array.from({ length: months }, () => (random() < 0.3 ? 1 + Math.floor(4 * random() ** 2) : 0)),
  );
}

const COVERAGES = [0.8, 0.9] as const;

/** What was said and kept for each of COVERAGES, over the last ten months as they come. */
function keep(products: readonly number[][]): { kept: number; said: number }[] {
  const months = products[0]!.length;
  const tallies = COVERAGES.map(() => ({ inside: 0, said: 0 }));
  for (let origin = months - 10; origin < months; origin++) {
    const past = products.map((series) => series.slice(0, origin));
    const calibration = calibrateBands(past, 1);
    reorderLevels(past, { protection: 1, service: 0.9 }).forEach((level, index) => {
      const demand = products[index]![origin]!;
      COVERAGES.forEach((coverage, at) => {
        const { low, high, probability } = demandBand(level, 0, calibration, coverage);
        if (demand >= low && demand <= high) tallies[at]!.inside++;
        tallies[at]!.said += probability;
      });
    });
  }
  const cases = 10 * products.length;
  return tallies.map(({ inside, said }) => ({ kept: inside / cases, said: said / cases }));
}

void test('ranges of regular demand hold as many months as they are meant to, as they come', () => {
  keep(wandering(100, 36)).forEach(({ kept, said }, at) => {
    assert.ok(Math.abs(kept - COVERAGES[at]!) <= 0.02, `kept ${kept}`);
    assert.ok(Math.abs(kept - said) <= 0.02, `kept ${kept}, said ${said}`);
  });
});

void test('ranges of sparse demand hold as often as they say, and at least as often as they are meant to', () => {
  keep(sparse(100, 36)).forEach(({ kept, said }, at) => {
    assert.ok(Math.abs(kept - said) <= 0.02, `kept ${kept}, said ${said}`);
    assert.ok(said >= COVERAGES[at]! - 0.02, `said ${said}`);
  });
});

void test('too few products or months leave the distribution as it is, and nothing crashes', () => {
  for (const products of [
    [],
    [[3]],
    [[0, 0, 0]],
    Array.from({ length: 3 }, () => Array(14).fill(5) as number[]),
  ]) {
    const calibration = calibrateBands(products, 6);
    for (const level of reorderLevels(products, { protection: 6, service: 0.9 })) {
      const { low, high, probability } = demandBand(level, 0, calibration, 0.8);
      assert.ok(
        low <= high && probability > 0.79 && probability <= 1,
        JSON.stringify({ low, high, probability }),
      );
      assert.ok(chanceUpTo(level, 0, calibration, -1) === 0);
    }
  }
});

void test('the same products give the same ranges', () => {
  const products = sparse(40, 30);
  assert.deepEqual(calibrateBands(products, 3), calibrateBands(products, 3));
});
