import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestTable, tableSchema } from '../../support/events.ts';
import { Loading } from '../../support/loading.ts';

const TICKETS = tableSchema('llx_ticket', { rowid: 'int', subject: 'varchar(255)', price: 'decimal(24,8)' });

void test('rows of a keyed table are inserted, updated, deleted and inserted again', async () => {
  await using loading = await Loading.start();
  const tickets = await TestTable.register(loading.embedded.registry, TICKETS);
  const row = (rowid: number, subject: string | null) => ({ rowid, subject, price: null });
  const current = () => loading.rows('SELECT rowid, subject FROM mirror.llx_ticket FINAL ORDER BY rowid');

  await loading.load(
    tickets.batch([
      { op: 'r', seq: 1, after: row(1, 'leak') },
      { op: 'c', seq: 2, after: row(2, 'crack') },
      { op: 'u', seq: 3, before: row(1, 'leak'), after: row(1, 'leak, ground floor') },
      { op: 'd', seq: 4, before: row(2, 'crack') },
    ]),
  );
  assert.deepEqual(await current(), [{ rowid: 1, subject: 'leak, ground floor' }]);

  await loading.load(tickets.batch([{ op: 'c', seq: 5, after: row(2, null) }]));
  assert.deepEqual(await current(), [
    { rowid: 1, subject: 'leak, ground floor' },
    { rowid: 2, subject: null },
  ]);

  const events = await loading.rows(
    'SELECT offset, seq, op, before, after, gtid, database, `table` FROM raw.events ORDER BY offset',
  );
  assert.equal(events.length, 5);
  assert.deepEqual(events[3], {
    offset: '3',
    seq: '4',
    op: 'd',
    before: '{"rowid":2,"subject":"crack"}',
    after: '',
    gtid: '0-1-42',
    database: 'dolibarr',
    table: 'llx_ticket',
  });
});
