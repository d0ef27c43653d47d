import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import avro from 'avsc';
import { envelopeSchema } from '../../../core/avro-schema.ts';
import { parseColumnType } from '../../../core/column-type.ts';
import type { RowCursor } from '../../../core/ports/change-source.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import { MaskedRows, maskedColumns, maskTexts } from '../../../services/privacy/masked-rows.ts';

const NUMBERS = [
  'tinyint',
  'bigint',
  'int unsigned',
  'year',
  'date',
  'datetime',
  'timestamp(6)',
  'time',
  'bit(3)',
];
const BYTES = ['bigint unsigned', 'decimal(24,8)', 'bit(64)', 'blob', 'binary(4)', 'point'];
const TEXTS = ["enum('a')", "set('a')", 'json', 'uuid', 'inet4', 'inet6', 'text'];
const FLOATS = ['float', 'double'];
const PERSONAL = ['nom', 'birth', 'email', 'note', 'fax'];

const column = (type: string, name = `c ${type}`) => ({ name, type: parseColumnType(type)! });

/** Every type before and between what is masked: one skipped wrongly would shift all behind it. */
const TABLE: TableSchema = {
  database: 'dolibarr',
  table: 'llx_societe',
  columns: [
    ...[...NUMBERS, ...BYTES].map((type) => column(type)),
    column('varchar(128)', 'nom'),
    ...FLOATS.map((type) => column(type)),
    column('int', 'rowid'),
    column('date', 'birth'),
    ...TEXTS.map((type) => column(type)),
    column('varchar(9)', 'email'),
    column('text', 'note'),
    column('varchar(9)', 'fax'),
    column('int', 'last'),
  ],
  key: ['rowid'],
};

const valueOf = (type: string): unknown =>
  NUMBERS.includes(type)
    ? 1_234
    : BYTES.includes(type)
      ? Buffer.from('\u0001ab')
      : FLOATS.includes(type)
        ? 1.5
        : 'é';

const rowOf = (rowid: number): Record<string, unknown> => ({
  ...Object.fromEntries(
    [...NUMBERS, ...BYTES, ...FLOATS, ...TEXTS].map((type) => [`c ${type}`, valueOf(type)]),
  ),
  ...{ rowid, nom: 'Théodora', birth: 4_000, email: 'x', note: null, fax: '', last: -7 },
});

const envelope = avro.Type.forSchema(
  envelopeSchema('dolibarr', TABLE, { source: 'string', transaction: 'string' }) as avro.Schema,
  { wrapUnions: 'never' },
) as avro.types.RecordType;
const images = (envelope.fields[0]!.type as avro.types.UnwrappedUnionType).types[1] as avro.types.RecordType;
const names = images.fields.map(({ name }) => name);
const byField = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(TABLE.columns.map(({ name }, index) => [names[index]!, row[name]]));

/** Update of a row: two images. */
function cursorOf(rows: readonly Record<string, unknown>[]): RowCursor {
  const left = rows.map((row) => images.toBuffer(byField(row)));
  let isThere = true;
  return {
    table: TABLE,
    operation: 'u',
    next: () => isThere && !(isThere = false),
    maxImageBytes: () => Math.max(...left.map(({ length }) => length)),
    writeImage: (out, at) => at + left.shift()!.copy(out, at),
    writeKey: (out, at) => out.write('key', at) + at,
  };
}

void describe('rows of forgotten people', () => {
  const columns = maskedColumns(TABLE, PERSONAL)!;

  void it('lose what is personal and keep all else, whatever types stand around it', () => {
    const rows = new MaskedRows(cursorOf([rowOf(41), rowOf(42)]), columns, (record) => record === '42');
    assert.ok(rows.next());
    const out = Buffer.alloc(2 * rows.maxImageBytes() + 3);
    const middle = rows.writeImage(out, 3);
    const end = rows.writeImage(out, middle);
    assert.deepEqual({ ...images.fromBuffer(out.subarray(3, middle)) }, byField(rowOf(41)));
    const masked = { ...rowOf(42), nom: '(erased)', birth: null, email: '(erased)' };
    assert.deepEqual({ ...images.fromBuffer(out.subarray(middle, end)) }, byField(masked));
    assert.equal(rows.writeKey(out, 0), 3);
    assert.equal(rows.next(), false);
  });

  void it('are masked alike where a comparison reads their texts', () => {
    const texts = TABLE.columns.map(({ name }) => {
      const value = rowOf(42)[name];
      return value === null ? null : String(value);
    });
    const mask = { columns, isForgotten: (record: string) => record === '42' };
    const masked = maskTexts(texts, TABLE, mask);
    const changed = TABLE.columns.flatMap(({ name }, index) =>
      masked[index] === texts[index] ? [] : [[name, masked[index]]],
    );
    assert.deepEqual(changed, [
      ['nom', '(erased)'],
      ['birth', null],
      ['email', '(erased)'],
    ]);
    assert.equal(maskTexts(texts, TABLE, { ...mask, isForgotten: () => false }), texts);
  });
});
