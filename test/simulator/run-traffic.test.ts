import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DolistreamError } from '../../core/errors.ts';
import { createDolibarr } from '../../simulator/create-dolibarr.ts';
import { ROLLED_BACK_MARKER, runTraffic, type RunTrafficOptions } from '../../simulator/run-traffic.ts';
import { seedHistory } from '../../simulator/seed-history.ts';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';

const NOW = Date.UTC(2026, 10, 23, 9, 30);

async function startFirm(options: Parameters<typeof startTestMariadb>[0] = {}): Promise<TestMariadb> {
  const db = await startTestMariadb(options);
  await createDolibarr({ url: db.url() });
  await seedHistory({ url: db.url(), seed: 3, months: 3, size: 'small', now: NOW });
  return db;
}

const run = (db: TestMariadb, options: Partial<RunTrafficOptions> = {}) =>
  runTraffic({ url: db.url(), signal: new AbortController().signal, rate: 5000, ...options });

/** Every text of the Dolibarr database that holds `text`, as `table.column`. */
async function findText(db: TestMariadb, text: string): Promise<string[]> {
  const columns = await db.query<{ t: string; c: string }>(
    `SELECT table_name t, column_name c FROM information_schema.columns
      WHERE table_schema = 'dolibarr' AND data_type IN ('varchar', 'text', 'mediumtext', 'longtext')`,
  );
  const checks = columns.map(
    ({ t, c }) => `SELECT '${t}.${c}' place FROM \`${t}\` WHERE \`${c}\` LIKE '%${text}%'`,
  );
  return (await db.query<{ place: string }>(checks.join(' UNION ALL '))).map(({ place }) => place);
}

/** Row events of the binlog, one list per transaction: `insert llx_ticket`, `update llx_ticket`, … */
async function readTransactions(db: TestMariadb): Promise<string[][]> {
  const events: { Event_type: string; Info: string }[] = [];
  for (const { Log_name } of await db.query<{ Log_name: string }>('SHOW BINARY LOGS')) {
    events.push(...(await db.query<(typeof events)[0]>(`SHOW BINLOG EVENTS IN '${Log_name}'`)));
  }
  const transactions: string[][] = [];
  const tables = new Map<string, string>();
  for (const { Event_type, Info } of events) {
    const verb = /^(Write|Update|Delete)_rows/.exec(Event_type)?.[1];
    const id = /table_id: (\d+)/.exec(Info)?.[1] ?? '';
    if (Event_type === 'Gtid') transactions.push([]);
    else if (Event_type === 'Table_map') tables.set(id, /\.(\w+)\)/.exec(Info)?.[1] ?? '');
    else if (verb !== undefined) transactions.at(-1)?.push(`${verb} ${tables.get(id)}`);
  }
  return transactions;
}

