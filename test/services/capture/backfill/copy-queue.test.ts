import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CopyQueue } from '../../../../services/capture/backfill/copy-queue.ts';
import {
  captureStateJson,
  newCopy,
  NEW_STATE,
  parseCaptureState,
} from '../../../../services/capture/capture-state.ts';

const begun = { ...newCopy('t'), begun: true, key: ['id'], after: ['7'], rows: 7, announced: true };

void test('the smallest table that nobody works on comes first', () => {
  const queue = new CopyQueue([newCopy('large'), newCopy('small'), newCopy('middle')], false);
  const sizes: Record<string, number> = { large: 300, small: 1, middle: 20 };
  for (const copy of queue.copies) copy.estimate = { rows: 1, bytes: sizes[copy.table]! };
  assert.equal(queue.take()?.table, 'small');
  const middle = queue.take()!;
  assert.equal(middle.table, 'middle');
  queue.release(middle);
  assert.equal(queue.take()?.table, 'middle');
  queue.paused = true;
  assert.equal(queue.take(), null);
});

void test('an ALTER lets a copy go on where it is, one of rows makes it begin again', () => {
  const queue = new CopyQueue([begun], false);
  const copy = queue.take()!;
  queue.outdate('t');
  assert.deepEqual([copy.after, copy.begun, copy.announced, copy.epoch], [['7'], true, false, 1]);
  queue.add('t', { truncate: true, where: null });
  assert.deepEqual([copy.after, copy.begun, copy.truncate, copy.rows, copy.epoch], [null, false, true, 0, 2]);
  queue.remove('t');
  assert.deepEqual([copy.isOver, queue.size], [true, 0]);
});

void test('a copy of some rows becomes one of all when all are asked for, never the other way', () => {
  const queue = new CopyQueue([], false);
  const copy = queue.add('t', { truncate: false, where: 'id < 5' });
  assert.equal(copy.where, 'id < 5');
  queue.add('t', { truncate: true, where: null });
  queue.add('t', { truncate: false, where: 'id < 9' });
  assert.deepEqual([copy.where, copy.truncate], [null, true]);
});

void test('a table without a key begins again, empty, after a DDL and after a restart', () => {
  const queue = new CopyQueue([{ ...begun, key: [], after: null }], false);
  const [copy] = queue.copies;
  assert.deepEqual([copy!.begun, copy!.truncate], [false, true]);
  const waiting = new CopyQueue([newCopy('u')], false);
  waiting.emptyFirst('u');
  assert.equal(waiting.copies[0]!.truncate, true);
});

void test('the saved state brings every copy back, and a table whose turn has not come is its name alone', () => {
  const waiting = { ...newCopy('w'), announced: true };
  const filtered = { ...newCopy('f'), where: 'x > 1' };
  const state = { ...NEW_STATE, copies: [begun, waiting, filtered], paused: true };
  const json = JSON.parse(JSON.stringify(captureStateJson(state))) as ReturnType<typeof captureStateJson>;
  assert.equal((json as { copies: unknown[] }).copies[1], 'w');
  assert.deepEqual(parseCaptureState(json), state);
  assert.deepEqual(new CopyQueue(state.copies, true).toState(), state.copies);
});

void test('a state from before there were chunks is understood', () => {
  const old = { phase: 'streaming', position: null, seq: 5, partial: null, recopy: ['t'], unconfirmed: [] };
  const { copies, paused } = parseCaptureState(old);
  assert.deepEqual([copies, paused], [[{ ...newCopy('t'), truncate: true }], false]);
  assert.throws(() => parseCaptureState({ ...old, seq: 'x' }), { code: 'LOG_CORRUPT' });
});
