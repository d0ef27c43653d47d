import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { comparePlaces, formatPosition, parsePosition, type SourcePosition } from '../../core/position.ts';

const POSITIONS: readonly SourcePosition[] = [
  { kind: 'mariadb-gtid', gtid: '0-1-42,1-3-7', file: 'mysql-bin.000003', offset: 8817 },
  { kind: 'mysql-gtid', gtid: '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5', file: 'binlog.1000000', offset: 4 },
  { kind: 'file', file: 'odd:name.000001', offset: 120 },
];

void describe('a position', () => {
  for (const position of POSITIONS) {
    void it(`of kind ${position.kind} is read back from its text`, () => {
      assert.deepEqual(parsePosition(formatPosition(position)), position);
    });
  }

  void it('that is no position is refused as a corrupt log', () => {
    assert.throws(() => parsePosition('gtid:0-1-2'), { code: 'LOG_CORRUPT' });
  });

  void it('comes after all places of earlier files, also when the number outgrows its digits', () => {
    const places = [
      { file: 'b.1000000', offset: 4 },
      { file: 'b.999999', offset: 900 },
      { file: 'b.999999', offset: 20 },
    ];
    assert.deepEqual(
      [...places].sort(comparePlaces).map((place) => place.offset),
      [20, 900, 4],
    );
  });
});
