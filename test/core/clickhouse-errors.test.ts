import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { translateClickhouseError } from '../../core/clickhouse-errors.ts';

const translate = (message: string, whileInserting: boolean): [string, boolean] => {
  const { code, retryable } = translateClickhouseError(new Error(message), whileInserting);
  return [code, retryable];
};

void describe('errors of ClickHouse', () => {
  void it('are of the disk, not of the data, when the file system says so under a number of its own', () => {
    const full =
      'Code: 1001. DB::Exception: std::filesystem: in rename: No space left on device. (STD_EXCEPTION)';
    assert.deepEqual(translate(full, true), ['WAREHOUSE_FAILED', true]);
    const node = 'ENOSPC: no space left on device, write';
    assert.deepEqual(translate(node, true), ['WAREHOUSE_FAILED', true]);
    assert.deepEqual(translate('Cannot write to file, strerror: Input/output error', false), [
      'WAREHOUSE_FAILED',
      true,
    ]);
  });

  void it('are of the data when an insert cannot be read, and then no repetition helps', () => {
    const unreadable = 'Code: 27. DB::Exception: Cannot parse input. (CANNOT_PARSE_INPUT_ASSERTION_FAILED)';
    assert.deepEqual(translate(unreadable, true), ['WAREHOUSE_DATA', false]);
    assert.deepEqual(translate(unreadable, false), ['WAREHOUSE_FAILED', false]);
  });

  void it('are worth a repetition when memory, space or time were short', () => {
    assert.deepEqual(translate('Code: 243. DB::Exception: Cannot reserve 1.00 MiB', true), [
      'WAREHOUSE_FAILED',
      true,
    ]);
  });
});
