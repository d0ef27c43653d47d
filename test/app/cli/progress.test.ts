import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { formatProgress, showProgress } from '../../../app/cli/progress.ts';

const step = (table: string, rowsDone: number, rowsTotal: number | null, done = false) => ({
  table,
  rowsDone,
  rowsTotal,
  done,
});

void describe('the progress line', () => {
  void it('tells share and time left when every total is known', () => {
    const line = formatProgress([step('a', 1_000, 1_000, true), step('b', 500, 2_000)], 1_500);
    assert.equal(line, '1/2 tables, 1,500 of 3,000 (50 %) rows, 1,000 rows/s, 2 s left');
  });

  void it('tells no share when one total is not known', () => {
    assert.equal(formatProgress([step('a', 10, null)], 1_000), '0/1 tables, 10 rows, 10 rows/s');
  });

  void it('appears on a terminal only, and only for work of more than two seconds', () => {
    let now = 0;
    const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
    const pipe = new PassThrough();
    {
      using shown = showProgress(terminal, 'verify', { now: () => now });
      using hidden = showProgress(pipe, 'verify', { now: () => now });
      for (now of [0, 1_000, 2_500, 2_501, 3_000]) {
        shown.report(step('a', now, null));
        hidden.report(step('a', now, null));
      }
    }
    const drawn = String(terminal.read());
    assert.equal(drawn.split('verify: ').length - 1, 2);
    assert.ok(drawn.endsWith('\r\u001b[2K'), 'the line is empty at the end');
    assert.equal(pipe.read(), null);
  });
});
