/** Programs of others in Python: each in a virtual environment of its own, made once per machine in the temporary folder. */
import { execFile } from 'node:child_process';
import { access, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Path of a python that has the package, e.g. `moto` with `[s3,server]`. It needs python3 with venv; a test that needs it
 * fails without.
 */
export async function preparePython(name: string, version: string, extras = ''): Promise<string> {
  const environment = join(tmpdir(), `dolistream-${name}-${version}`);
  const python = join(environment, 'bin', 'python');
  const isThere = await access(python).then(
    () => true,
    () => false,
  );
  if (isThere) return python;
  const made = await mkdtemp(join(tmpdir(), 'dolistream-venv-'));
  await run('python3', ['-m', 'venv', made]);
  const requirement = `${name}${extras}==${version}`;
  await run(join(made, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', requirement]);
  try {
    await rename(made, environment);
  } catch {
    // Another test file was first; its environment is as good.
    await rm(made, { recursive: true, force: true });
  }
  return python;
}
