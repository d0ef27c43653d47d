/** The short form of `npm run test:faults`: the long one takes minutes to hours. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { packagePath } from '../../app/paths.ts';

const MAIN = packagePath('test/faults/main.ts');

async function runFaults(args: readonly string[]): Promise<{ code: number | null; lines: string[] }> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], {
    cwd: packagePath('.'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const output = await text(child.stdout);
  const [code] = (await closed) as [number | null];
  return { code, lines: output.trimEnd().split('\n') };
}

void test('kills, cuts and jumps of the clock in a row: nothing lost, nothing doubled, all tables equal', async () => {
  const kinds = 'kill -9 twice,source connection cut,clock jump';
  const { code, lines } = await runFaults(['--each', '1', '--seed', '11', '--kinds', kinds]);
  assert.match(
    lines.at(-1)!,
    /^faults 4, events \d+, lost 0, doubled 0, tables equal 10 of 10$/,
    lines.join('\n'),
  );
  assert.equal(code, 0);
});

void test('a kind that does not exist is refused with those that do', async () => {
  const { code, lines } = await runFaults(['--kinds', 'meteorite']);
  assert.equal(code, 2);
  assert.match(lines[0]!, /^No fault is called meteorite; there are: .*kill -9 twice/);
});
