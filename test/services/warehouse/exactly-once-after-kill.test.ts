import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openChdb } from '../../../adapters/chdb/open-chdb.ts';
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import type { RecordBatch } from '../../../core/ports/change-log.ts';
import { type Image, TestTable, type TestEvent, tableSchema } from '../../support/events.ts';
import { runLoader } from '../../support/run-loader.ts';
import { createRandom } from '../../../simulator/random.ts';

const KILLS = 6;
const STEPS = 500;
const ROUND_BYTES = 12_000;

interface History {
  readonly batches: readonly RecordBatch[];
  readonly events: number;
  readonly keyed: readonly Image[];
  readonly keyless: readonly number[];
}

/** Random changes of a keyed table whose columns change, and of one without a key, truncates included. */
async function writeHistory(register: (index: number) => Promise<TestTable>): Promise<History> {
  const random = createRandom(7).next;
  const [narrow, wide, keyless] = [await register(0), await register(1), await register(2)];
  const keyedRows = new Map<number, Image>();
  const copies: number[] = [];
  const batches: RecordBatch[] = [];
  let seq = 0;
  let events = 0;
  for (let step = 0; step < STEPS; step++) {
    const table = step < STEPS / 2 ? narrow : wide;
    const extra = step < STEPS / 2 ? {} : { zip: `z${step}` };
    const keyedEvents: TestEvent[] = [];
    for (let change = 0; change < 8; change++) {
      const rowid = Math.floor(random() * 60);
      const known = keyedRows.get(rowid);
      const before = known && { ...(table === wide ? { zip: null } : {}), ...known };
      if (before && random() < 0.3) {
        keyedRows.delete(rowid);
        keyedEvents.push({ op: 'd', seq: ++seq, before });
      } else {
        const after = { rowid, note: `n${seq}`, ...extra };
        keyedRows.set(rowid, after);
        keyedEvents.push(before ? { op: 'u', seq: ++seq, before, after } : { op: 'c', seq: ++seq, after });
      }
      if (random() < 0.002) {
        keyedRows.clear();
        keyedEvents.push({ op: 't', seq: ++seq });
      }
    }
    const keylessEvents: TestEvent[] = Array.from({ length: 3 }, () => {
      if (copies.length > 20 && random() < 0.6) return { op: 'd', seq: ++seq, before: { a: copies.pop() } };
      const a = Math.floor(random() * 5);
      copies.push(a);
      return { op: 'c', seq: ++seq, after: { a } };
    });
    batches.push(table.batch(keyedEvents), keyless.batch(keylessEvents));
    events += keyedEvents.length + keylessEvents.length;
  }
  return { batches, events, keyed: [...keyedRows.values()], keyless: copies };
}

void test('after kill -9 at any moment each event is in raw once and the mirror is exact', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'dolistream-kill-'));
  try {
    const embedded = await openEmbeddedLog({ dir: join(dir, 'log') });
    const versions = [
      tableSchema('llx_keyed', { rowid: 'int', note: 'text' }),
      tableSchema('llx_keyed', { rowid: 'int', zip: 'varchar(9)', note: 'text' }),
      tableSchema('llx_keyless', { a: 'int' }, []),
    ];
    const history = await writeHistory((index) => TestTable.register(embedded.registry, versions[index]!));
    for (const batch of history.batches) await embedded.log.append([batch], []);
    await embedded.close();

    const random = createRandom(Date.now() % 1000).next;
    let kills = 0;
    while (
      kills < KILLS &&
      !(await runLoader({ dir, roundBytes: ROUND_BYTES, killAfterMs: 50 + random() * 600 }))
    )
      kills++;
    assert.ok(kills >= 3, `only ${kills} loaders were killed at work`);
    assert.ok(
      await runLoader({ dir, roundBytes: ROUND_BYTES, killAfterMs: null }),
      'the last loader finishes',
    );

    const warehouse = await openChdb({ dir: join(dir, 'clickhouse') });
    const [raw] = await warehouse.rows(
      'SELECT count() AS events, uniqExact(topic, offset) AS places, uniqExact(seq) AS seqs, max(seq) AS last FROM raw.events',
    );
    const events = String(history.events);
    assert.deepEqual(raw, { events, places: events, seqs: events, last: events });
    const keyed = await warehouse.rows<Image>(
      'SELECT rowid, note, zip FROM mirror.llx_keyed FINAL ORDER BY rowid',
    );
    const expected = history.keyed.map((row) => ({ zip: null, ...row }));
    assert.deepEqual(
      keyed,
      expected.sort((a, b) => Number((a as Image)['rowid']) - Number((b as Image)['rowid'])),
    );
    const keyless = await warehouse.rows<{ a: number }>('SELECT a FROM mirror.llx_keyless ORDER BY a');
    assert.deepEqual(
      keyless.map(({ a }) => a),
      [...history.keyless].sort(),
    );
    await warehouse.close();
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
