import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DolistreamError } from '../../core/errors.ts';
import { createDolibarr } from '../../simulator/create-dolibarr.ts';
import { SECRET_MARKER } from '../../simulator/rows/people-rows.ts';
import { seedHistory } from '../../simulator/seed-history.ts';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';

const NOW = Date.UTC(2026, 10, 23, 9, 30);
const SMALL = { seed: 7, months: 12, size: 'small', now: NOW } as const;

async function checksums(db: TestMariadb): Promise<Record<string, unknown>[]> {
  const tables = await db.query<{ name: string }>(
    "SELECT table_name name FROM information_schema.tables WHERE table_schema = 'dolibarr' AND table_name NOT LIKE 'llx\\_c\\_%' AND table_name NOT IN ('llx_const', 'llx_extrafields')",
  );
  return db.query(`CHECKSUM TABLE ${tables.map(({ name }) => name).join(', ')}`);
}

async function seed(db: TestMariadb, changes: { seed?: number; anomalyRate?: number } = {}): Promise<void> {
  await createDolibarr({ url: db.url(), replace: true });
  await seedHistory({ url: db.url(), ...SMALL, ...changes });
}

void describe('the seeded history', () => {
  void it('is the same for the same seed, and another for another', async () => {
    await using db = await startTestMariadb();
    await seed(db);
    const first = await checksums(db);
    assert.ok(first.length > 30);
    await seed(db);
    assert.deepEqual(await checksums(db), first);
    await seed(db, { seed: 8 });
    assert.notDeepEqual(await checksums(db), first);
  });

  void it('keeps the sums that Dolibarr keeps', async () => {
    await using db = await startTestMariadb();
    await seed(db);
    const wrong = await db.query(
      `SELECT 'invoice' what, f.rowid FROM llx_facture f
         JOIN (SELECT fk_facture, SUM(total_ttc) total FROM llx_facturedet GROUP BY 1) d ON d.fk_facture = f.rowid
        WHERE ABS(f.total_ttc - d.total) > 0.001
       UNION ALL
       SELECT 'stock', s.rowid FROM llx_product_stock s
         JOIN (SELECT fk_product, fk_entrepot, SUM(value) total FROM llx_stock_mouvement GROUP BY 1, 2) m
           ON m.fk_product = s.fk_product AND m.fk_entrepot = s.fk_entrepot WHERE s.reel <> m.total OR s.reel < 0
       UNION ALL
       SELECT 'product', p.rowid FROM llx_product p
         JOIN (SELECT fk_product, SUM(reel) total FROM llx_product_stock GROUP BY 1) s ON s.fk_product = p.rowid
        WHERE p.stock <> s.total
       UNION ALL
       SELECT 'task', t.rowid FROM llx_projet_task t
         LEFT JOIN (SELECT fk_element, SUM(element_duration) total FROM llx_element_time GROUP BY 1) e
           ON e.fk_element = t.rowid WHERE t.duration_effective <> COALESCE(e.total, 0)
       UNION ALL
       SELECT 'intervention', f.rowid FROM llx_fichinter f
         LEFT JOIN (SELECT fk_fichinter, SUM(duree) total FROM llx_fichinterdet GROUP BY 1) l
           ON l.fk_fichinter = f.rowid WHERE f.duree <> COALESCE(l.total, 0)
       UNION ALL
       SELECT 'payment', p.rowid FROM llx_paiement p
         JOIN (SELECT fk_paiement, SUM(amount) total FROM llx_paiement_facture GROUP BY 1) s ON s.fk_paiement = p.rowid
        WHERE ABS(p.amount - s.total) > 0.001`,
    );
    assert.deepEqual(wrong, []);
  });

  void it('holds nothing from the future', async () => {
    await using db = await startTestMariadb();
    await seed(db);
    const columns = await db.query<{ t: string; c: string }>(
      `SELECT table_name t, column_name c FROM information_schema.columns WHERE table_schema = 'dolibarr'
          AND column_name IN ('datec', 'tms', 'date_close', 'date_valid', 'datem', 'datep', 'element_datehour')
          AND table_name NOT LIKE 'llx\\_c\\_%' AND table_name NOT IN ('llx_const', 'llx_extrafields')`,
    );
    // tms is an instant and shown in the server's zone: an hour of slack covers every setting of it.
    const checks = columns.map(
      ({ t, c }) => `SELECT '${t}.${c}' late FROM ${t} WHERE ${c} > '2026-11-23 10:30:00'`,
    );
    assert.deepEqual(await db.query(checks.join(' UNION ALL ')), []);
  });

  void it('has quiet Augusts, references by month, drafts and every state', async () => {
    await using db = await startTestMariadb();
    await createDolibarr({ url: db.url() });
    await seedHistory({ url: db.url(), ...SMALL, months: 24, size: 'demo' });
    const [months] = await db.query<{ august: number; october: number }>(
      'SELECT SUM(MONTH(datec) = 8) august, SUM(MONTH(datec) = 10) october FROM llx_fichinter',
    );
    assert.ok(Number(months!.august) * 2 < Number(months!.october));
    const [tickets] = await db.query<{ states: number; n: number }>(
      'SELECT COUNT(DISTINCT fk_statut) states, COUNT(*) n FROM llx_ticket',
    );
    assert.ok(tickets!.states >= 5);
    assert.ok(tickets!.n > 2000);
    const odd = await db.query(
      "SELECT ref FROM llx_fichinter WHERE ref NOT REGEXP '^(FI[0-9]{4}-[0-9]{4}|\\\\(PROV[0-9]+\\\\))$'",
    );
    assert.deepEqual(odd, []);
  });

  void it('tells the truth about each abnormal intervention, outside Dolibarr', async () => {
    await using db = await startTestMariadb();
    await seed(db, { anomalyRate: 0.3 });
    const rows = await db.query<{
      kind: string;
      details: string;
      ref: string;
      hours: number;
      cost: number;
      mark: number;
    }>(
      `SELECT a.kind, a.details, f.ref, x.duree_reelle hours, x.cout cost, x.satisfaction mark
         FROM dolistream_sim.anomaly a JOIN llx_fichinter f ON f.rowid = a.subject_id
         JOIN llx_fichinter_extrafields x ON x.fk_object = f.rowid
        WHERE a.dolibarr = 'dolibarr' AND a.phase = 'history' AND a.subject_ref = f.ref AND f.fk_statut = 3`,
    );
    const [{ n } = { n: 0 }] = await db.query<{ n: number }>('SELECT COUNT(*) n FROM dolistream_sim.anomaly');
    assert.equal(rows.length, n);
    assert.deepEqual([...new Set(rows.map(({ kind }) => kind))].sort(), ['cost', 'overrun', 'satisfaction']);
    for (const { kind, details, hours, cost, mark } of rows) {
      const { normal, injected } = JSON.parse(details) as {
        normal: { actualHours: number; costEur: number };
        injected: { actualHours: number; costEur: number };
      };
      assert.deepEqual([hours, cost], [injected.actualHours, injected.costEur]);
      if (kind === 'overrun') assert.ok(hours >= 3 * normal.actualHours);
      if (kind === 'cost') assert.ok(cost >= 2.9 * normal.costEur);
      if (kind === 'satisfaction') assert.equal(mark, 1);
    }
  });

  void it('gives every user a secret that must go no further', async () => {
    await using db = await startTestMariadb();
    await seed(db);
    const users = await db.query('SELECT login FROM llx_user WHERE pass_crypted LIKE ? AND api_key LIKE ?', [
      `%${SECRET_MARKER}%`,
      `%${SECRET_MARKER}%`,
    ]);
    assert.equal(users.length, (await db.query('SELECT rowid FROM llx_user')).length);
  });

  void it('refuses a database with a firm in it, one without tables, and months out of range', async () => {
    await using db = await startTestMariadb();
    const isConfigError = (error: unknown) =>
      error instanceof DolistreamError && error.code === 'CONFIG_INVALID';
    await assert.rejects(seedHistory({ url: db.url() }), isConfigError);
    await seed(db);
    await assert.rejects(seedHistory({ url: db.url(), ...SMALL }), isConfigError);
    await assert.rejects(seedHistory({ url: db.url(), ...SMALL, months: 0.5 }), isConfigError);
  });
});
