import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createDolibarr } from '../../../simulator/create-dolibarr.ts';
import { seedHistory } from '../../../simulator/seed-history.ts';
import { startTestMariadb } from '../../support/mariadb.ts';
import { DATABASE, staleTables } from '../../support/model-check.ts';
import { startPipeline } from '../../support/pipeline.ts';

const STAGES = ['capture', 'warehouse', 'model'] as const;

void describe('the model of a Dolibarr that is not like ours', () => {
  void it('has empty facts where a module is missing, and reads columns by their older names', async () => {
    await using db = await startTestMariadb();
    await db.query(`
      CREATE TABLE llx_societe (rowid INT PRIMARY KEY, nom VARCHAR(60), client TINYINT);
      CREATE TABLE llx_facture (rowid INT PRIMARY KEY, ref VARCHAR(30), type SMALLINT, fk_soc INT, datef DATE,
        fk_statut SMALLINT, paye SMALLINT, total DOUBLE(24,8), tva DOUBLE(24,8), total_ttc DOUBLE(24,8));
      CREATE TABLE llx_projet_task (rowid INT PRIMARY KEY, fk_projet INT, planned_workload DOUBLE, progress INT);
      CREATE TABLE llx_projet_task_time (rowid INT PRIMARY KEY, fk_task INT, task_date DATE, task_duration DOUBLE, fk_user INT, thm DOUBLE(24,8));
      INSERT INTO llx_societe VALUES (1, 'Mairie', 1);
      INSERT INTO llx_facture VALUES (1, 'FA1', 0, 1, '2020-05-04', 1, 0, 100, 20, 120);
      INSERT INTO llx_projet_task VALUES (7, 3, 3600, 50);
      INSERT INTO llx_projet_task_time VALUES (1, 7, '2020-05-05', 7200, 4, 30);`);
    await using pipeline = await startPipeline({ source: db.captureUrl(), stages: STAGES });
    const invoices = await pipeline.rows(`SELECT total_ht, total_tva, entity FROM ${DATABASE}.fact_invoices`);
    assert.deepEqual(invoices, [{ total_ht: 100, total_tva: 20, entity: 1 }]);
    const time = await pipeline.rows(`SELECT project_id, hours, cost FROM ${DATABASE}.fact_time`);
    assert.deepEqual(time, [{ project_id: '3', hours: 2, cost: 60 }]);
    assert.deepEqual(await pipeline.rows(`SELECT * FROM ${DATABASE}.v_tickets_monthly`), []);
    await db.query(`
      RENAME TABLE llx_projet_task_time TO llx_element_time;
      ALTER TABLE llx_element_time CHANGE fk_task fk_element INT, CHANGE task_date element_date DATE,
        CHANGE task_duration element_duration DOUBLE, ADD elementtype VARCHAR(32) NOT NULL DEFAULT 'task';
      ALTER TABLE llx_facture CHANGE total total_ht DOUBLE(24,8), CHANGE tva total_tva DOUBLE(24,8);
      CREATE TABLE llx_ticket (rowid INT PRIMARY KEY, entity INT, ref VARCHAR(30), fk_statut INT, datec DATETIME);
      INSERT INTO llx_ticket VALUES (1, 2, 'TS1', 0, '2024-02-03 10:00:00');
      UPDATE llx_facture SET total_ht = 90 WHERE rowid = 1;
      INSERT INTO llx_element_time (rowid, fk_element, element_date, element_duration, fk_user, thm) VALUES (2, 7, '2024-01-01', 3600, 4, 30);`);
    await pipeline.caughtUp();
    assert.deepEqual(await staleTables(pipeline), []);
    const [after] = await pipeline.rows(`
      SELECT (SELECT sum(hours) FROM ${DATABASE}.fact_time) AS hours, (SELECT sum(total_ht) FROM ${DATABASE}.fact_invoices) AS total,
        (SELECT sum(tickets) FROM ${DATABASE}.v_tickets_monthly WHERE entity = 2) AS tickets`);
    assert.deepEqual(after, { hours: 3, total: 90, tickets: '1' });
  });
});

void describe('the model over restarts', () => {
  void it('goes on where it was, follows a mapping of extrafields, and tells a record’s history', async () => {
    await using db = await startTestMariadb();
    const url = db.url();
    await createDolibarr({ url });
    await seedHistory({ url, seed: 2, months: 3, size: 'small' });
    const dataDir = await mkdtemp(join(tmpdir(), 'dolistream-model-'));
    try {
      const source = db.captureUrl();
      {
        await using pipeline = await startPipeline({ source, dataDir, stages: STAGES });
        await db.query("UPDATE llx_ticket SET subject = 'Nouveau sujet', fk_user_modif = 2 WHERE rowid = 1");
        await pipeline.caughtUp();
        const history = await pipeline.rows(
          `SELECT operation, user_id, column, new_value FROM ${DATABASE}.v_record_history(source_table = 'llx_ticket', record = 1)
           WHERE column = 'subject'`,
        );
        assert.deepEqual(history, [
          { operation: 'changed', user_id: '2', column: 'subject', new_value: 'Nouveau sujet' },
        ]);
        const [health] = await pipeline.rows<{ dead_letters: string; source_tables: string }>(
          `SELECT dead_letters, source_tables FROM ${DATABASE}.v_pipeline_health`,
        );
        assert.equal(health!.dead_letters, '0');
        assert.ok(Number(health!.source_tables) > 10);
      }
      await db.query(
        'DELETE FROM llx_facturedet WHERE rowid < 10; UPDATE llx_ticket SET fk_statut = 8 WHERE rowid < 5',
      );
      await writeFile(join(dataDir, 'mapping.json'), '{"ticket": {"kind": "lot_technique"}}');
      await using again = await startPipeline({ source, dataDir, stages: STAGES });
      const [kinds] = await again.rows(
        `SELECT countIf(kind != '') > 0 AS mapped FROM ${DATABASE}.fact_tickets`,
      );
      assert.deepEqual(kinds, { mapped: 1 });
      const lines = await again.rows(`SELECT line_id FROM ${DATABASE}.fact_invoice_lines WHERE line_id < 10`);
      assert.deepEqual(lines, []);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
