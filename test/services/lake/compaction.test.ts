import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planMerges } from '../../../services/lake/compaction.ts';
import { type RangeFile, rangeFiles, rangePath } from '../../../services/lake/lake-path.ts';

const OPTIONS = { targetBytes: 1000, minFiles: 4 };

/** Files one after the other, of these sizes and one event each; null leaves an offset out. */
function filesOf(sizes: readonly (number | null)[]): RangeFile[] {
  return sizes.flatMap((bytes, offset) => {
    const path = rangePath({ table: 'd.t', date: '2026-01-02', first: offset, last: offset });
    return bytes === null ? [] : rangeFiles([{ path, bytes }]);
  });
}

const plan = (sizes: readonly (number | null)[], isOver: boolean): number[][] =>
  planMerges(filesOf(sizes), isOver, OPTIONS).map((run) => run.map((file) => file.first));

void describe('compaction', () => {
  void test('leaves a running day alone until there are enough small files', () => {
    assert.deepEqual(plan([10, 10, 10], false), []);
    assert.deepEqual(plan([10, 10, 10, 10], false), [[0, 1, 2, 3]]);
  });

  void test('does not rewrite a big file for a few small ones', () => {
    assert.deepEqual(plan([400, 10, 10, 10, 10], false), [[1, 2, 3, 4]]);
    assert.deepEqual(plan([40, 10, 10, 10, 10], false), [[0, 1, 2, 3, 4]]);
  });

  void test('merges all of a day that is over, up to the target size', () => {
    assert.deepEqual(plan([400, 500, 90, 400, 10], true), [
      [0, 1, 2],
      [3, 4],
    ]);
    assert.deepEqual(plan([900, 900], true), []);
  });

  void test('does not merge over a gap', () => {
    assert.deepEqual(plan([10, 10, null, 10, 10], true), [
      [0, 1],
      [3, 4],
    ]);
  });

  void test('rewrites an event a few times only, however many files come', () => {
    let files: number[] = [];
    let rewritten = 0;
    for (let n = 0; n < 500; n++) {
      files.push(1);
      for (const run of planMerges(filesOf(files), false, OPTIONS).reverse()) {
        const sizes = run.map((file) => file.bytes);
        const sum = sizes.reduce((total, size) => total + size, 0);
        rewritten += sum;
        files = [...files.slice(0, run[0]!.first), sum, ...files.slice(run.at(-1)!.first + 1)];
      }
    }
    assert.ok(rewritten < 500 * 6, `${rewritten} bytes rewritten`);
    assert.ok(files.length < 25, `${files.length} files`);
  });
});
