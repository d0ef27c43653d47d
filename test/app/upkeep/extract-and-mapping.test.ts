import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openChdb } from '../../../adapters/chdb/open-chdb.ts';
import { extractTables } from '../../../app/upkeep/extract-tables.ts';
import { systemClock } from '../../../core/clock.ts';
import { proposeMapping } from '../../../services/model/propose-mapping.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

const never = new AbortController().signal;

void describe('what others need of the mirror', () => {
  void it('is written into files as it is now: Parquet, JSON lines, and CSV that no spreadsheet takes for formulas', async () => {
    using folder = makeTemporaryFolder();
    const warehouse = await openChdb({ dir: join(folder.path, 'warehouse') });
    const own = '_seq UInt64, _deleted UInt8) ENGINE = ReplacingMergeTree(_seq, _deleted) ORDER BY rowid';
    for (const statement of [
      'CREATE DATABASE mirror',
      `CREATE TABLE mirror.llx_facture (rowid Int32, ref Nullable(String), total_ht Nullable(Float64), ${own}`,
      `CREATE TABLE mirror.llx_other (rowid Int32, ${own}`,
      `CREATE TABLE mirror.llx_extrafields (rowid Int32, name Nullable(String), elementtype Nullable(String), label Nullable(String), type Nullable(String), ${own}`,
      "INSERT INTO mirror.llx_facture VALUES (1, 'FA1', 10, 1, 0), (2, '=cmd|calc', 2.5, 2, 0), (3, NULL, NULL, 3, 0)",
      "INSERT INTO mirror.llx_facture VALUES (1, 'FA1', 11, 4, 0), (3, NULL, NULL, 5, 1)",
      'OPTIMIZE TABLE mirror.llx_facture FINAL',
      `INSERT INTO mirror.llx_extrafields VALUES
         (1, 'duree_estimee', 'fichinter', 'Durée estimée (h)', 'double', 1, 0), (2, 'x', 'ticket', 'Rien', 'varchar', 2, 0)`,
    ])
      await warehouse.command(statement);
    const place = { warehouse, clock: systemClock, folder: join(folder.path, 'extract') };
    const wanted = { tables: ['llx_fact*'], excludeTables: [] };
    const write = async (format: 'csv' | 'jsonl' | 'parquet', csvSafe = false): Promise<string> => {
      const { files } = await extractTables(place, { ...wanted, format, csvSafe }, never);
      assert.deepEqual(
        files.map(({ table }) => table),
        ['llx_facture'],
      );
      return files[0]!.path;
    };
    const text = async (...given: Parameters<typeof write>) => readFileSync(await write(...given), 'utf8');
    assert.deepEqual(
      (await text('jsonl'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
      [
        { rowid: 1, ref: 'FA1', total_ht: 11 },
        { rowid: 2, ref: '=cmd|calc', total_ht: 2.5 },
      ],
    );
    assert.equal(await text('csv'), '"rowid","ref","total_ht"\n1,"FA1",11\n2,"=cmd|calc",2.5\n');
    assert.equal(await text('csv', true), '"rowid","ref","total_ht"\n1,"FA1",11\n2,"\'=cmd|calc",2.5\n');
    const [parquet] = await warehouse.rows<{ n: string }>(
      `SELECT countIf(total_ht IN (11, 2.5)) AS n FROM file('${await write('parquet')}', Parquet)`,
    );
    assert.equal(parquet!.n, '2');
    await assert.rejects(
      extractTables(place, { ...wanted, tables: ['nothing'], format: 'csv', csvSafe: false }, never),
      {
        code: 'CONFIG_INVALID',
      },
    );

    const { mapping } = await proposeMapping(warehouse, 'llx_');
    assert.deepEqual(mapping, { intervention: { estimated_hours: ['duree_estimee'] } });
    assert.deepEqual((await proposeMapping(warehouse, 'abc_')).suggestions, []);
    await warehouse.close();
  });
});
