import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { findPackageRoot, packagePath, readPackageVersion } from '../../app/paths.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

void describe('the paths', () => {
  void it('lead to what comes with the package', () => {
    assert.ok(existsSync(packagePath('schemas', 'alert.avsc')));
    assert.match(readPackageVersion(), /^\d+\.\d+\.\d+/);
  });

  void it('start at the nearest package.json, from the source and from dist alike', () => {
    using folder = makeTemporaryFolder();
    writeFileSync(join(folder.path, 'package.json'), '{}');
    for (const place of ['app', 'dist/app']) {
      mkdirSync(join(folder.path, place), { recursive: true });
      assert.equal(findPackageRoot(join(folder.path, place)), folder.path);
    }
  });
});
