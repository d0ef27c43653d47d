/** What every implementation of the schema registry port must do. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';

export interface RegistryHarness {
  /** Opens the registry; a second call opens the same data again. */
  open(): Promise<SchemaRegistry>;
  /** Closes what `open` gave. */
  close(): Promise<void>;
  dispose(): Promise<void>;
}

interface Field {
  readonly name: string;
  readonly type: unknown;
  readonly default?: unknown;
  readonly [attribute: string]: unknown;
}

const record = (fields: readonly Field[]): string =>
  JSON.stringify({ type: 'record', name: 'Row', namespace: 'test', fields });

const ID: Field = { name: 'id', type: 'long', column: 'bigint' };
const NOTE: Field = { name: 'note', type: ['null', 'string'], default: null, column: 'text' };
const decimal = (precision: number, scale: number): Field => ({
  name: 'price',
  type: { type: 'bytes', logicalType: 'decimal', precision, scale },
});

export function describeSchemaRegistry(name: string, makeHarness: () => Promise<RegistryHarness>): void {
  const withRegistry = (
    title: string,
    body: (registry: SchemaRegistry, harness: RegistryHarness) => Promise<void>,
  ): void => {
    void test(title, async () => {
      const harness = await makeHarness();
      try {
        await body(await harness.open(), harness);
        await harness.close();
      } finally {
        await harness.dispose();
      }
    });
  };

  void describe(`schema registry: ${name}`, () => {
    withRegistry('a schema comes back under its id with its own attributes', async (registry) => {
      const schema = record([ID, NOTE]);
      const id = await registry.register('t-value', schema);
      assert.ok(id >= 1);
      assert.deepEqual(JSON.parse(await registry.schemaById(id)), JSON.parse(schema));
    });

    withRegistry('registering again gives the same id and no new version', async (registry) => {
      const schema = record([ID]);
      const id = await registry.register('t-value', schema);
      assert.equal(await registry.register('t-value', schema), id);
      assert.equal(
        await registry.register('t-value', JSON.stringify(JSON.parse(schema), null, 2)),
        id,
        'white space is no difference',
      );
      const ids = await Promise.all([1, 2, 3].map(() => registry.register('other', record([ID, NOTE]))));
      assert.equal(new Set(ids).size, 1);
      assert.equal((await registry.versions('t-value')).length, 1);
      assert.equal((await registry.versions('other')).length, 1);
    });

    withRegistry('versions and subjects are listed in order', async (registry) => {
      const first = await registry.register('b-value', record([ID]));
      const second = await registry.register('b-value', record([ID, NOTE]));
      await registry.register('a-value', record([NOTE]));
      const versions = await registry.versions('b-value');
      assert.deepEqual(
        versions.map(({ id, subject, version }) => ({ id, subject, version })),
        [
          { id: first, subject: 'b-value', version: 1 },
          { id: second, subject: 'b-value', version: 2 },
        ],
      );
      assert.deepEqual(JSON.parse(versions[1]!.schema), JSON.parse(record([ID, NOTE])));
      const own = (await registry.subjects()).filter((subject) => /^[ab]-value$/.test(subject));
      assert.deepEqual([...own].sort(), ['a-value', 'b-value']);
      assert.deepEqual(await registry.versions('never-seen'), []);
    });

    withRegistry('the same schema in two subjects has one id', async (registry) => {
      const id = await registry.register('a-value', record([ID]));
      assert.equal(await registry.register('b-value', record([ID])), id);
      assert.equal((await registry.versions('b-value'))[0]!.version, 1);
    });

    withRegistry('an earlier version keeps its id when the table changes back', async (registry) => {
      const id = await registry.register('a-value', record([ID]));
      await registry.register('a-value', record([ID, NOTE]));
      assert.equal(await registry.register('a-value', record([ID])), id);
    });

    withRegistry('an unknown id is refused', async (registry) => {
      await assert.rejects(registry.schemaById(987_654), { code: 'SCHEMA_UNKNOWN' });
    });

    withRegistry('what is no Avro schema is refused', async (registry) => {
      await assert.rejects(registry.register('a-value', '{"type":"record"}'), {
        code: 'SCHEMA_INCOMPATIBLE',
      });
      await assert.rejects(registry.register('a-value', 'not json'), { code: 'SCHEMA_INCOMPATIBLE' });
    });

    withRegistry('schemas survive closing and opening again', async (registry, harness) => {
      const id = await registry.register('a-value', record([ID]));
      await harness.close();
      const again = await harness.open();
      assert.equal(await again.register('a-value', record([ID])), id);
      assert.deepEqual(JSON.parse(await again.schemaById(id)), JSON.parse(record([ID])));
      assert.notEqual(await again.register('a-value', record([ID, NOTE])), id);
    });

    const compatible: readonly (readonly [title: string, before: Field[], after: Field[]])[] = [
      ['a new field with a default', [ID], [ID, NOTE]],
      ['a dropped field', [ID, NOTE], [ID]],
      ['an int that becomes a long', [{ name: 'n', type: 'int' }], [{ name: 'n', type: 'long' }]],
      ['a changed attribute of our own', [ID], [{ ...ID, column: 'int' }]],
    ];
    for (const [title, before, after] of compatible) {
      withRegistry(`${title} is compatible`, async (registry) => {
        await registry.register('a-value', record(before));
        await registry.register('a-value', record(after));
        assert.equal((await registry.versions('a-value')).length, 2);
      });
    }

    const incompatible: readonly (readonly [title: string, before: Field[], after: Field[]])[] = [
      ['a new field without a default', [ID], [ID, { name: 'n', type: 'long' }]],
      ['a long that becomes a string', [ID], [{ name: 'id', type: 'string' }]],
      ['a decimal of another scale', [decimal(10, 2)], [decimal(24, 8)]],
    ];
    for (const [title, before, after] of incompatible) {
      withRegistry(`${title} is refused unless that is accepted`, async (registry) => {
        await registry.register('a-value', record(before));
        await assert.rejects(registry.register('a-value', record(after)), { code: 'SCHEMA_INCOMPATIBLE' });
        assert.equal((await registry.versions('a-value')).length, 1);
        await registry.register('a-value', record(after), { acceptIncompatible: true });
        assert.equal((await registry.versions('a-value')).length, 2);
      });
    }
  });
}
