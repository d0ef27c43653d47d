/** What cannot be read is kept once, alone, and can be tried again. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import avro from 'avsc';
import { packagePath } from '../../../app/paths.ts';
import { DolistreamError } from '../../../core/errors.ts';
import type { ChangeLog, RecordBatch } from '../../../core/ports/change-log.ts';
import type { SchemaRegistry } from '../../../core/ports/schema-registry.ts';
import { deadLettersTopic } from '../../../core/topics.ts';
import { redriveLetters } from '../../../services/warehouse/dead-letters/redrive.ts';
import { TablePlans } from '../../../services/warehouse/table-plans.ts';
import { WarehouseCatalog } from '../../../services/warehouse/warehouse-catalog.ts';
import { PREFIX, TestTable, tableSchema } from '../../support/events.ts';
import { Loading } from '../../support/loading.ts';

const NOTES = tableSchema('llx_note', { rowid: 'int', note: 'varchar(50)' });
const TOPIC = deadLettersTopic(PREFIX, null);
const LETTER = avro.Type.forSchema(
  JSON.parse(readFileSync(packagePath('schemas', 'dead-letter.avsc'), 'utf8')) as avro.Schema,
);

const created = (rowid: number) => ({ op: 'c', seq: rowid, after: { rowid, note: `n${rowid}` } }) as const;

/** The rows, the named ones of them as bytes that are no Avro of their schema. */
function withPoison(table: TestTable, rowids: readonly number[], poisoned: readonly number[]): RecordBatch {
  const good = table.batch(rowids.map(created));
  const poison = Buffer.from([2, 2, 254, 255, 255, 255, 15, 1]);
  const values = rowids.map((rowid, index) =>
    poisoned.includes(rowid)
      ? poison
      : Buffer.from(
          good.values.subarray(index === 0 ? 0 : good.valueEnds[index - 1]!, good.valueEnds[index]),
        ),
  );
  let end = 0;
  const valueEnds = Uint32Array.from(values, ({ length }) => (end += length));
  return { ...good, values: Buffer.concat(values), valueEnds };
}

interface Letter {
  readonly topic: string;
  readonly offset: number;
  readonly records: number;
  readonly lane: string;
  readonly schema_id: number;
  readonly payload: Buffer;
  readonly reason: string;
}

async function lettersIn(log: ChangeLog): Promise<Letter[]> {
  const letters: Letter[] = [];
  const { batches } = await log.read({
    ...{ from: null, maxBytes: 1e9, waitMs: 0 },
    topics: (topic) => topic === TOPIC,
  });
  for (const { values, valueEnds } of batches) {
    let start = 0;
    for (const end of valueEnds) {
      letters.push(LETTER.fromBuffer(Buffer.from(values.subarray(start, end))) as Letter);
      start = end;
    }
  }
  return letters.sort((a, b) => a.offset - b.offset || a.lane.localeCompare(b.lane));
}

const rowids = async (loading: Loading): Promise<number[]> =>
  (await loading.rows<{ rowid: number }>('SELECT rowid FROM mirror.llx_note FINAL ORDER BY rowid')).map(
    ({ rowid }) => rowid,
  );

const redrive = async (loading: Loading, isDryRun = false) => {
  const { warehouse } = loading;
  const { registry } = loading.embedded;
  const catalog = new WarehouseCatalog(warehouse);
  await catalog.load();
  const plans = new TablePlans(registry, { timezone: 'Europe/Paris', qualifyTables: false });
  const deps = {
    warehouse,
    registry,
    plans,
    catalog,
    prefix: PREFIX,
    warehouseDatabase: 'dolibarr_warehouse',
  };
  return redriveLetters(deps, { selects: () => true, isDryRun }, new AbortController().signal);
};

void test('of a batch only the records that cannot be read are put aside, for each lane once', async () => {
  await using loading = await Loading.start();
  const { log, registry } = loading.embedded;
  const notes = await TestTable.register(registry, NOTES);
  await loading.load(withPoison(notes, [1, 2, 3, 4, 5, 6, 7], [3, 7]));
  assert.deepEqual(await rowids(loading), [1, 2, 4, 5, 6]);
  assert.deepEqual(await loading.rows('SELECT offset, seq FROM raw.events ORDER BY offset'), [
    { offset: '0', seq: '1' },
    { offset: '1', seq: '2' },
    { offset: '3', seq: '4' },
    { offset: '4', seq: '5' },
    { offset: '5', seq: '6' },
  ]);
  const letters = await lettersIn(log);
  assert.deepEqual(
    letters.map(({ topic, offset, records, lane }) => [topic, offset, records, lane]),
    [2, 6].flatMap((offset) => ['mirror', 'raw'].map((lane) => [notes.topic, offset, 1, lane])),
  );
  for (const { payload, schema_id, reason } of letters) {
    assert.equal(payload.toString('hex'), '0202feffffff0f01');
    assert.equal(schema_id, notes.schemaId);
    assert.match(reason, /ClickHouse error \d+/);
  }
  await loading.restart();
  await loading.load(notes.batch([created(8)]));
  assert.equal((await lettersIn(log)).length, 4);
  assert.deepEqual(
    await loading.rows('SELECT first_offset, records FROM raw.dead_letters ORDER BY first_offset'),
    [
      { first_offset: '2', records: 1 },
      { first_offset: '6', records: 1 },
    ],
  );
});