void describe('the live traffic', () => {
  void it('commits and rolls back as told, and leaves nothing of what it rolled back', async () => {
    await using db = await startFirm();
    const report = await run(db, { transactions: 1500, rollbackRate: 0.2 });
    assert.ok(report.committed + report.rolledBack >= 1500);
    assert.ok(report.rolledBack > 80, `${report.rolledBack} rolled back`);
    assert.deepEqual(await findText(db, ROLLED_BACK_MARKER), []);
    assert.deepEqual(await findText(db, 'rolled-back'), []);
    assert.deepEqual(await db.query('SELECT fk_product FROM llx_product_stock WHERE reel < 0'), []);
  });

  void it("writes in Dolibarr's transaction shapes", async () => {
    await using db = await startFirm();
    await db.query('FLUSH BINARY LOGS');
    const before = (await readTransactions(db)).length;
    const report = await run(db, { transactions: 1200, anomalyRate: 0, alterEvery: 0 });
    const transactions = (await readTransactions(db)).slice(before);
    assert.equal(transactions.length, report.committed);
    const texts = transactions.map((events) => events.join(', '));
    const event = 'Write llx_actioncomm, Update llx_actioncomm, Write llx_actioncomm_resources';
    const shapes = {
      'ticket with its event': `Write llx_ticket, Write llx_ticket_extrafields, ${event}`,
      'ticket moved': `Update llx_ticket, ${event}`,
      'intervention drafted': 'Write llx_fichinter, Update llx_fichinter, Write llx_fichinter_extrafields',
      'intervention visited': 'Write llx_fichinterdet, Update llx_fichinter',
      'intervention closed': `Update llx_fichinter_extrafields, Update llx_fichinter, ${event}`,
      'time spent': 'Write llx_element_time, Update llx_projet_task',
      'stock moved': 'Write llx_stock_mouvement, Update llx_product_stock, Update llx_product',
      'header updated per line':
        'Write llx_facturedet, Update llx_facture, Write llx_facturedet, Update llx_facture, Write llx_facturedet, Update llx_facture',
      'invoice paid':
        'Write llx_paiement, Update llx_paiement, Write llx_paiement_facture, Update llx_facture',
      'delete and insert':
        'Update llx_actioncomm, Delete llx_actioncomm_resources, Write llx_actioncomm_resources',
      'tag changed': 'Delete llx_categorie_societe, Write llx_categorie_societe',
      login: 'Update llx_user',
      'third party': 'Write llx_societe, Update llx_societe, Write llx_societe_extrafields',
      'ticket deleted': 'Delete llx_ticket_extrafields, Delete llx_ticket',
    };
    for (const [name, shape] of Object.entries(shapes)) {
      assert.ok(
        texts.some((text) => text.includes(shape)),
        `${name}: no transaction with ${shape}`,
      );
    }
  });

  void it('tells the truth about each anomaly in the transaction that makes it', async () => {
    await using db = await startFirm();
    const report = await run(db, { transactions: 1500, anomalyRate: 0.3 });
    const rows = await db.query<{ kind: string; details: string; hours: number; cost: number; mark: number }>(
      `SELECT a.kind, a.details, x.duree_reelle hours, x.cout cost, x.satisfaction mark FROM dolistream_sim.anomaly a
         JOIN llx_fichinter f ON f.rowid = a.subject_id AND f.ref = a.subject_ref AND f.fk_statut = 3
         JOIN llx_fichinter_extrafields x ON x.fk_object = f.rowid
        WHERE a.phase = 'live' AND a.subject_table = 'llx_fichinter' ORDER BY a.id`,
    );
    assert.ok(rows.length > 10);
    assert.equal(rows.length, report.anomalies);
    assert.equal(rows[0]!.kind, 'overrun');
    for (const { details, hours, cost, mark } of rows) {
      const { injected } = JSON.parse(details) as {
        injected: { actualHours: number; costEur: number; satisfaction: number };
      };
      assert.deepEqual([hours, cost, mark], [injected.actualHours, injected.costEur, injected.satisfaction]);
    }
    const together = (await readTransactions(db)).filter(
      (events) => events.includes('Write anomaly') && events.includes('Update llx_fichinter'),
    );
    assert.equal(together.length, rows.length);
  });

  void it('adds and drops extrafields of tickets while both connections write', async () => {
    await using db = await startFirm();
    const report = await run(db, { transactions: 1500, alterEvery: 60, rollbackRate: 0 });
    assert.ok(report.schemaChanges >= 15);
    assert.equal(report.rolledBack, 0);
    const columns = await db.query<{ Field: string }>('SHOW COLUMNS FROM llx_ticket_extrafields LIKE "sim%"');
    const described = await db.query<{ name: string }>(
      "SELECT name FROM llx_extrafields WHERE name LIKE 'sim%'",
    );
    assert.deepEqual(columns.map(({ Field }) => Field).sort(), described.map(({ name }) => name).sort());
    assert.ok(columns.length < report.schemaChanges, 'some were dropped again');
    const again = await run(db, { transactions: 300, alterEvery: 60, seed: 9 });
    assert.ok(again.schemaChanges >= 3);
  });

  void it('does the same work for the same seed', async () => {
    const contents = [];
    for (const seed of [5, 5, 6]) {
      await using db = await startFirm();
      await run(db, { transactions: 300, connections: 1, seed, clock: { now: () => NOW } });
      contents.push(
        await db.query(
          'SELECT rowid, ref, fk_soc, subject, message, fk_statut FROM llx_ticket ORDER BY rowid',
        ),
        await db.query(
          'SELECT fk_object, duree_reelle, cout, satisfaction FROM llx_fichinter_extrafields ORDER BY rowid',
        ),
      );
    }
    assert.deepEqual(contents.slice(0, 2), contents.slice(2, 4));
    assert.notDeepEqual(contents.slice(0, 2), contents.slice(4, 6));
  });

  void it('stops when told to, with nothing half done', async () => {
    await using db = await startFirm();
    const stop = new AbortController();
    const traffic = run(db, { signal: stop.signal, rate: 200 });
    const [before] = await db.query<{ n: number }>('SELECT MAX(id) n FROM llx_actioncomm');
    let latest = before!.n;
    while (latest < before!.n + 20) {
      latest = (await db.query<{ n: number }>('SELECT MAX(id) n FROM llx_actioncomm'))[0]!.n;
    }
    stop.abort();
    const report = await traffic;
    assert.ok(report.committed >= 20);
    assert.deepEqual(await db.query("SELECT id FROM llx_actioncomm WHERE ref = '(PROV)'"), []);
  });

  void it('goes on after a kill -9 and a restart of the server', async () => {
    await using db = await startFirm();
    const traffic = run(db, { transactions: 1500, rate: 1000, reconnect: true });
    const count = async (): Promise<number> =>
      (await db.query<{ n: number }>('SELECT COUNT(*) n FROM llx_actioncomm'))[0]!.n;
    const start = await count();
    let grown = start;
    while (grown < start + 50) grown = await count();
    await db.server.kill9();
    await db.server.restart();
    const report = await traffic;
    assert.ok(report.reconnects >= 1);
    assert.ok(report.committed + report.rolledBack >= 1500);
    assert.deepEqual(await findText(db, ROLLED_BACK_MARKER), []);
  });

  void it('rejects when the server goes away and it was not told to wait', async () => {
    await using db = await startFirm();
    const traffic = run(db, { rate: 500 });
    const outcome = assert.rejects(traffic, (error: unknown) => {
      assert.ok(error instanceof DolistreamError);
      assert.equal(error.code, 'SOURCE_UNREACHABLE');
      assert.equal(error.retryable, true);
      return true;
    });
    await db.server.stop();
    await outcome;
  });

  void it('runs with four connections on MariaDB 11.4', async () => {
    await using db = await startFirm({ version: '11.4' });
    const report = await run(db, { transactions: 1500, connections: 4 });
    assert.ok(report.committed >= 1000);
  });

  void it('names an option out of range, and a database without a firm', async () => {
    await using db = await startTestMariadb();
    await createDolibarr({ url: db.url() });
    const codes = [];
    for (const options of [{ rate: 0 }, { connections: 99 }, { anomalyRate: -1 }, { rollbackRate: 1 }, {}]) {
      codes.push(await run(db, options).catch((error: DolistreamError) => `${error.code} ${error.message}`));
    }
    assert.deepEqual(codes, [
      'CONFIG_INVALID rate is 0',
      'CONFIG_INVALID connections is 99',
      'CONFIG_INVALID anomalyRate is -1',
      'CONFIG_INVALID rollbackRate is 1',
      'CONFIG_INVALID The database holds no simulated firm',
    ]);
  });
});
