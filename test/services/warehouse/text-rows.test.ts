import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoggedBatch } from '../../../core/ports/change-log.ts';
import { TestTable, type TestEvent, tableSchema } from '../../support/events.ts';
import { Loading } from '../../support/loading.ts';
import { TYPE_CASES } from '../../support/type-cases.ts';
import { segmentsOf } from '../../../services/warehouse/segment.ts';
import { planTable } from '../../../services/warehouse/table-plan.ts';
import { type TextRows, planTextRows } from '../../../services/warehouse/text-rows.ts';

const OPTIONS = { timezone: 'Europe/Paris', qualifyTables: false };
/** More records than go as text. */
const MANY = 501;

async function textRowsOf(loading: Loading, batch: { valueSchemaId: number }): Promise<TextRows | null> {
  const schema = await loading.embedded.registry.schemaById(batch.valueSchemaId);
  return planTextRows(planTable(schema, OPTIONS)!, schema);
}

const runOf = (batch: ReturnType<TestTable['batch']>) =>
  segmentsOf({ ...batch, partition: 0, baseOffset: 0, next: '1' } satisfies LoggedBatch, null, [
    { kind: 'rows', end: batch.count },
  ]);

/** Years whose dates have no text, and instants that would read as years. */
const hasNoText = (type: string, printed: string | null): boolean =>
  printed !== null && /^date/.test(type) && !/^(19|20|21|22)\d\d-/.test(printed);

void test('a value is the same in the mirror whether it came as text or as Avro', async () => {
  await using loading = await Loading.start();
  const cases = TYPE_CASES.filter(([type, , printed]) => !hasNoText(type, printed));
  assert.ok(cases.length > 40);
  const columns = Object.fromEntries(cases.map(([type], index) => [`c${index}`, type]));
  const image = Object.fromEntries(cases.map(([, value], index) => [`c${index}`, value]));
  const table = await TestTable.register(
    loading.embedded.registry,
    tableSchema('llx_types', { rowid: 'int', ...columns }),
  );
  const create = (rowid: number): TestEvent => ({ op: 'c', seq: rowid, after: { rowid, ...image } });
  const few = table.batch([create(1)]);
  const rows = await textRowsOf(loading, few);
  assert.notEqual(rows!.write(runOf(few)), null);
  const many = table.batch(Array.from({ length: MANY }, (_, index) => create(index + 2)));
  await loading.load(few);
  await loading.load(many);
  assert.deepEqual(
    await loading.rows(
      `SELECT count() AS rows, ${cases
        .map(
          (_, index) => `uniqExact(c${index}) <= 1 AND
       uniqExact(isNull(c${index})) = 1`,
        )
        .join(' AND ')} AS same FROM mirror.llx_types FINAL`,
    ),
    [{ rows: String(MANY + 1), same: 1 }],
  );
});

void test('a date that has no text sends the whole run as Avro', async () => {
  await using loading = await Loading.start();
  const table = await TestTable.register(
    loading.embedded.registry,
    tableSchema('llx_dates', { rowid: 'int', born: 'date' }),
  );
  const batch = table.batch([
    { op: 'c', seq: 1, after: { rowid: 1, born: 0 } },
    { op: 'c', seq: 2, after: { rowid: 2, born: -719_162 } },
  ]);
  assert.equal((await textRowsOf(loading, batch))!.write(runOf(batch)), null);
  await loading.load(batch);
  assert.deepEqual(await loading.rows('SELECT rowid, born FROM mirror.llx_dates ORDER BY rowid'), [
    { rowid: 1, born: '1970-01-01' },
    { rowid: 2, born: '0001-01-01' },
  ]);
});

void test('texts keep every byte, and a deleted row keeps its key', async () => {
  await using loading = await Loading.start();
  const table = await TestTable.register(
    loading.embedded.registry,
    tableSchema('llx_text', { rowid: 'int', label: 'varchar(99)', content: 'blob' }),
  );
  const labels = ['', ' ', '\\N', '\\', 'a\tb\n\r;\0"\'`--', '\n;\n', 'NULL', 'l’eau 😀', ' lead', 'trail '];
  // It ends with a carriage return, right before the line end.
  const content = Buffer.from(Array.from({ length: 256 }, (_, byte) => (byte + 14) % 256));
  await loading.load(
    table.batch([
      ...labels.map((label, index): TestEvent => ({
        op: 'c',
        seq: index + 1,
        after: { rowid: index, label, content },
      })),
      { op: 'd', seq: 100, before: { rowid: 0, label: '', content } },
    ]),
  );
  const rows = await loading.rows<{ label: string; same: number }>(
    `SELECT label, hex(content) = '${content.toString('hex').toUpperCase()}' AS same
     FROM mirror.llx_text FINAL ORDER BY rowid`,
  );
  assert.deepEqual(
    rows,
    labels.slice(1).map((label) => ({ label, same: 1 })),
  );
});

void test('bytes that are not the event they should be never become text', async () => {
  await using loading = await Loading.start();
  const table = await TestTable.register(
    loading.embedded.registry,
    tableSchema('llx_note', { rowid: 'int', note: 'varchar(50)' }),
  );
  const batch = table.batch([{ op: 'c', seq: 1, after: { rowid: 1, note: 'kept' } }]);
  const rows = (await textRowsOf(loading, batch))!;
  for (let length = 1; length < batch.values.length; length++) {
    const cut = { ...batch, values: batch.values.subarray(0, length), valueEnds: Uint32Array.of(length) };
    assert.equal(rows.write(runOf(cut)), null, `cut after ${length} bytes`);
  }
  assert.match(rows.write(runOf(batch))!.toString(), /^1\t0\t1\tkept\n$/);
});
