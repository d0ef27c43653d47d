import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SourcePosition } from '../../../core/position.ts';
import { deferred } from '../../../core/deferred.ts';
import { StreamGaps } from '../../../services/capture/stream-gaps.ts';

const at = (offset: number): SourcePosition => ({ kind: 'file', file: 'binlog.000001', offset });

/** A stream that stands where the test says. */
function makeGaps() {
  const place = { position: at(0) as SourcePosition | null, moved: false };
  const source = {
    samePlace: (a: SourcePosition, b: SourcePosition) => a.file === b.file && a.offset === b.offset,
  };
  const gaps = new StreamGaps(source, { between: () => null });
  const failures: unknown[] = [];
  gaps.follow({ gap: () => place.position, hasMoved: () => place.moved }, (error) => failures.push(error));
  return { gaps, place, failures };
}

void test('work without a place runs at once between transactions, and otherwise after the one in hand', async () => {
  const { gaps, place } = makeGaps();
  assert.equal(await gaps.run(null, () => 'at once'), 'at once');
  place.position = null;
  const waiting = gaps.run(null, (position) => position);
  assert.equal(gaps.enter(at(7)), null);
  assert.deepEqual(await waiting, at(7));
});

void test('work waits for its place, and works keep their order', async () => {
  const { gaps, place } = makeGaps();
  const done: string[] = [];
  const works = [
    gaps.run(at(20), () => done.push('second')),
    gaps.run(at(10), () => done.push('first')),
    gaps.run(at(20), () => done.push('third')),
  ];
  place.moved = true;
  void gaps.enter(at(9));
  assert.deepEqual(done, []);
  void gaps.enter(at(12));
  assert.deepEqual(done, ['first']);
  void gaps.enter(at(20));
  await Promise.all(works);
  assert.deepEqual(done, ['first', 'second', 'third']);
});

void test('until a transaction is read, only the very same place counts: file names may be of another server', async () => {
  const { gaps, place } = makeGaps();
  const done: string[] = [];
  place.position = at(500);
  const work = gaps.run(at(100), () => done.push('late'));
  assert.equal(done.length, 0);
  await gaps.run(at(500), () => done.push('here'));
  place.moved = true;
  gaps.kick();
  await work;
  assert.deepEqual(done, ['here', 'late']);
});

void test('work that takes its time holds the stream, and what comes meanwhile follows without a transaction', async () => {
  const { gaps } = makeGaps();
  const slow = deferred<string>();
  const first = gaps.run(null, () => slow.promise);
  const gate = gaps.gate;
  assert.ok(gate);
  assert.equal(gaps.enter(at(1)), gate);
  const second = gaps.run(null, () => 'second');
  slow.resolve('first');
  assert.deepEqual(await Promise.all([first, second]), ['first', 'second']);
  await gate;
  assert.equal(gaps.gate, null);
});

void test('a work that fails tells who asked for it, and the others go on', async () => {
  const { gaps, failures } = makeGaps();
  await assert.rejects(
    gaps.run(null, () => assert.fail('no')),
    /no/,
  );
  await assert.rejects(
    gaps.run(null, () => Promise.reject(new RangeError('later'))),
    RangeError,
  );
  assert.equal(await gaps.run(null, () => 1), 1);
  assert.deepEqual(failures, []);
});

void test('when the stream ends, what waits is told so', async () => {
  const { gaps } = makeGaps();
  const waiting = assert.rejects(
    gaps.run(at(99), () => 0),
    { code: 'SOURCE_DISCONNECTED', retryable: true },
  );
  await gaps.abandon();
  await waiting;
});

void test('work that comes when the stream has ended is refused at once, not kept for ever', async () => {
  const { gaps } = makeGaps();
  await gaps.abandon();
  await assert.rejects(
    gaps.run(null, () => 'never'),
    { code: 'SOURCE_DISCONNECTED', retryable: true },
  );
});
