/** A replay leaves the warehouse as it was: here with changes of the table as a whole, with kills, and for some tables. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openChdb } from '../../../adapters/chdb/open-chdb.ts';
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import { planReplay, type ReplayPlan } from '../../../app/recovery/replay-plan.ts';
import type { ChangeLog, RecordBatch } from '../../../core/ports/change-log.ts';
import type { SchemaRegistry } from '../../../core/ports/schema-registry.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import { isReplaying } from '../../../services/warehouse/lane-state.ts';
import { PREFIX, type TestEvent, TestTable, schemaChangeBatch, tableSchema } from '../../support/events.ts';
import { Loading } from '../../support/loading.ts';
import { runLoader } from '../../support/run-loader.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

const OWNERS = ['warehouse', 'warehouse-raw'];
const STEPS = 60;
const ROUND_BYTES = 8000;

const table = (name: string, columns: Record<string, string>, key?: string[]) =>
  tableSchema(name, { rowid: 'int', ...columns }, key);

/** Appends of a table that gets a column, one without a key, and one that is left alone; all are emptied once. */
async function history(registry: SchemaRegistry): Promise<RecordBatch[][]> {
  const narrow = await TestTable.register(registry, table('llx_note', { note: 'text' }));
  const wide = await TestTable.register(registry, table('llx_note', { note: 'text', city: 'text' }));
  const keyless = await TestTable.register(registry, table('llx_free', { note: 'text' }, []));
  const other = await TestTable.register(registry, table('llx_other', { note: 'text' }));
  let seq = 0;
  const change = (rowid: number, extra: object): TestEvent => {
    const after = { rowid, note: `note ${++seq}`, ...extra };
    return seq % 7 === 3 ? { op: 'd', seq, before: after } : { op: 'c', seq, after };
  };
  const appends: RecordBatch[][] = [];
  for (let step = 0; step < STEPS; step++) {
    const isWide = step >= STEPS / 2;
    if (step === STEPS / 2) {
      appends.push([await schemaChangeBatch(registry, ++seq, [{ type: 'ALTER', table: wide }])]);
    }
    const extra = isWide ? { city: `city ${step}` } : {};
    const notes = Array.from({ length: 20 }, (_, index) => change((step * 3 + index) % 50, extra));
    if (step === (STEPS * 2) / 3) notes.splice(10, 0, { op: 't', seq: ++seq });
    const free: TestEvent[] = [1, 1, 2].map((rowid) => ({
      ...{ op: 'c', seq: ++seq },
      after: { rowid, note: `n${step % 4}` },
    }));
    if (step === STEPS - 15) free.unshift({ op: 't', seq: ++seq });
    appends.push([
      (isWide ? wide : narrow).batch(notes.sort((a, b) => a.seq - b.seq)),
      keyless.batch(free.sort((a, b) => a.seq - b.seq)),
      other.batch([change(step % 9, {})]),
    ]);
  }
  return appends;
}

async function contents(warehouse: Warehouse): Promise<Record<string, unknown>> {
  return {
    events: await warehouse.rows(
      'SELECT * EXCEPT loaded_at FROM raw.events ORDER BY topic, partition, offset',
    ),
    index: await warehouse.rows('SELECT DISTINCT * FROM raw.record_index ORDER BY ALL'),
    notes: await warehouse.rows('SELECT * FROM mirror.llx_note FINAL ORDER BY rowid'),
    free: await warehouse.rows('SELECT * FROM mirror.llx_free ORDER BY ALL'),
    other: await warehouse.rows('SELECT * FROM mirror.llx_other FINAL ORDER BY rowid'),
  };
}

const firstsOf = ({ topics }: ReplayPlan): Record<string, number> =>
  Object.fromEntries([...topics].map(([topic, { first }]) => [topic, first]));

const planFrom = (log: ChangeLog, seq: number, selects = (_table: string) => true): Promise<ReplayPlan> =>
  planReplay(log, { prefix: PREFIX, start: { kind: 'seq', seq }, selects });

async function untilReplayed(loading: Loading): Promise<void> {
  const { log } = loading.embedded;
  for (const owner of OWNERS) while (isReplaying(await log.getState(owner))) await delay(5);
  await loading.settle();
}

