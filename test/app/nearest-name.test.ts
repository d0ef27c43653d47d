import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findNearestName } from '../../app/nearest-name.ts';

void describe('the nearest name', () => {
  const names = ['demo', 'up', 'pipeline', 'extract', 'status', '--source', '--json'];

  void it('is the one a slip of the keyboard meant', () => {
    assert.equal(findNearestName('pipline', names), 'pipeline');
    assert.equal(findNearestName('statsu', names), 'status');
    assert.equal(findNearestName('STATUS', names), 'status');
    assert.equal(findNearestName('pu', names), 'up');
    assert.equal(findNearestName('--sorce', names), '--source');
  });

  void it('is none when nothing comes near', () => {
    assert.equal(findNearestName('frobnicate', names), undefined);
    assert.equal(findNearestName('x', names), undefined);
  });
});
