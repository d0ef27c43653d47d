import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classifyDemand } from '../../../../services/analytics/models/demand-class.ts';
import {
  crostonSba,
  seasonalNaive,
  smoothLevel,
  tsb,
} from '../../../../services/analytics/models/demand-methods.ts';
import { forecastDemand } from '../../../../services/analytics/models/forecast-demand.ts';
import { forecastByName } from '../../../../services/analytics/models/named-forecasts.ts';
import { countQuantile, countShare } from '../../../../services/analytics/models/negative-binomial.ts';
import { createRandomSource } from '../../../../services/analytics/models/random.ts';
import { reorderLevels } from '../../../../services/analytics/models/reorder-level.ts';

const months = (count: number, value: (month: number) => number): number[] =>
  Array.from({ length: count }, (_, month) => value(month));

void test('demand is named for what it is', () => {
  const seasonal = months(48, (month) => Math.round(100 + 60 * Math.sin((month / 12) * 2 * Math.PI)));
  assert.equal(classifyDemand(months(24, () => 0)), 'none');
  assert.equal(classifyDemand([0, 0, 0, 0, 3, 2]), 'new');
  assert.equal(classifyDemand(months(36, (month) => (month < 12 ? 5 : 0))), 'dying');
  assert.equal(classifyDemand(months(24, (month) => 10 + (month % 3))), 'smooth');
  assert.equal(classifyDemand(seasonal), 'seasonal');
  assert.equal(classifyDemand(months(24, (month) => (month % 3 === 0 ? 2 : 0))), 'intermittent');
  assert.equal(
    classifyDemand(months(24, (month) => (month % 3 === 0 ? (month % 2 === 0 ? 1 : 30) : 0))),
    'lumpy',
  );
});

void test('the published methods give their published figures', () => {
  assert.ok(Math.abs(smoothLevel([0, 0, 10], 0.1) - 1) < 1e-12);
  assert.ok(Math.abs(crostonSba([0, 0, 3, 0, 0, 3]) - 0.95) < 1e-12);
  assert.ok(Math.abs(tsb([0, 0, 4]) - 0.4) < 1e-12);
  assert.deepEqual(
    seasonalNaive(
      months(24, (month) => month),
      3,
    ),
    [12, 13, 14],
  );
  assert.throws(() => forecastByName('Oracle', [1], 1), { code: 'CONFIG_INVALID' });
});

void test('a season is forecast where there is one, and sparse demand has one mean', () => {
  const seasonal = months(48, (month) => (month % 12 === 6 ? 200 : 50));
  const sparse = months(48, (month) => (month % 5 === 0 ? 2 : 0));
  const [first, second] = forecastDemand([seasonal, sparse], 12);
  assert.ok(first!.months[6]! > 150 && first!.months[0]! < 70, first!.months.join(' '));
  assert.ok(Math.abs(second!.months[0]! - 0.4) < 0.15);
  assert.equal(new Set(second!.months).size, 1);
});

void test('nothing, one month, a month of silence and huge figures are forecast without a fault', () => {
  for (const series of [[0], [5], months(30, (month) => (month === 29 ? 0 : 7)), months(30, () => 1e9)]) {
    for (const { months: forecast } of forecastDemand([series], 3)) {
      assert.ok(
        forecast.every((value) => Number.isFinite(value) && value >= 0),
        forecast.join(' '),
      );
    }
  }
});

void test('levels hold the promised service on demand that goes on as it was', () => {
  const random = createRandomSource(3);
  const product = (): number[] =>
    months(62, () => (random() < 0.3 ? Math.ceil(-2 * Math.log(1 - random())) : 0));
  const products = Array.from({ length: 400 }, product);
  for (const service of [0.9, 0.95]) {
    const levels = reorderLevels(
      products.map((series) => series.slice(0, 60)),
      { protection: 2, service },
    );
    const served = levels.filter(({ level }, index) => {
      return products[index]![60]! + products[index]![61]! <= level;
    });
    assert.ok(served.length / products.length >= service - 0.02, `${served.length / products.length}`);
  }
});

void test('the negative binomial is a distribution: its shares and quantiles belong together', () => {
  for (const [mean, ratio] of [
    [0.3, 1],
    [2, 2.5],
    [40, 6],
    [800, 3],
  ] as const) {
    for (const share of [0.5, 0.9, 0.99]) {
      const count = countQuantile(share, mean, ratio);
      assert.ok(countShare(count, mean, ratio) >= share - 1e-3);
      if (count > 0) assert.ok(countShare(count - 1, mean, ratio) < share + 1e-3);
    }
  }
});
