import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { packagePath } from '../../app/paths.ts';
import { installPromtool, runPromtool } from '../support/promtool.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const folder = packagePath('deploy', 'prometheus');
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

void describe('the configuration of Prometheus', () => {
  before(installPromtool);

  void it('is one that Prometheus takes, with its rules', async () => {
    for (const args of [
      ['check', 'config', '--syntax-only', join(folder, 'prometheus.yml')],
      ['check', 'rules', join(folder, 'rules.yml')],
    ]) {
      const { accepted, text } = await runPromtool(args);
      assert.ok(accepted, text);
    }
  });

  void it('has rules that fire when they should and only then', async () => {
    const { accepted, text } = await runPromtool(['test', 'rules', join(folder, 'rules.test.yml')]);
    assert.ok(accepted, text);
  });

  void it('is found out when a rule no longer fires', async () => {
    using copy = makeTemporaryFolder();
    writeFileSync(join(copy.path, 'rules.test.yml'), read('rules.test.yml'));
    writeFileSync(
      join(copy.path, 'rules.yml'),
      read('rules.yml').replace('up{job="dolistream"} == 0', 'up == 2'),
    );
    const { accepted, text } = await runPromtool(['test', 'rules', join(copy.path, 'rules.test.yml')]);
    assert.equal(accepted, false, text);
  });

  void it('says for every alert how grave it is, in what words, and has tests of the grave ones', () => {
    const { groups } = parse(read('rules.yml')) as {
      groups: { rules: { alert?: string; labels?: { severity: string }; annotations?: object }[] }[];
    };
    const alerts = groups.flatMap(({ rules }) => rules).filter(({ alert }) => alert !== undefined);
    for (const { alert, labels, annotations } of alerts) {
      assert.match(labels?.severity ?? '', /^(page|ticket)$/, alert);
      assert.deepEqual(Object.keys(annotations ?? {}), ['summary', 'description'], alert);
    }
    const grave = alerts.filter(({ labels }) => labels?.severity === 'page').map(({ alert }) => alert!);
    const tests = read('rules.test.yml');
    assert.deepEqual(
      grave.filter((alert) => !tests.includes(`alertname: ${alert}\n`)),
      [],
    );
  });
});
