/** Records in the log under a schema that the registry does not have: a loader can only put them aside. */
import assert from 'node:assert/strict';
import type { ChangeLog, RecordBatch } from '../../core/ports/change-log.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import { valueSubject } from '../../core/topics.ts';
import type { TestTable } from './events.ts';

export interface UnreadRows {
  readonly topic: string;
  readonly records: number;
  readonly schemaId: number;
  /** Gives the registry the schema. */
  readonly bring: () => Promise<void>;
}

/** Numbers that are left to what loaders register meanwhile. */
const SPARE_SCHEMAS = 8;

/** Appends the table's batch under the number of a schema that comes later: registries count upwards. */
export async function appendUnread(
  { log, registry }: { readonly log: ChangeLog; readonly registry: SchemaRegistry },
  table: TestTable,
  batch: RecordBatch,
): Promise<UnreadRows> {
  const known = JSON.parse(await registry.schemaById(table.schemaId)) as object;
  const unlike = (doc: string): string => JSON.stringify({ ...known, doc });
  const schemaId = (await registry.register('spare', unlike('spare'))) + SPARE_SCHEMAS;
  await log.append([{ ...batch, valueSchemaId: schemaId }], []);
  return {
    ...{ topic: table.topic, records: batch.count, schemaId },
    bring: async () => {
      let id = 0;
      for (let spare = 1; id < schemaId - 1; spare++)
        id = await registry.register(`spare-${spare}`, unlike(`spare ${spare}`));
      const brought = await registry.register(valueSubject(table.topic), unlike('brought'));
      assert.equal(brought, schemaId);
    },
  };
}
