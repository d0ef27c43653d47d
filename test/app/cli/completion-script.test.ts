import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { paintFor } from '../../../app/cli/colours.ts';
import { COMMAND_TABLE } from '../../../app/cli/command-table.ts';
import { completionScript } from '../../../app/cli/completion-script.ts';

/** What bash offers after these words, the last of which is being typed. */
function offered(...words: readonly string[]): readonly string[] {
  const script = `${completionScript('bash', COMMAND_TABLE)}
COMP_WORDS=(dolistream ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}
_dolistream; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
  assert.equal(stderr, '');
  return stdout.split('\n').filter((line) => line !== '');
}

void test('bash completes commands and the options of each', () => {
  assert.deepEqual(offered('back'), ['backfill', 'backup']);
  assert.deepEqual(offered('backfill', '--rest'), ['--restart']);
  assert.deepEqual(offered('tap', 'llx_ticket', '--li'), ['--limit']);
  assert.ok(offered('doctor', '--').includes('--http-cert'));
  assert.deepEqual(offered('status', '--restart'), []);
});

void test('zsh and fish know every command, and no text breaks their syntax', () => {
  const [zsh, fish] = [completionScript('zsh', COMMAND_TABLE), completionScript('fish', COMMAND_TABLE)];
  for (const { name } of COMMAND_TABLE) {
    assert.match(zsh, new RegExp(`^ {6}'${name}:`, 'm'));
    assert.match(fish, new RegExp(`-a ${name} -d '`));
  }
  for (const line of fish.split('\n'))
    assert.equal(line.replaceAll("'\\''", '').split("'").length % 2, 1, line);
});

void test('colours are for a terminal that wants them', () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true });
  assert.equal(paintFor(terminal, {})('red', 'x'), '\u001b[31mx\u001b[0m');
  assert.equal(paintFor(terminal, { NO_COLOR: '1' })('red', 'x'), 'x');
  assert.equal(paintFor(terminal, { TERM: 'dumb' })('red', 'x'), 'x');
  assert.equal(paintFor(new PassThrough(), {})('red', 'x'), 'x');
});
