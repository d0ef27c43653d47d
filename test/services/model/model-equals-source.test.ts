import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDolibarr } from '../../../simulator/create-dolibarr.ts';
import { runTraffic } from '../../../simulator/run-traffic.ts';
import { seedHistory } from '../../../simulator/seed-history.ts';
import { startTestMariadb, type TestMariadb } from '../../support/mariadb.ts';
import { DATABASE, differences, staleTables } from '../../support/model-check.ts';
import { startPipeline, type TestPipeline } from '../../support/pipeline.ts';
import { FACT_QUERIES } from './fact-queries.ts';
import { SOURCE_QUERIES, type SourceQuery } from './source-queries.ts';

const never = new AbortController().signal;

/** What day it is in Paris. */
const today = (): string => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' }).format(Date.now());

/** Facts and views that do not answer what MariaDB answers. */
async function wrongViews(
  db: TestMariadb,
  pipeline: TestPipeline,
  queries: readonly SourceQuery[],
): Promise<string[]> {
  const day = new Date(Date.parse(today()) - 40 * 86_400_000).toISOString().slice(0, 10);
  const wrong: string[] = [];
  for (const { view, columns, sql } of queries) {
    const connection = await db.connect();
    await connection.query('SET @today = CAST(? AS DATE)', [today()]);
    const [want] = await connection.query(sql.replaceAll('{day}', day));
    await connection.end();
    const have = await pipeline.rows(
      `SELECT ${columns.join(', ')} FROM ${DATABASE}.${view.replace('{day}', day)}`,
    );
    assert.ok((want as unknown[]).length > 0, `${view} has nothing to compare`);
    const found = differences(have, want as Record<string, unknown>[]);
    if (found.length > 0) wrong.push(`${view}: ${found.join('\n  ')}`);
  }
  return wrong;
}

const ALL_QUERIES = [...FACT_QUERIES, ...SOURCE_QUERIES];

async function assertEqual(db: TestMariadb, pipeline: TestPipeline, queries = ALL_QUERIES): Promise<void> {
  await pipeline.caughtUp();
  assert.deepEqual(await staleTables(pipeline), []);
  assert.deepEqual(await wrongViews(db, pipeline, queries), []);
}

