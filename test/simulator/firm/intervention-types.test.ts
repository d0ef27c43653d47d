import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ANOMALY_KINDS,
  carryOut,
  estimateHours,
  INTERVENTION_TYPES,
  spoilOutcome,
} from '../../../simulator/firm/intervention-types.ts';
import { createRandom } from '../../../simulator/random.ts';

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

void describe('interventions', () => {
  void it('take, in the median, what their type and crew say', () => {
    const random = createRandom(1);
    for (const type of INTERVENTION_TYPES) {
      for (const speed of [0.9, 1.2]) {
        const ratios = Array.from({ length: 2000 }, () => carryOut(random, type, 20, speed).actualHours / 20);
        assert.ok(
          Math.abs(median(ratios) - type.ratio * speed) < 0.03,
          `${type.code} ${speed}: ${median(ratios)}`,
        );
      }
      const estimates = Array.from({ length: 2000 }, () => estimateHours(random, type));
      assert.ok(Math.abs(median(estimates) / type.hours - 1) < 0.2, type.code);
    }
  });

  void it('stay in range: a quarter of an hour at least, marks from 1 to 5 or none', () => {
    const random = createRandom(2);
    for (let count = 0; count < 5000; count += 1) {
      const type = random.weighted(INTERVENTION_TYPES);
      const { actualHours, costEur, satisfaction } = carryOut(random, type, estimateHours(random, type), 1);
      assert.ok(actualHours >= 0.25 && actualHours % 0.25 === 0);
      assert.ok(costEur > 0);
      assert.ok(satisfaction === null || [1, 2, 3, 4, 5].includes(satisfaction));
    }
  });

  void it('are spoiled far outside what is normal, in the way that was asked', () => {
    const random = createRandom(3);
    for (let count = 0; count < 1000; count += 1) {
      const type = random.weighted(INTERVENTION_TYPES);
      const normal = carryOut(random, type, estimateHours(random, type), 1);
      const [overrun, cost, satisfaction] = ANOMALY_KINDS.map((kind) =>
        spoilOutcome(random, kind, normal, type),
      );
      assert.ok(overrun!.actualHours >= normal.actualHours * 3 && overrun!.costEur > normal.costEur);
      assert.ok(cost!.costEur >= normal.costEur * 2.99 && cost!.actualHours === normal.actualHours);
      assert.deepEqual(satisfaction, { ...normal, satisfaction: 1 });
    }
  });
});
