import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  orderQuantity,
  readAvailability,
  virtualStock,
} from '../../../../services/analytics/prediction/availability.ts';

const any = { onOrder: 0, reserved: 0, minimum: 0, pack: 0 };

void test('an order is at least the minimum and in whole packs, and nothing when nothing is needed', () => {
  assert.equal(orderQuantity(0, { ...any, minimum: 50, pack: 12 }), 0);
  assert.equal(orderQuantity(-3, any), 0);
  assert.equal(orderQuantity(3.2, any), 4);
  assert.equal(orderQuantity(3, { ...any, minimum: 50 }), 50);
  assert.equal(orderQuantity(13, { ...any, pack: 12 }), 24);
  assert.equal(orderQuantity(3, { ...any, minimum: 50, pack: 12 }), 60);
  assert.equal(orderQuantity(0.3, { ...any, pack: 0.1 }), 1);
});

void test('what is on order counts, what is promised does not, and what was shipped is promised no more', () => {
  const availabilityOf = readAvailability({
    stock_on_order: [{ product_id: '1', quantity: 30 }],
    stock_reserved: [{ product_id: 1, quantity: 20 }],
    stock_shipped: [{ product_id: 1, quantity: 5 }],
    product_packs: [{ product_id: 2, quantity: 6 }],
  });
  assert.deepEqual(availabilityOf(1), { ...any, onOrder: 30, reserved: 15 });
  assert.equal(virtualStock(10, availabilityOf(1)), 25);
  assert.deepEqual(availabilityOf(2), { ...any, pack: 6 });
  assert.deepEqual(readAvailability({})(1), any);
});