/** The changes that figures get wrong most easily, each as Dolibarr would write it. */
const HARD_CHANGES = `
-- reopened: the closing date stays; closed through the API: there is none
UPDATE llx_ticket SET fk_statut = 3 WHERE fk_statut = 8 ORDER BY rowid DESC LIMIT 5;
UPDATE llx_ticket SET fk_statut = 8 WHERE fk_statut IN (0, 1, 2) ORDER BY rowid LIMIT 2;
-- the project of a ticket, of an invoice and of a task with its time
UPDATE llx_ticket SET fk_project = 2 WHERE fk_project = 1;
UPDATE llx_facture SET fk_projet = 1 WHERE fk_projet = 2;
UPDATE llx_projet_task SET fk_projet = 3 WHERE fk_projet = 1 ORDER BY rowid LIMIT 3;
UPDATE llx_projet SET fk_statut = 1, title = 'Renommé' WHERE rowid IN (1, 2, 3);
-- an intervention loses a technician and a visit, and gets a mark
DELETE FROM llx_element_contact WHERE fk_c_type_contact = 121 ORDER BY rowid LIMIT 3;
DELETE FROM llx_fichinterdet ORDER BY rowid DESC LIMIT 4;
UPDATE llx_fichinter_extrafields SET satisfaction = 2, duree_reelle = NULL ORDER BY rowid DESC LIMIT 6;
-- a line moves to another invoice, one goes; a payment is dated anew, one is taken back
UPDATE llx_facturedet SET fk_facture = 1 WHERE fk_facture = 2 ORDER BY rowid LIMIT 1;
DELETE FROM llx_facturedet ORDER BY rowid DESC LIMIT 1;
UPDATE llx_paiement SET datep = datep + INTERVAL 3 DAY ORDER BY rowid DESC LIMIT 3;
DELETE FROM llx_paiement_facture ORDER BY rowid DESC LIMIT 1;
-- a paid invoice is open again; one is abandoned; a validated one becomes a draft
UPDATE llx_facture SET paye = 0, fk_statut = 1 WHERE fk_statut = 2 AND type = 0 ORDER BY rowid LIMIT 2;
UPDATE llx_facture SET fk_statut = 3, close_code = 'abandon' WHERE fk_statut = 1 ORDER BY rowid LIMIT 1;
UPDATE llx_facture SET fk_statut = 0, ref = CONCAT('(PROV', rowid, ')') WHERE fk_statut = 1 ORDER BY rowid DESC LIMIT 1;
-- a credit note
INSERT INTO llx_facture (ref, entity, type, fk_soc, datef, date_lim_reglement, fk_statut, total_ht, total_tva, total_ttc, fk_facture_source)
  VALUES ('AV-TEST', 1, 2, 1, CURDATE(), CURDATE(), 1, -100, -20, -120, 1);
INSERT INTO llx_facturedet (fk_facture, qty, subprice, total_ht, total_tva, total_ttc, buy_price_ht)
  VALUES (LAST_INSERT_ID(), 1, -100, -100, -20, -120, 60);
-- an invoice of an order that came of a quote
INSERT INTO llx_element_element (fk_source, sourcetype, fk_target, targettype)
  SELECT o.fk_target, 'commande', f.rowid, 'facture' FROM llx_element_element o
  JOIN llx_facture f ON f.rowid = o.fk_target WHERE o.targettype = 'commande' AND o.sourcetype = 'propal' LIMIT 5;
UPDATE llx_propal SET fk_statut = 2, date_signature = NOW() WHERE fk_statut = 1 ORDER BY rowid DESC LIMIT 1;
-- movements are entered late, corrected and carry no price; averages change
INSERT INTO llx_stock_mouvement (datem, fk_product, fk_entrepot, value, price, type_mouvement, inventorycode, fk_project)
  VALUES (NOW() - INTERVAL 60 DAY, 1, 1, -3, 0, 1, 'LATE', 2), (NOW(), 1, 1, -2, 0, 1, 'T1', 0), (NOW(), 1, 2, 2, 0, 0, 'T1', 0);
DELETE FROM llx_stock_mouvement WHERE fk_project > 0 ORDER BY rowid DESC LIMIT 2;
UPDATE llx_product SET pmp = pmp * 1.1 WHERE rowid IN (1, 2);
UPDATE llx_product_stock SET reel = reel - 3 WHERE fk_product = 1;
-- suppliers
UPDATE llx_commande_fournisseur SET fk_statut = 4 ORDER BY rowid DESC LIMIT 1;
DELETE FROM llx_receptiondet_batch ORDER BY rowid DESC LIMIT 1;
UPDATE llx_facture_fourn SET fk_projet = 2 ORDER BY rowid DESC LIMIT 2;
DELETE FROM llx_paiementfourn_facturefourn ORDER BY rowid LIMIT 1;
-- a company is renamed, and a ticket goes with its extrafields
UPDATE llx_societe SET nom = 'Nouveau nom' WHERE rowid = 1;
DELETE x FROM llx_ticket_extrafields x JOIN llx_ticket t ON t.rowid = x.fk_object WHERE t.rowid = 3;
DELETE FROM llx_ticket WHERE rowid = 3;`;

void describe('the business model', () => {
  void it('has the figures that MariaDB itself gives, also after traffic and the changes that are hard', async () => {
    await using db = await startTestMariadb();
    const url = db.url();
    await createDolibarr({ url });
    await seedHistory({ url, seed: 5, months: 14, size: 'small' });
    await using pipeline = await startPipeline({
      source: db.captureUrl(),
      stages: ['capture', 'warehouse', 'model'],
    });
    await assertEqual(db, pipeline);
    const traffic = { url, rate: 500, transactions: 500, signal: never };
    await runTraffic({ ...traffic, seed: 1, alterEvery: 200 });
    await assertEqual(db, pipeline);
    await db.query(HARD_CHANGES);
    await assertEqual(db, pipeline);
    await runTraffic({ ...traffic, seed: 2, alterEvery: 0 });
    await assertEqual(db, pipeline);
    await db.query('TRUNCATE llx_element_time; DELETE FROM llx_actioncomm WHERE id % 3 = 0');
    await assertEqual(db, pipeline, [...SOURCE_QUERIES]);
  });
});
