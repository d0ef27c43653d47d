import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DolistreamError } from '../../core/errors.ts';
import { createDolibarr } from '../../simulator/create-dolibarr.ts';
import { startTestMariadb } from '../support/mariadb.ts';

void describe('creating a Dolibarr database', () => {
  void it('makes the tables in scope, with keys and the extrafields of interventions', async () => {
    await using db = await startTestMariadb();
    await createDolibarr({ url: db.url() });
    const tables = await db.query<{ name: string }>(
      "SELECT table_name name FROM information_schema.tables WHERE table_schema = 'dolibarr'",
    );
    const names = new Set(tables.map(({ name }) => name));
    for (const table of [
      'societe',
      'projet',
      'ticket',
      'fichinter',
      'element_time',
      'stock_mouvement',
      'facture',
    ]) {
      assert.ok(names.has(`llx_${table}`), table);
    }
    const withoutKey = await db.query(
      `SELECT t.table_name FROM information_schema.tables t WHERE t.table_schema = 'dolibarr' AND NOT EXISTS (
         SELECT 1 FROM information_schema.table_constraints c WHERE c.table_schema = t.table_schema
            AND c.table_name = t.table_name AND c.constraint_type = 'PRIMARY KEY')`,
    );
    assert.deepEqual(withoutKey, []);
    const columns = await db.query<{ Field: string; Type: string }>(
      'SHOW COLUMNS FROM llx_fichinter_extrafields',
    );
    assert.deepEqual(
      columns.map(({ Field, Type }) => `${Field} ${Type}`),
      [
        'rowid int(11)',
        'tms timestamp',
        'fk_object int(11)',
        'import_key varchar(14)',
        'type_intervention varchar(255)',
        'duree_estimee double(24,8)',
        'duree_reelle double(24,8)',
        'satisfaction int(11)',
        'cout double(24,8)',
        'ville varchar(255)',
      ],
    );
  });

  void it('describes every extrafield column in llx_extrafields', async () => {
    await using db = await startTestMariadb();
    await createDolibarr({ url: db.url() });
    const undescribed = await db.query(
      `SELECT c.table_name, c.column_name FROM information_schema.columns c
        WHERE c.table_schema = 'dolibarr' AND c.table_name LIKE 'llx\\_%\\_extrafields'
          AND c.column_name NOT IN ('rowid', 'tms', 'fk_object', 'import_key')
          AND NOT EXISTS (SELECT 1 FROM llx_extrafields e WHERE e.name = c.column_name COLLATE utf8mb3_unicode_ci
              AND c.table_name = CONCAT('llx_', e.elementtype, '_extrafields') COLLATE utf8mb3_unicode_ci)`,
    );
    assert.deepEqual(undescribed, []);
  });

  void it('refuses a database that holds tables, and replaces it when told to', async () => {
    await using db = await startTestMariadb();
    await createDolibarr({ url: db.url() });
    await db.query("INSERT INTO llx_societe (nom) VALUES ('Ancien')");
    await assert.rejects(createDolibarr({ url: db.url() }), (error: unknown) => {
      assert.ok(error instanceof DolistreamError);
      assert.equal(error.code, 'CONFIG_INVALID');
      assert.match(error.message, /dolibarr exists/);
      return true;
    });
    await createDolibarr({ url: db.url(), replace: true });
    assert.deepEqual(await db.query('SELECT COUNT(*) n FROM llx_societe'), [{ n: 0 }]);
  });

  void it('names what is wrong with a URL without repeating it', async () => {
    for (const url of ['postgres://root:hunter2@h/db', 'root:hunter2', 'mysql://root:hunter2@127.0.0.1:1/']) {
      await assert.rejects(createDolibarr({ url }), (error: unknown) => {
        assert.ok(error instanceof DolistreamError);
        assert.equal(error.code, 'CONFIG_INVALID');
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      });
    }
  });

  void it('says that the server does not answer, or refused the password', async () => {
    await using db = await startTestMariadb();
    const codes = [];
    for (const url of ['mysql://root@127.0.0.1:1/x', db.url().replace(/root:[^@]+/, 'root:wrong')]) {
      codes.push(await createDolibarr({ url }).catch((error: DolistreamError) => error.code));
    }
    assert.deepEqual(codes, ['SOURCE_UNREACHABLE', 'SOURCE_AUTH']);
  });
});