void test('a batch with more bad records than can be told apart is put aside in pieces, and the rest goes on', async () => {
  await using loading = await Loading.start();
  const notes = await TestTable.register(loading.embedded.registry, NOTES);
  const all = Array.from({ length: 400 }, (_, index) => index + 1);
  const bad = all.filter((rowid) => rowid % 2 === 0);
  await loading.load(withPoison(notes, all, bad), notes.batch([created(1000)]));
  const [counts] = await loading.rows<{ events: string; aside: string; letters: string }>(
    'SELECT (SELECT count() FROM raw.events) AS events, sum(records) AS aside, count() AS letters FROM raw.dead_letters',
  );
  assert.equal(Number(counts!.events) + Number(counts!.aside), 401);
  assert.ok(Number(counts!.letters) <= 50, `${counts!.letters} letters`);
  assert.ok((await rowids(loading)).includes(1000));
});

for (const happens of ['before', 'after'] as const) {
  void test(`letters are in the topic once when the log fails ${happens} it has taken them`, async () => {
    await using loading = await Loading.start();
    const { log, registry } = loading.embedded;
    const notes = await TestTable.register(registry, NOTES);
    const append = log.append.bind(log);
    let failures = 0;
    log.append = async (batches, changes) => {
      const isLetters = batches.some(({ topic }) => topic === TOPIC);
      if (isLetters && happens === 'after') await append(batches, changes);
      if (isLetters && failures++ < 2)
        throw new DolistreamError('LOG_WRITE_FAILED', 'no room', { retryable: true });
      if (!isLetters || happens === 'before') await append(batches, changes);
    };
    await append([withPoison(notes, [1, 2], [2])], []);
    while (failures < 2) {
      await loading.ended();
      loading.begin();
    }
    await loading.settle();
    const letters = await lettersIn(log);
    assert.deepEqual(
      letters.map(({ offset, lane }) => [offset, lane]),
      [
        [1, 'mirror'],
        [1, 'raw'],
      ],
    );
    assert.deepEqual(await loading.rows('SELECT count() AS events FROM raw.events'), [{ events: '1' }]);
  });
}

void test('letters go in when their schema is there after all, and are marked', async () => {
  await using loading = await Loading.start();
  const { registry } = loading.embedded;
  const notes = await TestTable.register(registry, NOTES);
  await loading.load(notes.batch([created(1)]));
  // The schemas of the letter itself come first.
  const comingId = notes.schemaId + 3;
  const unregistered = { register: () => Promise.resolve(comingId) } as unknown as SchemaRegistry;
  const wide = tableSchema('llx_note', { rowid: 'int', note: 'varchar(50)', city: 'varchar(50)' });
  const lost = await TestTable.register(unregistered, wide);
  await loading.load(
    lost.batch([
      {
        op: 'u',
        seq: 5,
        before: { ...created(1).after, city: null },
        after: { rowid: 1, note: 'new', city: 'Lyon' },
      },
    ]),
  );
  const [refused] = await redrive(loading);
  assert.deepEqual([refused!.isIn, refused!.offset, refused!.records], [false, 1, 1]);
  assert.match(refused!.note!, new RegExp(`${comingId}`));

  assert.equal((await TestTable.register(registry, wide)).schemaId, comingId);
  const [dry] = await redrive(loading, true);
  assert.equal(dry!.isIn, true);
  assert.match(dry!.note!, /other columns now/);
  assert.deepEqual(await loading.rows('SELECT count() AS events FROM raw.events'), [{ events: '1' }]);
  await loading.load(lost.batch([{ op: 'c', seq: 6, after: { rowid: 2, note: 'n2', city: 'Metz' } }]));

  const tried = await redrive(loading);
  assert.deepEqual(
    tried.map(({ isIn, note }) => [isIn, note]),
    [[true, null]],
  );
  assert.deepEqual(await loading.rows('SELECT rowid, note, city FROM mirror.llx_note FINAL ORDER BY rowid'), [
    { rowid: 1, note: 'new', city: 'Lyon' },
    { rowid: 2, note: 'n2', city: 'Metz' },
  ]);
  assert.deepEqual(await loading.rows('SELECT offset FROM raw.events ORDER BY offset'), [
    { offset: '0' },
    { offset: '1' },
    { offset: '2' },
  ]);
  assert.deepEqual(await redrive(loading), [], 'what is in is not tried again');
  assert.deepEqual(await loading.rows('SELECT redriven_at IS NULL AS open FROM raw.dead_letters'), [
    { open: 0 },
  ]);
});

void test('a letter from before its table was emptied goes into the history alone', async () => {
  await using loading = await Loading.start();
  const { registry } = loading.embedded;
  const notes = await TestTable.register(registry, NOTES);
  const ids = { register: () => Promise.resolve(notes.schemaId + 3) } as unknown as SchemaRegistry;
  const wide = tableSchema('llx_note', { rowid: 'int', note: 'varchar(50)', city: 'varchar(50)' });
  const lost = await TestTable.register(ids, wide);
  const after = (rowid: number) => ({ rowid, note: 'n', city: 'Metz' });
  await loading.load(notes.batch([created(1)]), lost.batch([{ op: 'c', seq: 2, after: after(2) }]));
  await TestTable.register(registry, wide);
  await loading.load(
    lost.batch([
      { op: 't', seq: 3 },
      { op: 'c', seq: 4, after: after(4) },
    ]),
  );
  const [tried] = await redrive(loading);
  assert.equal(tried!.isIn, true);
  assert.match(tried!.note!, /emptied since/);
  assert.deepEqual(await rowids(loading), [4]);
  assert.deepEqual(await loading.rows('SELECT seq FROM raw.events ORDER BY offset'), [
    { seq: '1' },
    { seq: '2' },
    { seq: '3' },
    { seq: '4' },
  ]);
});
