import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Compared, followDrift } from '../../../../services/warehouse/verify/drift.ts';

const at = (nowMs: number, locale: 'fr' | 'en' = 'en') => ({ database: 'dolibarr', locale, nowMs });
const table = (name: string, equal: boolean, isWhole = true): Compared => ({
  ...{ name, equal, isWhole },
  differences: equal ? [] : ['id=1: differs in v'],
});

void test('a table that differs is told once, until it is found mended, and then anew', () => {
  const first = followDrift({}, [table('a', false), table('b', true)], at(1000));
  assert.deepEqual(first.drift, { a: 1000 });
  assert.equal(first.alert?.title, 'The warehouse differs from Dolibarr: a');
  const again = followDrift(first.drift, [table('a', false), table('b', true)], at(2000));
  assert.deepEqual([again.drift, again.alert], [{ a: 1000 }, null]);
  const grown = followDrift(again.drift, [table('a', false), table('b', false)], at(3000));
  assert.deepEqual([grown.drift, grown.alert?.subject_ref], [{ a: 1000, b: 3000 }, 'b']);
  const mended = followDrift(grown.drift, [table('a', true), table('b', true)], at(4000));
  assert.deepEqual([mended.drift, mended.alert], [{}, null]);
  const broken = followDrift(mended.drift, [table('a', false)], at(5000));
  assert.notEqual(broken.alert?.id, first.alert?.id);
});

void test('a sample that is equal mends nothing, nor does a comparison of other tables', () => {
  assert.deepEqual(followDrift({ a: 1 }, [table('a', true, false)], at(2)).drift, { a: 1 });
  assert.deepEqual(followDrift({ a: 1 }, [table('b', true)], at(2)).drift, { a: 1 });
});

void test('the alert is in French, too, and names five tables at the most', () => {
  const many = Array.from({ length: 7 }, (_, index) => table(`t${index}`, false));
  const { alert } = followDrift({}, many, at(0, 'fr'));
  assert.equal(alert?.title, "L'entrepôt diffère de Dolibarr : t0, t1, t2, t3, t4 et 2 de plus");
  assert.match(alert?.explanation ?? '', /le 1970-01-01 00:00 UTC.*dolistream verify --repair/);
});
