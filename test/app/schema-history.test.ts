import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareShapes, type SchemaHistory } from '../../app/schema-history.ts';
import { runCli } from '../support/cli-process.ts';
import { tableSchema } from '../support/events.ts';
import { startTestMariadb } from '../support/mariadb.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { UpProcess } from '../support/up-process.ts';

const shape = (columns: Readonly<Record<string, string>>, key?: readonly string[]) =>
  tableSchema('t', columns, key ?? ['rowid']);

void test('two shapes are told apart by column, type, name and key', () => {
  const before = shape({ rowid: 'int', a: 'int', b: 'text', c: 'date' });
  assert.deepEqual(compareShapes(before, before), []);
  const after = shape({ rowid: 'int', a: 'bigint', note: 'text', d: 'double' }, ['rowid', 'a']);
  assert.deepEqual(compareShapes(before, after), [
    { kind: 'renamed', column: 'note', before: 'b', after: 'note' },
    { kind: 'added', column: 'd', before: null, after: 'double' },
    { kind: 'dropped', column: 'c', before: 'date', after: null },
    { kind: 'type', column: 'a', before: 'int', after: 'bigint' },
    { kind: 'key', column: 'rowid, a', before: 'rowid', after: 'rowid, a' },
  ]);
  const two = shape({ rowid: 'int', x: 'int', y: 'int' });
  const kinds = compareShapes(shape({ rowid: 'int', a: 'int' }), two).map(({ kind }) => kind);
  assert.deepEqual(kinds, ['added', 'added', 'dropped'], 'it is not certain which column was renamed');
});

void test('the history of a table is told with places and changes, by a running process and by the folder alone', async () => {
  await using db = await startTestMariadb();
  using folder = makeTemporaryFolder();
  await db.query('CREATE TABLE t (id INT PRIMARY KEY, a INT); INSERT INTO t VALUES (1, 1)');
  const place = ['--data', folder.path];
  const running = await UpProcess.start({ source: db.captureUrl(), dataDir: folder.path });
  try {
    await running.untilStreaming();
    await db.query("ALTER TABLE t ADD note VARCHAR(20) NULL; INSERT INTO t VALUES (2, 2, 'x')");
    await db.query('ALTER TABLE t RENAME COLUMN note TO remark; INSERT INTO t VALUES (3, 3, NULL)');
    await db.query('ALTER TABLE t DROP COLUMN remark; INSERT INTO t VALUES (4, 4)');
    const verified = await runCli(['verify', ...place, '--source', db.captureUrl()]);
    assert.equal(verified.code, 0, verified.stderr);
    const wanted = ['schema', 'dolibarr.t', ...place];
    const asked = await runCli([...wanted, '--json']);
    assert.equal(asked.code, 0, asked.stderr);
    const { table, entries } = JSON.parse(asked.stdout) as SchemaHistory;
    assert.equal(table, 'dolibarr.t');
    const told = entries.map(({ version, changes }) => [
      version,
      ...changes.map(({ kind, column }) => `${kind} ${column}`),
    ]);
    assert.deepEqual(told, [[1], [2, 'added note'], [3, 'renamed remark'], [1, 'dropped remark']]);
    for (const { from } of entries) {
      assert.match(from!.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.match(from!.place, /^binlog\.\d+:\d+$/);
    }
    const unknown = await runCli(['schema', 'nothing', ...place]);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /No table "nothing" was captured/);
    assert.equal(await running.stop(), 0);
    const printed = await runCli(['schema', 't', ...place]);
    assert.equal(printed.code, 0, printed.stderr);
    const lines = printed.stdout.trimEnd().split('\n');
    assert.match(lines[0]!, /^v1 {4}\S+ {2}\S+ {2}binlog\.\d+:\d+ {2}seq 2 {2}2 columns, key id$/);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('      ')).map((line) => line.trim()),
      ['+ note text', '~ note -> remark (renamed, it seems)', '- remark text'],
    );
  } finally {
    await running.kill9();
  }
});
