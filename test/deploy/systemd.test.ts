/** The units of systemd: by systemd's own checker where it is installed, and by what the program takes everywhere. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packagePath } from '../../app/paths.ts';
import { optionEntries } from '../../app/options.ts';
import { COMMANDS } from '../../app/option-spec.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const UNITS = ['dolistream.service', 'dolistream-backup.service', 'dolistream-backup.timer'] as const;
const read = (name: string): string => readFileSync(packagePath('deploy', 'systemd', name), 'utf8');
const GUIDES = ['guide-serveur-dolibarr.md', 'guide-dolibarr-server.md'];

void describe('the units of systemd', () => {
  void it('have no line that systemd does not know', (context) => {
    const isThere = spawnSync('systemd-analyze', ['--version']).status === 0;
    if (!isThere) return context.diagnostic('systemd-analyze is not installed here: only the lines are read');
    using folder = makeTemporaryFolder();
    // It looks for the programs, too, and this machine need not have them where a server has.
    const program = join(folder.path, 'node');
    writeFileSync(program, '#!/bin/sh\n');
    chmodSync(program, 0o755);
    const paths = UNITS.map((name) => {
      const path = join(folder.path, name);
      writeFileSync(
        path,
        read(name).replaceAll('/usr/bin/node', program).replaceAll('/opt/dolistream', folder.path),
      );
      return path;
    });
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...paths], {
      encoding: 'utf8',
    });
    const said = stderr.split('\n').filter((line) => line.includes(folder.path) && /dolistream/.test(line));
    assert.deepEqual([status, said], [0, []], stderr);
  });

  void it('are of lines that belong to a section', () => {
    for (const name of UNITS) {
      const lines = read(name)
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'));
      assert.match(lines[0]!, /^\[Unit\]$/);
      for (const line of lines)
        assert.match(line, /^(\[(Unit|Service|Timer|Install)\]|[A-Z][A-Za-z]+=.*)$/, name);
    }
  });

  void it('start commands that there are, under names that options have', () => {
    const names = new Set(optionEntries().flatMap(([, spec]) => spec.env));
    for (const name of UNITS) {
      for (const [, command] of read(name).matchAll(/main\.js (\S+)/g)) {
        assert.ok(
          COMMANDS.some((known) => known === command),
          command,
        );
      }
      for (const [, variable] of read(name).matchAll(/\b(DOLISTREAM_\w+)=/g))
        assert.ok(names.has(variable!), variable);
    }
  });

  void it('are installed by guides that name only what there is', () => {
    const names = new Set(optionEntries().flatMap(([, spec]) => spec.env));
    for (const guide of GUIDES) {
      const text = readFileSync(packagePath('docs', guide), 'utf8');
      for (const unit of UNITS) assert.ok(text.includes(unit), `${guide} ${unit}`);
      for (const [variable] of text.matchAll(/\bDOLISTREAM_[A-Z_]+/g))
        assert.ok(names.has(variable), variable);
      for (const [, command] of text.matchAll(/`dolistream ([a-z-]+)/g)) {
        assert.ok(
          COMMANDS.some((known) => known === command),
          `${guide}: dolistream ${command}`,
        );
      }
    }
  });
});
