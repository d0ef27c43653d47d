import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TableChunk } from '../../../../core/ports/change-source.ts';
import type { SourcePosition } from '../../../../core/position.ts';
import { ChunkWindows } from '../../../../services/capture/backfill/chunk-windows.ts';

const position: SourcePosition = { kind: 'file', file: 'binlog.000001', offset: 4 };

function chunkOf(...keys: string[]): TableChunk {
  return {
    count: keys.length,
    bytes: 0,
    through: position,
    next: null,
    timestampMs: 0,
    keyText: (index) => keys[index]!,
    cursor: () => assert.fail('not read here'),
  };
}

const dropped = (window: { drops(index: number): boolean }, count: number): number[] =>
  Array.from({ length: count }, (_, index) => index).filter((index) => window.drops(index));

void test('keys that came before the rows and after them are both left out', () => {
  const windows = new ChunkWindows();
  const window = windows.open('t', position);
  for (const open of windows.of('t')!) open.touch('b');
  window.fill(chunkOf('a', 'b', 'c', 'd'));
  for (const open of windows.of('t')!) open.touch('d');
  for (const open of windows.of('t')!) open.touch('somewhere else');
  assert.deepEqual(dropped(window, 4), [1, 3]);
});

void test('a window sees its own table from its opening until it is closed', () => {
  const windows = new ChunkWindows();
  assert.equal(windows.of('t'), null);
  const first = windows.open('t', position);
  const second = windows.open('t', position);
  first.close();
  first.close();
  assert.deepEqual([...windows.of('t')!], [second]);
  assert.equal(windows.of('u'), null);
  second.close();
  assert.equal(windows.of('t'), null);
});

void test('more keys than can be remembered make the chunk one to be read again', () => {
  const window = new ChunkWindows().open('t', position);
  for (let key = 0; key < 200_000; key++) window.touch(String(key));
  assert.equal(window.isOverflowed, false);
  window.touch('one more');
  assert.equal(window.isOverflowed, true);
});
