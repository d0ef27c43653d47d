import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Alert } from '../../../core/alert.ts';
import type { AvroSchema } from '../../../core/avro-schema.ts';
import { alertAnswersTopic, alertsTopic } from '../../../core/topics.ts';
import { PREFIX, TestTable, type TestEvent, plainBatch, tableSchema } from '../../support/events.ts';
import { Loading } from '../../support/loading.ts';

const NOTES = tableSchema('llx_note', { rowid: 'int', note: 'varchar(50)' });
const noteEvents = (from: number, to: number): TestEvent[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({
    op: 'c',
    seq: from + index,
    after: { rowid: from + index, note: `n${from + index}` },
  }));

const ALERT: Alert = {
  id: 'overrun:17',
  rule: 'intervention-overrun',
  severity: 80,
  entity: 1,
  subject_type: 'intervention',
  subject_id: 17,
  subject_ref: 'FI2611-0017',
  title: 'Intervention trop longue',
  explanation: '9 h au lieu de 2 à 4 h',
  actual: 9,
  expected: null,
  unit: 'h',
  details: '{"median":3}',
  source_seq: 12,
  committed_at: 1_700_000_000_123,
  raised_at: 1_700_000_000_456,
};

void test('alerts arrive in the warehouse with their instants', async () => {
  await using loading = await Loading.start();
  const path = fileURLToPath(new URL('../../../schemas/alert.avsc', import.meta.url));
  const schema = JSON.parse(readFileSync(path, 'utf8')) as AvroSchema;
  await loading.load(await plainBatch(loading.embedded.registry, alertsTopic(PREFIX), schema, [ALERT]));
  assert.deepEqual(await loading.rows('SELECT * EXCEPT loaded_at FROM dolibarr_warehouse.alerts'), [
    {
      ...ALERT,
      subject_id: '17',
      source_seq: '12',
      committed_at: '2023-11-14 22:13:20.123',
      raised_at: '2023-11-14 22:13:20.456',
    },
  ]);
  assert.equal((await loading.rows('SELECT * FROM raw.events')).length, 0);
});

void test('answers to alerts arrive in the warehouse, in a table of their own', async () => {
  await using loading = await Loading.start();
  const path = fileURLToPath(new URL('../../../schemas/alert-answer.avsc', import.meta.url));
  const schema = JSON.parse(readFileSync(path, 'utf8')) as AvroSchema;
  const answer = {
    ...{ id: 'a1', alert: ALERT.id, case_id: '3f2a9c01d4e5b677', rule: ALERT.rule, severity: 60, entity: 1 },
    ...{ subject_type: 'intervention', subject_id: 17, answer: 'normal', answered_by: 'Paul', via: 'link' },
    ...{ note: '', answered_at: 1_700_000_000_789 },
  };
  const topic = alertAnswersTopic(PREFIX);
  await loading.load(await plainBatch(loading.embedded.registry, topic, schema, [answer]));
  assert.deepEqual(await loading.rows('SELECT * EXCEPT loaded_at FROM dolibarr_warehouse.alert_answers'), [
    { ...answer, subject_id: '17', answered_at: '2023-11-14 22:13:20.789' },
  ]);
  assert.equal((await loading.rows('SELECT * FROM raw.events')).length, 0);
  assert.equal((await loading.rows('SELECT * FROM raw.dead_letters')).length, 0);
});

void test('records that cannot be read are put aside with their bytes, and the others are loaded', async () => {
  await using loading = await Loading.start();
  const { registry } = loading.embedded;
  const notes = await TestTable.register(registry, NOTES);
  const good = notes.batch(noteEvents(1, 3));
  const values = Uint8Array.from([2, 2, 254, 255, 255, 255, 15, 1]);
  const bad = { ...notes.batch(noteEvents(4, 4)), values, valueEnds: Uint32Array.from([values.length]) };
  const stranger = await plainBatch(
    registry,
    `${PREFIX}.dolibarr.other`,
    { type: 'record', name: 'Other', fields: [{ name: 'x', type: 'int' }] },
    [{ x: 5 }],
  );
  await loading.load(good, bad, stranger, notes.batch(noteEvents(5, 6)));
  assert.deepEqual(
    (await loading.rows<{ rowid: number }>('SELECT rowid FROM mirror.llx_note FINAL ORDER BY rowid')).map(
      ({ rowid }) => rowid,
    ),
    [1, 2, 3, 5, 6],
  );
  assert.deepEqual(await loading.rows('SELECT offset FROM raw.events ORDER BY offset'), [
    { offset: '0' },
    { offset: '1' },
    { offset: '2' },
    { offset: '4' },
    { offset: '5' },
  ]);
  const letters = await loading.rows<{ reason: string }>(
    'SELECT topic, first_offset, records, hex(payload) AS payload, reason FROM raw.dead_letters ORDER BY topic',
  );
  assert.deepEqual(
    letters.map(({ reason: _reason, ...letter }) => letter),
    [
      {
        topic: notes.topic,
        first_offset: '3',
        records: 1,
        payload: Buffer.from(values).toString('hex').toUpperCase(),
      },
      { topic: `${PREFIX}.dolibarr.other`, first_offset: '0', records: 1, payload: '0A' },
    ],
  );
  assert.match(letters[0]!.reason, /ClickHouse error \d+/);
});

