import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { readAnswer } from '../../../adapters/clickhouse/answer-bytes.ts';
import { collect } from '../../contracts/warehouse-contract.ts';

const TAG = 'dmrdfnujjqvszhav';
const ERROR =
  'Code: 395. DB::Exception: Value passed to throwIf is non-zero (FUNCTION_THROW_IF_VALUE_IS_NON_ZERO)\n';
const TRAILER = `\r\n__exception__\r\n${TAG}\r\n${ERROR}${ERROR.length} ${TAG}\r\n__exception__\r\n`;

const piecesOf = (text: string, length: number): Buffer[] => {
  const bytes = Buffer.from(text);
  return Array.from({ length: Math.ceil(bytes.length / length) }, (_, index) =>
    bytes.subarray(index * length, (index + 1) * length),
  );
};

const answerOf = (text: string, length: number, tag: string | null = TAG) =>
  readAnswer({ body: Readable.from(piecesOf(text, length), { objectMode: false }), tag, signal: undefined });

void test('an answer comes whole, in whatever pieces it arrives', async () => {
  const text = `0\n1\r\n__exception__\r\nnot the tag\r\n${'x'.repeat(100)}`;
  for (let length = 1; length < 60; length++) assert.equal(await collect(answerOf(text, length)), text);
  assert.equal(await collect(answerOf(text, 7, null)), text);
  assert.equal(await collect(answerOf('', 1)), '');
});

void test('an error in an answer is thrown, and not a byte of it is passed on', async () => {
  for (let length = 1; length < 120; length++) {
    const seen: Buffer[] = [];
    await assert.rejects(
      async () => {
        for await (const bytes of answerOf(`0\n1\n${TRAILER}`, length)) seen.push(Buffer.from(bytes));
      },
      { code: '395' },
    );
    assert.equal(Buffer.concat(seen).toString(), '0\n1\n');
  }
});

void test('a connection that is cut behind the error leaves the error', async () => {
  const body = Readable.from(
    (async function* () {
      yield Buffer.from(`0\n${TRAILER}`);
      throw new Error('socket hang up');
    })(),
    { objectMode: false },
  );
  await assert.rejects(collect(readAnswer({ body, tag: TAG, signal: undefined })), { code: '395' });
});
