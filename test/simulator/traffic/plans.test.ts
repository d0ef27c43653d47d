import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createReferences } from '../../../simulator/firm/firm.ts';
import { createRandom } from '../../../simulator/random.ts';
import { createAnomalyPlan } from '../../../simulator/traffic/anomaly-plan.ts';
import { createLiveColumns } from '../../../simulator/traffic/live-columns.ts';
import { takeAny } from '../../../simulator/traffic/open-work.ts';
import { createPacer } from '../../../simulator/traffic/pacer.ts';

void describe('the plan of anomalies', () => {
  void it('starts soon, keeps to the rate and takes all kinds in turn', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const plan = createAnomalyPlan(createRandom(seed), 0.05);
      const kinds = Array.from({ length: 4000 }, () => plan.next());
      assert.ok(kinds.slice(0, 3).includes('overrun'));
      const injected = kinds.filter((kind) => kind !== undefined);
      assert.ok(Math.abs(injected.length - 200) < 40, `${injected.length}`);
      assert.deepEqual(injected.slice(0, 4), ['overrun', 'cost', 'satisfaction', 'overrun']);
    }
  });

  void it('has none at rate 0 and only anomalies at rate 1 once begun', () => {
    const none = createAnomalyPlan(createRandom(1), 0);
    assert.ok(Array.from({ length: 1000 }, () => none.next()).every((kind) => kind === undefined));
    const all = createAnomalyPlan(createRandom(1), 1);
    assert.ok(Array.from({ length: 100 }, () => all.next()).filter((kind) => kind !== undefined).length > 60);
  });
});

void describe('references', () => {
  void it('start again each month and never meet between writers', () => {
    const november = Date.UTC(2026, 10, 30);
    const december = Date.UTC(2026, 11, 1);
    const highest = (series: string) => (series === 'TS2611' ? 7 : 0);
    const writers = [1, 2].map((first) => createReferences(highest, { step: 2, first }));
    const given = writers.flatMap((refs) => [
      refs.next('TS', november),
      refs.next('TS', november),
      refs.next('TS', december),
    ]);
    assert.deepEqual(given, [
      'TS2611-0008',
      'TS2611-0010',
      'TS2612-0001',
      'TS2611-0009',
      'TS2611-0011',
      'TS2612-0002',
    ]);
  });
});

void describe('open work', () => {
  void it('is taken once each, whatever the draw', () => {
    const list = [1, 2, 3, 4, 5];
    const taken = [0, 0.99, 0.5, 0.2, 0.7].map((draw) => takeAny(list, draw));
    assert.deepEqual(taken.toSorted(), [1, 2, 3, 4, 5]);
    assert.equal(takeAny(list, 0.5), undefined);
  });
});

void describe('live extrafields', () => {
  void it('are retired only when no transaction under way names them', async () => {
    const live = createLiveColumns([], 1);
    const column = live.plan();
    live.add(column);
    let finish = (): void => {};
    const transaction = live.during(new Promise<void>((resolve) => (finish = resolve)));
    const order: string[] = [];
    const retired = live.retire().then((gone) => {
      order.push('retired');
      return gone;
    });
    assert.deepEqual(Object.keys(live.values(createRandom(1), 0)), []);
    void transaction.then(() => order.push('committed'));
    finish();
    assert.deepEqual(await retired, column);
    assert.deepEqual(order, ['committed', 'retired']);
  });

  void it('go on numbering after those that an earlier run left', () => {
    const left = { name: 'sim_champ_4', sqlType: 'INT', fieldType: 'int' };
    const live = createLiveColumns([left], 5);
    assert.equal(live.plan().name, 'sim_champ_5');
    assert.deepEqual(Object.keys(live.values(createRandom(1), 0)), ['sim_champ_4']);
  });
});

void describe('the pacer', () => {
  void it('gives turns until the end, also to one who waits, and none after', async () => {
    const stop = new AbortController();
    const pacer = createPacer(10_000, stop.signal);
    for (let count = 0; count < 20; count += 1) assert.equal(await pacer.turn(), true);
    const slow = createPacer(0.01, stop.signal);
    assert.equal(await slow.turn(), true);
    const waiting = slow.turn();
    stop.abort();
    assert.equal(await waiting, false);
    assert.equal(await pacer.turn(), false);
  });
});
