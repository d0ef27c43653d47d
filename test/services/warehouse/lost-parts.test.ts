import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { AvroSchema } from '../../../core/avro-schema.ts';
import type { ChangeLog, Cursor } from '../../../core/ports/change-log.ts';
import { alertsTopic, deadLettersTopic } from '../../../core/topics.ts';
import { PREFIX, TestTable, plainBatch, tableSchema } from '../../support/events.ts';
import { Loading } from '../../support/loading.ts';

const TABLES = [
  'mirror.llx_note',
  'ingest.llx_free__copies',
  'raw.events',
  'raw.record_index',
  'raw.dead_letters',
  'dolibarr_warehouse.alerts',
];

const alertOf = (id: number) => ({
  ...{ id: `rule:${id}`, rule: 'rule', severity: 50, entity: 1, subject_type: 'ticket', subject_id: id },
  ...{ subject_ref: `T${id}`, title: 't', explanation: 'e', actual: null, expected: null, unit: null },
  ...{ details: '{}', source_seq: id, committed_at: 1_700_000_000_000, raised_at: 1_700_000_000_000 + id },
});

/** A round of every kind of row, by its number. */
async function roundOf(registry: Loading['embedded']['registry'], round: number) {
  const notes = await TestTable.register(
    registry,
    tableSchema('llx_note', { rowid: 'int', note: 'varchar(9)' }),
  );
  const free = await TestTable.register(registry, tableSchema('llx_free', { a: 'int' }, []));
  const path = fileURLToPath(new URL('../../../schemas/alert.avsc', import.meta.url));
  const alertSchema = JSON.parse(readFileSync(path, 'utf8')) as AvroSchema;
  const seq = round * 10;
  const after = { rowid: round, note: `n${round}` };
  return [
    notes.batch([
      { op: 'c', seq: seq + 1, after },
      { op: 'u', seq: seq + 2, before: after, after: { ...after, note: 'new' } },
    ]),
    free.batch([
      { op: 'c', seq: seq + 3, after: { a: 1 } },
      { op: 'c', seq: seq + 4, after: { a: 1 } },
      { op: 'u', seq: seq + 5, before: { a: 1 }, after: { a: round } },
    ]),
    await plainBatch(registry, alertsTopic(PREFIX), alertSchema, [alertOf(round)]),
    await plainBatch(
      registry,
      `${PREFIX}.dolibarr.stranger`,
      { type: 'record', name: 'Stranger', fields: [{ name: 'x', type: 'int' }] },
      [{ x: round }],
    ),
  ];
}

async function contents(loading: Loading): Promise<unknown> {
  return {
    notes: await loading.rows('SELECT rowid, note FROM mirror.llx_note FINAL ORDER BY rowid'),
    free: await loading.rows('SELECT a FROM mirror.llx_free ORDER BY a'),
    events: await loading.rows('SELECT topic, offset, seq, op, before, after FROM raw.events ORDER BY seq'),
    places: await loading.rows('SELECT DISTINCT topic, offset, record_id FROM raw.record_index ORDER BY ALL'),
    letters: await loading.rows(
      'SELECT topic, first_offset, hex(payload) FROM raw.dead_letters ORDER BY ALL',
    ),
    alerts: await loading.rows('SELECT id FROM dolibarr_warehouse.alerts ORDER BY id'),
  };
}

/** Folder of each table's parts. */
async function dataFolders(loading: Loading): Promise<Map<string, string>> {
  const rows = await loading.rows<{ name: string; path: string }>(
    "SELECT concat(database, '.', name) AS name, data_paths[1] AS path FROM system.tables WHERE notEmpty(data_paths)",
  );
  return new Map(rows.map(({ name, path }) => [name, path]));
}

const partsIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.startsWith('all_'));

/** Behind it are letters of the round alone, which no round ends with. */
async function endOfEvents(log: ChangeLog): Promise<Cursor | null> {
  let end: Cursor | null = null;
  for await (const { topic, next } of log.summaries(null)) {
    if (topic !== deadLettersTopic(PREFIX, null)) end = next;
  }
  return end;
}

/** Owners of the lanes' states in the log. */
const LANES = ['warehouse', 'warehouse-raw'];

void test('what a kill -9 takes after ClickHouse noted the token of an insert is inserted again, and once', async () => {
  await using loading = await Loading.start();
  const { log, registry } = loading.embedded;
  await loading.load(...(await roundOf(registry, 1)));
  const folders = await dataFolders(loading);
  for (const [index, lost] of [[], TABLES, ['raw.events'], ['raw.record_index']].entries()) {
    // A merge would mix what is lost with what is not.
    await loading.warehouse.command('SYSTEM STOP MERGES');
    await loading.stop();
    const before = new Map<string, string[]>();
    for (const table of lost) before.set(table, await partsIn(folders.get(table)!));
    const states = await Promise.all(LANES.map((owner) => log.getState(owner)));
    loading.begin();
    await loading.load(...(await roundOf(registry, index + 2)));
    const expected = await contents(loading);
    await loading.reopen(async () => {
      const until = { cursor: await endOfEvents(log), skip: 0 };
      await log.setState(
        LANES.map((owner, lane) => ({ owner, state: { ...(states[lane] as object), until } })),
      );
      for (const table of lost) {
        const folder = folders.get(table)!;
        const fresh = (await partsIn(folder)).filter((part) => !before.get(table)!.includes(part));
        assert.ok(fresh.length > 0, `${table} has a new part`);
        for (const part of fresh) await rm(join(folder, part), { recursive: true });
      }
    });
    await loading.settle();
    assert.deepEqual(await contents(loading), expected, `lost: ${lost.join(', ') || 'nothing'}`);
  }
});
