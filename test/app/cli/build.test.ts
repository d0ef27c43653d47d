import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { packagePath } from '../../../app/paths.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

const run = promisify(execFile);

void describe('the compiled program', () => {
  void it('is what `npm run build` makes of the source, and needs no tsx', async () => {
    using folder = makeTemporaryFolder();
    const dist = join(folder.path, 'dist');
    const compiler = packagePath('node_modules', 'typescript', 'bin', 'tsc');
    await run(process.execPath, [
      compiler,
      '-p',
      packagePath('tsconfig.build.json'),
      '--noCheck',
      '--outDir',
      dist,
    ]);
    copyFileSync(packagePath('package.json'), join(folder.path, 'package.json'));
    symlinkSync(packagePath('node_modules'), join(folder.path, 'node_modules'));
    const main = join(dist, 'app', 'cli', 'main.js');
    const { stdout } = await run(process.execPath, [main, 'help', 'query']);
    assert.match(stdout, /^Usage: dolistream query SQL/);
  });
});
