import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { describe, it } from 'node:test';
import { cityHash128 } from '../../../services/monitor/city-hash.ts';
import { compressLz4, decompressLz4 } from '../../../services/monitor/lz4-block.ts';
import { compressNative, decompressNative } from '../../../services/monitor/native-compression.ts';
import { readBody } from '../../../services/monitor/query-body.ts';

/** Seeded, so that a failure can be repeated. */
function bytesOf(size: number, seed: number, letters = 256): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed >>> 0;
  for (let index = 0; index < size; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = Math.floor(((state >>> 8) / 2 ** 24) * letters);
  }
  return bytes;
}

const refused = { code: 'WAREHOUSE_QUERY', number: 271 };

void describe('ClickHouse’s own compression', () => {
  void it('has the checksums of ClickHouse, for every length that is hashed in a way of its own', () => {
    // From another implementation, of the first letters of the same text.
    const text = Buffer.from('0123456789'.repeat(30));
    const known = KNOWN_HASHES.map(([size]) => [size, cityHash128(text.subarray(0, size)).toString('hex')]);
    assert.deepEqual(known, KNOWN_HASHES);
  });

  void it('gives back what was packed, whether it repeats or not', () => {
    for (const size of [0, 1, 4, 11, 12, 13, 64, 65_536, 70_001, 1_048_577]) {
      for (const letters of [1, 3, 256]) {
        const bytes = bytesOf(size, size + letters, letters);
        for (const method of ['LZ4', 'NONE'] as const) {
          assert.ok(
            decompressNative(compressNative(bytes, method), 2_000_000).equals(bytes),
            `${size} ${letters}`,
          );
        }
      }
    }
    assert.ok(compressLz4(bytesOf(100_000, 1, 1)).length < 1000);
  });

  void it('refuses what is damaged, too long, or made to be', () => {
    const packed = compressNative(bytesOf(5000, 1, 4), 'LZ4');
    for (let at = 0; at < packed.length; at += 97) {
      const damaged = Buffer.from(packed);
      damaged[at]! ^= 0x40;
      assert.throws(() => decompressNative(damaged, 2_000_000), refused, `at ${at}`);
    }
    assert.throws(() => decompressNative(packed.subarray(0, -1), 2_000_000), refused);
    assert.throws(() => decompressNative(packed, 4999), refused);
    assert.throws(() => decompressNative(compressNative(Buffer.from('SELECT 1'), 'ZSTD'), 1000), refused);
    // A block of nothing takes no more room than so few bytes could fill.
    assert.ok(decompressLz4(Buffer.of(0), 2 ** 22).buffer.byteLength < 2 ** 16);
    // Blocks without a checksum around them: never outside of what there is, whatever they say.
    for (let seed = 0; seed < 3000; seed += 1) {
      const block = bytesOf(1 + (seed % 40), seed);
      try {
        assert.ok(decompressLz4(block, 1000).length <= 1000);
      } catch (error) {
        assert.equal((error as { number?: number }).number, 271);
      }
    }
  });
});

void describe('the body of a request', () => {
  const plain = { contentType: 'text/plain', coding: '', isNative: false };

  void it('is SQL, packed by HTTP or by ClickHouse, or a form', () => {
    const sql = Buffer.from("SELECT 'été'");
    assert.equal(readBody({ ...plain, bytes: sql }).sql, "SELECT 'été'");
    assert.equal(readBody({ ...plain, bytes: gzipSync(sql), coding: 'GZIP' }).sql, "SELECT 'été'");
    assert.equal(
      readBody({ ...plain, bytes: compressNative(sql, 'LZ4'), isNative: true }).sql,
      "SELECT 'été'",
    );
    const frame = Buffer.concat([
      // LZ4 frame: version 1, independent blocks, the largest 64 KiB; one block as it is; the end.
      Buffer.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, sql.length, 0, 0, 0x80),
      sql,
      Buffer.alloc(4),
    ]);
    assert.equal(readBody({ ...plain, bytes: frame, coding: 'lz4' }).sql, "SELECT 'été'");
    const form = [
      ...['--b', 'Content-Disposition: form-data; name="param_s"', '', 'a\r\nb'],
      ...['--b', 'Content-Disposition: form-data; name="query"', '', 'SELECT {s:String}', '--b--', ''],
    ].join('\r\n');
    const read = readBody({
      ...plain,
      bytes: Buffer.from(form),
      contentType: 'multipart/form-data; boundary=b',
    });
    assert.deepEqual(read, { sql: 'SELECT {s:String}', fields: [['param_s', 'a\r\nb']] });
  });

  void it('that grows beyond all measure, or brings a file, is refused', () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    assert.throws(() => readBody({ ...plain, bytes: bomb, coding: 'gzip' }), refused);
    assert.throws(() => readBody({ ...plain, bytes: Buffer.from('x'), coding: 'zstd' }), { number: 36 });
    assert.throws(() => readBody({ ...plain, bytes: Buffer.from('xxxxxxxxx'), coding: 'lz4' }), refused);
    const file = '--b\r\nContent-Disposition: form-data; name="t"; filename="t.tsv"\r\n\r\n1\r\n--b--\r\n';
    const request = { ...plain, bytes: Buffer.from(file), contentType: 'multipart/form-data; boundary=b' };
    assert.throws(() => readBody(request), { number: 36 });
  });
});

/** Length and hash, hexadecimal, as go-faster/city has them. */
const KNOWN_HASHES = [
  [0, '2b9ac064fc9df03d291ee592c340b53c'],
  [1, '2b9fd75956a27ef3882b937f09520ea4'],
  [4, '68a884ce9941a84fc8fe01dd2d1b904a'],
  [8, 'f21afe3ffd99380e3562eae118abbd23'],
  [9, '0129ed3a3b7e096253a8822fb662a29c'],
  [15, 'fa953a3c55411a2540e207b539a32816'],
  [16, 'e6e3fc64402ebba23c4c28c4cc7549fb'],
  [17, 'f63b4f44be95c220574a03e8670c0869'],
  [24, 'f5567293d0736fe64f17ef12e223f029'],
  [25, '0a64d8c9d39d6c3d0ea8bcaad38d5a09'],
  [33, '30ef7b8d11394c1fc48f2f19dad64add'],
  [64, '62a594879eb68e029f21d430f0767780'],
  [127, '8a15963e8e5b73c2d7308436e68bd013'],
  [143, 'dcef2b2980ad12263c7515140671076f'],
  [144, 'bcd887a31fd41af1d0b69698546bf42f'],
  [145, '251c178c285cea30d0f82d84fb9613c1'],
  [200, '60c093b561a999d588d90a66b48dd246'],
  [271, '236a42d706ba297948b06300a7c0bd16'],
  [272, '08b1c3032f8fe9deded20af8c861551b'],
  [300, '616acfb5425a8429418f3b1a35396366'],
] as const;
