import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openChdb } from '../../../adapters/chdb/open-chdb.ts';
import { eraseFromWarehouse } from '../../../services/privacy/erase-warehouse.ts';
import { collectPerson, erasureOf } from '../../../services/privacy/person.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

const TABLES = [
  'CREATE DATABASE raw; CREATE DATABASE mirror; CREATE DATABASE dw',
  'CREATE TABLE raw.events (topic String, offset UInt64, table LowCardinality(String), before String, after String) ENGINE = MergeTree ORDER BY (topic, offset)',
  'CREATE TABLE mirror.llx_socpeople (rowid Int32, fk_soc Nullable(Int32), lastname Nullable(String), firstname Nullable(String), email Nullable(String), phone Nullable(String), birthday Nullable(Date32), zip Nullable(String), _seq UInt64, _deleted UInt8) ENGINE = ReplacingMergeTree(_seq, _deleted) ORDER BY rowid',
  'CREATE TABLE mirror.llx_actioncomm (id Int32, fk_contact Nullable(Int32), note Nullable(String), _seq UInt64, _deleted UInt8) ENGINE = ReplacingMergeTree(_seq, _deleted) ORDER BY id',
  'CREATE TABLE dw.alerts (id String, title String, severity Int32) ENGINE = MergeTree ORDER BY id',
  `INSERT INTO mirror.llx_socpeople VALUES
     (1, 5, 'Petit', 'Sidonie', 'sidonie@petit.example', '04 72 11 22 33', '1980-02-03', '69001', 1, 0), (2, 5, 'Petit', 'Paul', 'paul@petit.example', '01 02 03 04 05', NULL, '69001', 2, 0)`,
  `INSERT INTO mirror.llx_actioncomm VALUES (1, 1, 'Vu Sidonie Petit / PETIT', 1, 0), (2, 2, 'Un petit retard', 2, 0), (3, NULL, NULL, 3, 0)`,
  `INSERT INTO raw.events VALUES
     ('a', 0, 'llx_socpeople', '', '{"rowid":1,"lastname":"Petit-\\\\"Née\\\\"","firstname":"Sidonie","email":"sid\\\\/o@x.example","birthday":"1980-02-03"}'),
     ('a', 2, 'llx_socpeople', '', '{"rowid":1,"phone":"01 02 03 04 05"}'), ('a', 1, 'llx_socpeople', '', '{"rowid":2,"lastname":"Petit","firstname":"Paul"}'), ('b', 0, 'llx_actioncomm', '', '{"id":1,"note":"tel 0472112233, sid\\\\/o@x.example"}')`,
  "INSERT INTO dw.alerts VALUES ('x', 'Rappeler Petit, Sidonie', 3), ('y', 'Rappeler Paul Petit', 4)",
];

void describe('erasing from the warehouse', () => {
  void it('takes out what names the person, by row and by text, now and in history, and nothing of others', async () => {
    using folder = makeTemporaryFolder();
    const warehouse = await openChdb({ dir: folder.path });
    try {
      for (const statement of TABLES.flatMap((text) =>
        text.startsWith('CREATE DATABASE') ? text.split('; ') : [text],
      ))
        await warehouse.command(statement);
      const place = { warehouse, tablePrefix: 'llx_' };
      const person = { kind: 'contact', id: 1 } as const;
      const held = JSON.stringify(await collectPerson(person, place));
      for (const text of ['sid/o@x.example', 'Vu Sidonie Petit', '1980-02-03'])
        assert.ok(held.includes(text), text);
      const erasure = await erasureOf(person, place);
      assert.ok(!erasure.texts.includes('Petit'), 'a last name alone is many people');
      assert.ok(!erasure.texts.includes('01 02 03 04 05'), 'a number of two people is nobody’s alone');
      const options = { warehouseDatabase: 'dw', dryRun: true };
      const counted = await eraseFromWarehouse(warehouse, erasure, options);
      assert.deepEqual(await eraseFromWarehouse(warehouse, erasure, { ...options, dryRun: false }), counted);
      assert.deepEqual(counted, [
        { table: 'dw.alerts', rows: 1 },
        { table: 'mirror.llx_actioncomm', rows: 1 },
        { table: 'mirror.llx_socpeople', rows: 1 },
        { table: 'raw.events', rows: 3 },
      ]);
      const mask = '(erased)';
      assert.deepEqual(
        await warehouse.rows(
          'SELECT * EXCEPT (_seq, _deleted) FROM mirror.llx_socpeople FINAL ORDER BY rowid',
        ),
        [
          {
            rowid: 1,
            fk_soc: 5,
            lastname: mask,
            firstname: mask,
            email: mask,
            phone: mask,
            birthday: null,
            zip: '69001',
          },
          {
            rowid: 2,
            fk_soc: 5,
            lastname: 'Petit',
            firstname: 'Paul',
            email: 'paul@petit.example',
            phone: '01 02 03 04 05',
            birthday: null,
            zip: '69001',
          },
        ],
      );
      assert.deepEqual(await warehouse.rows('SELECT id, note FROM mirror.llx_actioncomm ORDER BY id'), [
        { id: 1, note: `Vu ${mask} / PETIT` },
        { id: 2, note: 'Un petit retard' },
        { id: 3, note: null },
      ]);
      assert.deepEqual(await warehouse.rows('SELECT title FROM dw.alerts ORDER BY id'), [
        { title: `Rappeler ${mask}` },
        { title: 'Rappeler Paul Petit' },
      ]);
      const events = await warehouse.rows<{ after: string }>(
        'SELECT after FROM raw.events ORDER BY topic, offset',
      );
      assert.deepEqual(
        events.map(({ after }) => JSON.parse(after) as object),
        [
          { rowid: 1, lastname: mask, firstname: mask, email: mask, birthday: mask },
          { rowid: 2, lastname: 'Petit', firstname: 'Paul' },
          { rowid: 1, phone: mask },
          { id: 1, note: `tel ${mask}, ${mask}` },
        ],
      );
      assert.deepEqual(await eraseFromWarehouse(warehouse, erasure, options), [
        { table: 'mirror.llx_socpeople', rows: 1 },
        { table: 'raw.events', rows: 2 },
      ]);
      await assert.rejects(erasureOf({ kind: 'user', id: 1 }, place), { code: 'CONFIG_INVALID' });
    } finally {
      await warehouse.close();
    }
    for (const entry of readdirSync(folder.path, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const bytes = readFileSync(join(entry.parentPath, entry.name));
      for (const text of ['Sidonie', '0472112233'])
        assert.ok(!bytes.includes(text), `${entry.name}: ${text}`);
    }
  });
});
