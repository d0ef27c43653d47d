import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makePrintable } from '../../../app/cli/printable.ts';

void describe('text from outside', () => {
  void it('cannot move the cursor, forge a line or turn the direction of writing', () => {
    assert.equal(makePrintable('FI1\u001b[2J\r\nerror: \u202eevil'), 'FI1 [2J error:  evil');
    assert.equal(makePrintable('Société « Été » 🏗 21 h'), 'Société « Été » 🏗 21 h');
  });
});
