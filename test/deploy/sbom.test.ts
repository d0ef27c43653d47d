import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { packagePath } from '../../app/paths.ts';
import { makeSbom } from '../../deploy/make-sbom.ts';

interface Bill {
  readonly bomFormat: string;
  readonly components: readonly {
    readonly name: string;
    readonly version: string;
    readonly licenses?: readonly unknown[];
  }[];
}

void it('the bill of materials has every package that runs, with its version, and none that only tests', () => {
  const { bomFormat, components } = JSON.parse(makeSbom()) as Bill;
  const { dependencies, devDependencies } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  const names = new Set(components.map(({ name }) => name));
  assert.equal(bomFormat, 'CycloneDX');
  assert.deepEqual(
    Object.keys(dependencies).filter((name) => !names.has(name)),
    [],
  );
  assert.deepEqual(
    ['eslint', 'playwright-core'].filter((name) => name in devDependencies && names.has(name)),
    [],
  );
  assert.ok(components.every(({ version }) => /^\d/.test(version)));
});
