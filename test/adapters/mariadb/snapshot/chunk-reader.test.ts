/** Chunks of a real table, put together again, are the table: whatever its key, its collation and the size of its rows. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openMariadbSource } from '../../../../adapters/mariadb/mariadb-source.ts';
import type { ChangeSource, KeyPlace, TableChunk } from '../../../../core/ports/change-source.ts';
import type { TableSchema } from '../../../../core/table-schema.ts';
import { BUSY_TABLES, createBusyTables } from '../../../support/busy-tables.ts';
import { startTestMariadb, type TestMariadb } from '../../../support/mariadb.ts';

const ROWS = 700;

function openSource(db: TestMariadb): Promise<ChangeSource> {
  return openMariadbSource({
    address: {
      host: db.host,
      port: db.port,
      user: db.captureUser,
      password: db.capturePassword,
      database: db.database,
    },
    serverId: 4711,
    rules: { captures: () => true, drops: (_table, column) => column === 'secret' },
    staleAfterMs: 30_000,
  });
}

/** All chunks of the table, one after the other. */
async function readChunks(
  source: ChangeSource,
  table: TableSchema,
  limits: { readonly maxRows: number; readonly maxBytes: number; readonly where?: string },
): Promise<TableChunk[]> {
  await using reader = await source.openChunkReader();
  const seen = await reader.position();
  const chunks: TableChunk[] = [];
  let after: KeyPlace | null = null;
  do {
    const { where = null, maxRows, maxBytes } = limits;
    const chunk: TableChunk = await reader.read({ table, after, where, seen, maxRows, maxBytes });
    chunks.push(chunk);
    // As it is when it was saved and read again.
    after = JSON.parse(JSON.stringify(chunk.next)) as KeyPlace | null;
  } while (after !== null);
  return chunks;
}

const keysOf = (chunks: readonly TableChunk[]): string[] =>
  chunks.flatMap((chunk) => Array.from({ length: chunk.count }, (_, index) => chunk.keyText(index)));

void describe('chunks of a table', () => {
  void it('hold every row once, for keys of every kind', async () => {
    await using db = await startTestMariadb();
    await createBusyTables(db, ROWS);
    const source = await openSource(db);
    const tables = (await source.describe()).filter(({ key }) => key.length > 0);
    assert.equal(tables.length, BUSY_TABLES.length - 1);
    for (const table of tables) {
      for (const maxRows of [1, 64, ROWS]) {
        const rows = maxRows === 1 ? 40 : ROWS;
        const where = maxRows === 1 ? 'v <= 40' : undefined;
        const chunks = await readChunks(source, table, {
          maxRows,
          maxBytes: 1e9,
          ...(where === undefined ? {} : { where }),
        });
        const keys = keysOf(chunks);
        assert.deepEqual([table.table, keys.length, new Set(keys).size], [table.table, rows, rows]);
        assert.ok(chunks.every((chunk) => chunk.count <= maxRows));
      }
    }
  });

  void it('are cut by bytes, at one row at the least, also where a row is larger than a packet', async () => {
    await using db = await startTestMariadb({ args: ['--max-allowed-packet=64M'] });
    await db.query('CREATE TABLE t (id INT PRIMARY KEY, body LONGTEXT)');
    await db.query("INSERT INTO t SELECT seq, REPEAT('x', seq MOD 10 * 20000) FROM seq_1_to_60");
    await db.query(
      "INSERT INTO t VALUES (30000, REPEAT('é', 9000000)), (30001, NULL), (30002, REPEAT('y', 70000))",
    );
    const source = await openSource(db);
    const [table] = await source.describe(['t']);
    const chunks = await readChunks(source, table!, { maxRows: 50, maxBytes: 500_000 });
    assert.equal(keysOf(chunks).length, 63);
    assert.ok(chunks.length > 8, `${chunks.length} chunks`);
    assert.ok(chunks.some((chunk) => chunk.bytes > 18_000_000));
    assert.ok(chunks.every((chunk) => chunk.bytes < 700_000 || chunk.bytes > 18_000_000));
    const images = chunks.flatMap((chunk) => {
      const lengths: number[] = [];
      const cursor = chunk.cursor((index) => index % 2 === 0);
      while (cursor.next()) lengths.push(cursor.writeImage(Buffer.alloc(cursor.maxImageBytes()), 0));
      return lengths;
    });
    assert.equal(
      images.length,
      chunks.reduce((sum, chunk) => sum + Math.floor(chunk.count / 2), 0),
    );
  });

  void it('say that the table was changed when it is no longer what was described', async () => {
    await using db = await startTestMariadb();
    await db.query('CREATE TABLE t (id INT PRIMARY KEY, v INT, w INT); INSERT INTO t VALUES (1, 1, 1)');
    const source = await openSource(db);
    const [table] = await source.describe(['t']);
    for (const sql of ['ALTER TABLE t DROP COLUMN w', 'DROP TABLE t']) {
      await db.query(sql);
      await assert.rejects(readChunks(source, table!, { maxRows: 9, maxBytes: 1e6 }), {
        code: 'SOURCE_TABLE_CHANGED',
        retryable: true,
      });
    }
  });

  void it('show what the stream had read, and tell a place that is not before what they show', async () => {
    await using db = await startTestMariadb();
    await db.query('CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1)');
    const source = await openSource(db);
    const [table] = await source.describe(['t']);
    await using reader = await source.openChunkReader();
    for (let id = 2; id < 30; id++) {
      await db.query('INSERT INTO t VALUES (?)', [id]);
      const seen = await reader.position();
      const request = { table: table!, after: null, where: null, seen, maxRows: 100, maxBytes: 1e6 };
      const chunk = await reader.read(request);
      assert.equal(chunk.count, id);
      assert.equal(source.samePlace(chunk.through, seen), true);
    }
  });

  void it('are asked for with conditions over captured columns only', async () => {
    await using db = await startTestMariadb();
    await db.query('CREATE TABLE t (id INT PRIMARY KEY, v INT, secret INT)');
    const source = await openSource(db);
    const [table] = await source.describe(['t']);
    await source.checkCondition(table!, 'v > 3 AND id IN (1, 2)');
    for (const where of ['secret = 1', 'nothing = 1', 'v >', '(SELECT 1)']) {
      await assert.rejects(source.checkCondition(table!, where), { code: 'CONFIG_INVALID' }, where);
    }
    const sizes = await source.estimateSizes(['t', 'not_there']);
    assert.deepEqual([...sizes.keys()], ['t']);
  });
});