void test('a hold stops exactly after the asked seq and a release goes on', async () => {
  await using loading = await Loading.start();
  const notes = await TestTable.register(loading.embedded.registry, NOTES);
  const others = await TestTable.register(
    loading.embedded.registry,
    tableSchema('llx_other', { rowid: 'int', note: 'varchar(50)' }),
  );
  const { log } = loading.embedded;
  const held = loading.control.hold({ throughSeq: 6 });
  await log.append([notes.batch(noteEvents(1, 2)), others.batch(noteEvents(3, 3))], []);
  await log.append([notes.batch(noteEvents(4, 4)), others.batch(noteEvents(5, 6))], []);
  await log.append([notes.batch(noteEvents(7, 9))], []);
  await held;
  assert.equal(loading.control.appliedSeq(), 6);
  await log.append([others.batch(noteEvents(10, 10))], []);
  const counts = () =>
    loading.rows(
      'SELECT (SELECT count() FROM mirror.llx_note) AS notes, (SELECT count() FROM mirror.llx_other) AS others',
    );
  assert.deepEqual(await counts(), [{ notes: '3', others: '3' }]);
  loading.control.release();
  await loading.settle();
  assert.deepEqual(await counts(), [{ notes: '6', others: '4' }]);
  await loading.control.hold();
  loading.control.release();
});

void test('offsets follow the order of the records through blocks and tables', async () => {
  await using loading = await Loading.start();
  const notes = await TestTable.register(loading.embedded.registry, NOTES);
  const others = await TestTable.register(
    loading.embedded.registry,
    tableSchema('llx_other', { rowid: 'int', note: 'varchar(50)' }),
  );
  const batches = [];
  for (let from = 1; from <= 90_000; from += 3_000) {
    const table = (from / 3_000) % 3 < 1 ? others : notes;
    batches.push(table.batch(noteEvents(from, from + 2_999)));
  }
  await loading.load(...batches);
  const [found] = await loading.rows(`
    SELECT count() AS events, countIf(toUInt64(JSONExtractInt(after, 'rowid')) != seq) AS wrong,
      uniqExact(topic, offset) AS places
    FROM raw.events`);
  assert.deepEqual(found, { events: '90000', wrong: '0', places: '90000' });
  const [order] = await loading.rows(`
    SELECT countIf(seq <= earlier) AS disorders FROM (
      SELECT seq, lagInFrame(seq, 1, 0) OVER (PARTITION BY topic ORDER BY offset) AS earlier FROM raw.events
    )`);
  assert.deepEqual(order, { disorders: '0' });
});

void test('a round that was begun and repeated after a restart is counted once', async () => {
  await using loading = await Loading.start();
  const notes = await TestTable.register(loading.embedded.registry, NOTES);
  const { log } = loading.embedded;
  await loading.load(notes.batch(noteEvents(1, 5)), notes.batch(noteEvents(6, 9)));
  const end = await log.end();
  for (const owner of ['warehouse', 'warehouse-raw']) {
    await loading.stop();
    await log.setState([
      { owner, state: { cursor: null, skip: 0, seq: 0, until: { cursor: end, skip: 0 } } },
    ]);
    loading.begin();
    await loading.settle();
  }
  const [counts] = await loading.rows(
    'SELECT (SELECT count() FROM raw.events) AS raw, (SELECT count() FROM mirror.llx_note FINAL) AS mirror',
  );
  assert.deepEqual(counts, { raw: '9', mirror: '9' });
});
