import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packagePath } from '../../app/paths.ts';
import { parseCsv } from '../../bench/csv-table.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

function run(...argv: string[]): { readonly code: number | null; readonly talk: string } {
  const program = ['--import', 'tsx', packagePath('bench', 'analytics.ts'), ...argv];
  const { status, stderr } = spawnSync(process.execPath, program, { encoding: 'utf8', cwd: packagePath() });
  return { code: status, talk: stderr };
}

const lines = (...rows: readonly string[]): string => `${rows.join('\n')}\n`;

void test('each task answers with one row per row, in order', () => {
  using folder = makeTemporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  const answer = (): ReturnType<typeof parseCsv> => parseCsv(readFileSync(at('out.csv'), 'utf8'));
  const numbers = Array.from(
    { length: 60 },
    (_, index) => `${index % 7},${index === 30 ? 900 : index % 5},1.5`,
  );
  writeFileSync(at('rows.csv'), lines('f0,f1,f2', ...numbers));
  for (const task of ['anomaly', 'anomaly-stream']) {
    assert.deepEqual(run(task, at('rows.csv'), at('out.csv')), { code: 0, talk: '' });
    const scores = answer().rows.map(([score]) => Number(score));
    assert.equal(scores.length, 60);
    assert.ok(scores.every(Number.isFinite));
    assert.ok(scores[30]! > scores[29]! && scores[30]! > scores[31]!, task);
  }
  writeFileSync(at('demand.csv'), lines('sku,m01,m02,m03', '"a, b",1,0,2', 'c,0,0,0'));
  assert.equal(run('demand', '--horizon', '2', at('demand.csv'), at('out.csv')).code, 0);
  assert.deepEqual(answer().header, ['id', 'h1', 'h2']);
  assert.deepEqual(
    answer().rows.map(([id]) => id),
    ['a, b', 'c'],
  );
  const reorder = ['reorder', at('demand.csv'), at('out.csv'), '--protection', '2', '--service', '0.95'];
  assert.equal(run(...reorder).code, 0);
  assert.equal(answer().rows[1]![1], '0');
  writeFileSync(at('points.csv'), lines('id,z1,z2', 'a,0,0', 'b,0,1', 'c,9,9', 'd,9,8'));
  assert.equal(run('segments', at('points.csv'), at('out.csv'), '--k', '2').code, 0);
  const [a, b, c, d] = answer().rows.map(([, cluster]) => cluster);
  assert.ok(a === b && c === d && a !== c);
});

void test('durations are predicted with and without what happened since', () => {
  using folder = makeTemporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  const job = (index: number): string =>
    `k${index % 2},${1 + (index % 4)},${(1 + (index % 4)) * (1 + (index % 2))}`;
  const jobs = Array.from({ length: 80 }, (_, index) => job(index));
  writeFileSync(at('train.csv'), lines('kind,estimate_h,actual_h', ...jobs));
  writeFileSync(at('test.csv'), lines('kind,estimate_h,actual_h', ...jobs.slice(0, 6)));
  const options = ['--coverage', '0.8', '--categories', 'kind', '--numbers', 'estimate_h'];
  for (const online of [[], ['--online']]) {
    const { code, talk } = run(
      'duration',
      at('train.csv'),
      at('test.csv'),
      at('out.csv'),
      ...options,
      ...online,
    );
    assert.equal(code, 0, talk);
    const { header, rows } = parseCsv(readFileSync(at('out.csv'), 'utf8'));
    assert.deepEqual(header, ['predicted', 'lower', 'upper']);
    assert.equal(rows.length, 6);
    for (const [, lower, upper] of rows) assert.ok(Number(lower) <= Number(upper));
  }
});

void test('what cannot be is refused with one line that names it', () => {
  using folder = makeTemporaryFolder();
  const file = join(folder.path, 'in.csv');
  writeFileSync(file, lines('sku,m01', 'a,many'));
  const out = join(folder.path, 'out.csv');
  assert.deepEqual(run('demand', file, out, '--horizon', '1'), {
    code: 1,
    talk: 'Column "m01" holds "many", not a number\n',
  });
  assert.match(run('guess', file, out).talk, /Task "guess" is not one of: anomaly/);
  writeFileSync(file, lines('sku,m01', 'a,1'));
  assert.match(run('demand', file, out).talk, /--horizon must be above 0/);
  assert.match(
    run('demand', file, out, '--horizon', '1', '--method', 'Oracle').talk,
    /"Oracle" is not known/,
  );
});
