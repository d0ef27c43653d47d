import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openChdb } from '../../adapters/chdb/open-chdb.ts';
import { createPartyFinder } from '../../app/find-parties.ts';
import { alertOf } from '../services/alerting/alert-log.ts';
import { going } from '../support/notices.ts';

void test('an alert about an intervention names its customer and its site, and others nobody', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'dolistream-parties-'));
  const warehouse = await openChdb({ dir, connections: 1 });
  try {
    for (const sql of [
      'CREATE DATABASE firm ENGINE = Atomic',
      'CREATE TABLE firm.fact_interventions (intervention_id Int64, customer_id Int64, project_id Int64) ENGINE = Memory',
      'CREATE TABLE firm.dim_customer (customer_id Int64, name String) ENGINE = Memory',
      'CREATE TABLE firm.dim_project (project_id Int64, ref String, title String) ENGINE = Memory',
      'INSERT INTO firm.fact_interventions VALUES (1, 12, 3), (2, 12, 0)',
      "INSERT INTO firm.dim_customer VALUES (12, 'Dupont & Fils')",
      "INSERT INTO firm.dim_project VALUES (3, 'PJ2611', 'Lycée Ampère')",
    ]) {
      await warehouse.command(sql);
    }
    const find = createPartyFinder(warehouse, 'firm');
    const customer = { id: 12, name: 'Dupont & Fils' };
    const site = { id: 3, name: 'PJ2611 Lycée Ampère' };
    assert.deepEqual(await find(alertOf('1'), going), { customer, site });
    assert.deepEqual(await find(alertOf('2'), going), { customer, site: null });
    const nobody = { customer: null, site: null };
    assert.deepEqual(await find(alertOf('1', { subject_type: 'product' }), going), nobody);
  } finally {
    await warehouse.close();
    await rm(dir, { recursive: true, force: true });
  }
});