void test('what was lost from the warehouse is there again, and what was there is not there twice', async () => {
  await using loading = await Loading.start();
  const { log, registry } = loading.embedded;
  for (const append of await history(registry)) await log.append(append, []);
  await loading.settle();
  const before = await contents(loading.warehouse);
  for (const seq of [700, 1, 1200]) {
    await loading.warehouse.command(`DELETE FROM raw.events WHERE seq > ${seq} AND seq % 3 = 0`);
    await loading.warehouse.command(
      `ALTER TABLE mirror.llx_note DELETE WHERE _seq > ${seq} SETTINGS mutations_sync = 2`,
    );
    const plan = await planFrom(log, seq);
    await loading.control.setBack({ from: plan.from, firsts: firstsOf(plan) });
    await untilReplayed(loading);
    assert.deepEqual(await contents(loading.warehouse), before, `after the replay from seq ${seq}`);
  }
});

void test('only the tables that are asked for are loaded again', async () => {
  await using loading = await Loading.start();
  const { log, registry } = loading.embedded;
  for (const append of await history(registry)) await log.append(append, []);
  await loading.settle();
  const before = await contents(loading.warehouse);
  const loadedAt = (): Promise<unknown> =>
    loading.rows(
      "SELECT offset, loaded_at FROM raw.events WHERE table != 'llx_other' ORDER BY topic, offset",
    );
  const others = await loadedAt();
  const plan = await planFrom(log, 300, (name) => name === 'llx_other');
  assert.deepEqual([...plan.topics.keys()], [`${PREFIX}.dolibarr.llx_other`]);
  await loading.warehouse.command(
    "ALTER TABLE raw.events DELETE WHERE table = 'llx_other' AND seq > 400 SETTINGS mutations_sync = 2",
  );
  await loading.control.setBack({ from: plan.from, firsts: firstsOf(plan) });
  await untilReplayed(loading);
  assert.deepEqual(await contents(loading.warehouse), before);
  assert.deepEqual(await loadedAt(), others);
});

void test('a loader that goes back refuses to go back once more, and one that has not come so far stays', async () => {
  await using loading = await Loading.start();
  const { log, registry } = loading.embedded;
  for (const append of await history(registry)) await log.append(append, []);
  await loading.settle();
  const plan = await planFrom(log, 1);
  const to = { from: plan.from, firsts: firstsOf(plan) };
  const first = loading.control.setBack(to);
  await assert.rejects(loading.control.setBack(to), { code: 'CONFIG_INVALID', message: /already/ });
  await first;
  await untilReplayed(loading);
  const states = await Promise.all(OWNERS.map((owner) => log.getState(owner)));
  await loading.control.setBack({ from: await log.end(), firsts: {} });
  assert.deepEqual(await Promise.all(OWNERS.map((owner) => log.getState(owner))), states);
});

void test('a replay that is killed at any moment is finished by the next loader', async () => {
  using folder = makeTemporaryFolder();
  const dir = folder.path;
  const readAll = async (): Promise<unknown> => {
    const warehouse = await openChdb({ dir: join(dir, 'clickhouse') });
    const found = await contents(warehouse);
    await warehouse.close();
    return found;
  };
  const filled = await openEmbeddedLog({ dir: join(dir, 'log') });
  for (const append of await history(filled.registry)) await filled.log.append(append, []);
  await filled.close();
  assert.ok(await runLoader({ dir, roundBytes: ROUND_BYTES, killAfterMs: null }));
  const before = await readAll();

  const { log, close } = await openEmbeddedLog({ dir: join(dir, 'log') });
  const { from, topics } = await planFrom(log, 200);
  for (const owner of OWNERS) {
    const { cursor, skip, seq } = (await log.getState(owner)) as {
      cursor: string;
      skip: number;
      seq: number;
    };
    const replay = {
      end: { cursor, skip },
      endSeq: seq,
      firsts: firstsOf({ from, topics }),
      isCleared: false,
    };
    const state = { cursor: from, skip: 0, seq: 0, until: null, epoch: 1, replay };
    await log.setState([{ owner, state }]);
  }
  await close();
  let kills = 0;
  while (kills < 3 && !(await runLoader({ dir, roundBytes: ROUND_BYTES, killAfterMs: 20 + kills * 120 })))
    kills++;
  assert.ok(await runLoader({ dir, roundBytes: ROUND_BYTES, killAfterMs: null }), 'the last loader finishes');
  assert.ok(kills > 0, 'no loader was killed at work');
  assert.deepEqual(await readAll(), before);
});
