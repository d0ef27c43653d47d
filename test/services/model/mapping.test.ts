import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DolistreamError } from '../../../core/errors.ts';
import { parseMapping } from '../../../services/model/mapping.ts';

const BUILT_IN = { ticket: { cost: ['cout'], city: ['ville'] }, project: { surface: ['surface_m2'] } };

const refuses = (text: string, says: RegExp): void => {
  assert.throws(
    () => parseMapping(text, BUILT_IN),
    (error: unknown) =>
      error instanceof DolistreamError && error.code === 'CONFIG_INVALID' && says.test(error.message),
  );
};

void describe('the mapping of extrafields', () => {
  void it('takes the place of the built-in one where it says something', () => {
    const mapping = parseMapping('{"ticket": {"cost": "prix_revient"}}', BUILT_IN);
    assert.deepEqual(mapping['ticket'], { cost: ['prix_revient'], city: ['ville'] });
    assert.deepEqual(mapping['project'], BUILT_IN.project);
  });

  void it('is refused with the field that is wrong', () => {
    refuses('{', /not JSON/);
    refuses('[]', /at the top/);
    refuses('{"tickets": {}}', /at tickets/);
    refuses('{"ticket": {"price": "x"}}', /at ticket\.price/);
    refuses('{"ticket": {"cost": 5}}', /at ticket\.cost/);
  });
});
