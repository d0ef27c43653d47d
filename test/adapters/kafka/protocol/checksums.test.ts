import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c } from '../../../../adapters/kafka/protocol/crc32c.ts';
import { murmur2, partitionOfKey } from '../../../../adapters/kafka/protocol/murmur2.ts';

void test('crc32c is that of RFC 3720, at any length and place', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
  assert.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa);
  assert.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e);
  assert.equal(crc32c(Buffer.from('xx123456789y'), 2, 11), 0xe3069283);
  assert.equal(crc32c(Buffer.alloc(0)), 0);
});

void test("murmur2 is that of Kafka's Java client", () => {
  const known: readonly (readonly [string, number])[] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ];
  for (const [text, hash] of known) assert.equal(murmur2(Buffer.from(text)), hash, text);
  assert.equal(partitionOfKey(Buffer.from('foobar'), 3), (-790332482 & 0x7fffffff) % 3);
});
