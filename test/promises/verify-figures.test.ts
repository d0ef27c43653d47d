/** Business totals, samples and the alert about drift, on a simulated firm. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VerifyReport, VerifyRequest } from '../../app/runtime.ts';
import { createDolibarr } from '../../simulator/create-dolibarr.ts';
import { seedHistory } from '../../simulator/seed-history.ts';
import { startTestMariadb } from '../support/mariadb.ts';
import { differencesOf, startPipeline, type TestPipeline } from '../support/pipeline.ts';

const never = new AbortController().signal;

const verify = (pipeline: TestPipeline, request: Partial<VerifyRequest>): Promise<VerifyReport> =>
  pipeline.runtime.verify({ tables: ['*'], excludeTables: [], ...request }, () => undefined, never);

void describe('verify of a firm', () => {
  void it('compares its totals, finds a fact that is wrong, and says so once', async () => {
    await using db = await startTestMariadb();
    const url = db.url();
    await createDolibarr({ url });
    await seedHistory({ url, seed: 3, months: 2, size: 'small' });
    await using pipeline = await startPipeline({
      source: db.captureUrl(),
      stages: ['capture', 'warehouse', 'model'],
      flags: { locale: 'fr' },
    });
    const tables = [
      'llx_facture',
      'llx_stock_mouvement',
      'llx_ticket',
      'llx_element_time',
      'llx_projet_task',
    ];
    const sound = await verify(pipeline, { tables });
    assert.deepEqual(
      sound.totals.map(({ name, equal }) => [name, equal]),
      ['hours_by_project', 'invoices_by_month', 'stock_by_warehouse', 'tickets_by_state'].map((name) => [
        name,
        true,
      ]),
      JSON.stringify(sound.totals) + JSON.stringify(sound.leftOut),
    );
    assert.ok(sound.totals.every(({ rows }) => rows > 1));
    assert.deepEqual([sound.equal, differencesOf(sound)], [true, []]);
    await pipeline.tamper(
      'DELETE FROM dolibarr_warehouse.fact_stock WHERE movement_id = (SELECT min(movement_id) FROM dolibarr_warehouse.fact_stock)',
    );
    for (let run = 0; run < 2; run++) {
      const wrong = await verify(pipeline, { tables });
      assert.equal(wrong.equal, false);
      assert.deepEqual(
        wrong.totals.filter(({ equal }) => !equal).map(({ name, differences }) => [name, differences.length]),
        [['stock_by_warehouse', 1]],
      );
    }
    await pipeline.caughtUp();
    const alerts = await pipeline.rows('SELECT rule, title FROM dolibarr_warehouse.alerts');
    assert.deepEqual(alerts, [
      { rule: 'warehouse_drift', title: "L'entrepôt diffère de Dolibarr : total stock_by_warehouse" },
    ]);
  });

  void it('finds a planted fault by samples as often as they say', async () => {
    await using db = await startTestMariadb();
    await db.query(
      'CREATE TABLE a (id BIGINT PRIMARY KEY, v INT); INSERT INTO a SELECT seq * 3, 1 FROM seq_1_to_8000',
    );
    await using pipeline = await startPipeline({ source: db.captureUrl() });
    await pipeline.tamper('ALTER TABLE mirror.a UPDATE v = 2 WHERE id = 9000 SETTINGS mutations_sync = 2');
    const found: number[] = [];
    for (let seed = 0; seed < 6; seed++) {
      const { equal, tables } = await verify(pipeline, { sampling: { amount: { percent: 50 }, seed } });
      assert.deepEqual([tables[0]!.share, tables[0]!.sourceRows], [0.5, 4000]);
      if (!equal) found.push(seed);
    }
    assert.deepEqual(found, [1, 2, 3, 5]);
    const repaired = await verify(pipeline, { sampling: { amount: { rows: 8000 }, seed: 1 }, repair: true });
    assert.deepEqual(repaired.repaired, [{ table: 'a', events: 1, isWhole: false }]);
    assert.equal(repaired.equal, true);
  });
});
