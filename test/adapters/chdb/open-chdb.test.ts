import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import avro from 'avsc';
import { openChdb } from '../../../adapters/chdb/open-chdb.ts';
import { avroContainer } from '../../../core/avro-container.ts';
import { DolistreamError } from '../../../core/errors.ts';
import type { AvroInsert, Warehouse } from '../../../core/ports/warehouse.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

let folder: string;
let warehouse: Warehouse;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dolistream-chdb-'));
  warehouse = await openChdb({ dir: join(folder, 'data') });
  await warehouse.command('CREATE DATABASE t ENGINE = Atomic');
});

after(async () => {
  await warehouse.close();
  await rm(folder, { recursive: true, force: true });
});

const SCHEMA = {
  type: 'record',
  name: 'Row',
  fields: [
    { name: 'a', type: 'int' },
    { name: 'b', type: 'bytes' },
  ],
};
const RowType = avro.Type.forSchema(SCHEMA as Parameters<typeof avro.Type.forSchema>[0]);

function insertOf(
  table: string,
  token: string,
  lists: readonly (readonly { a: number; b: Buffer }[])[],
): AvroInsert {
  return {
    table,
    columns: ['a', 'b'],
    sources: lists.map((rows) => ({
      expressions: ['a', 'b'],
      structure: 'a Int32, b String',
      container: avroContainer(JSON.stringify(SCHEMA), [
        { count: rows.length, data: Buffer.concat(rows.map((row) => RowType.toBuffer(row))) },
      ]),
    })),
    token,
  };
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

const failure = async (work: Promise<unknown>): Promise<DolistreamError> => {
  const error = await work.then(
    () => assert.fail('it should reject'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof DolistreamError);
  return error;
};

void test('big numbers and decimals leave as exact text', async () => {
  const rows = await warehouse.rows(
    "SELECT {big:UInt64} AS big, toDecimal64('1.20', 2) AS price, 7 AS small, {text:String} AS text",
    { params: { big: '18446744073709551615', text: "it's \\ 'quoted'" } },
  );
  assert.deepEqual(rows, [
    { big: '18446744073709551615', price: '1.20', small: 7, text: "it's \\ 'quoted'" },
  ]);
});

void test('bytes of several containers go in once per token', async () => {
  await warehouse.command(
    'CREATE TABLE t.bytes (a Int32, b String) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 10',
  );
  const one = [{ a: 1, b: Buffer.from([0, 10, 13, 39, 255]) }];
  const more = [
    { a: 2, b: Buffer.alloc(0) },
    { a: 3, b: Buffer.alloc(70_000, 7) },
  ];
  const large = insertOf('t.bytes', 'first', [more, one]);
  await warehouse.insertAvro(large);
  await warehouse.insertAvro(large);
  await warehouse.insertAvro(insertOf('t.bytes', 'second', [one]));
  assert.deepEqual(
    await warehouse.rows(
      'SELECT a, count() AS n, hex(substring(any(b), 1, 5)) AS b FROM t.bytes GROUP BY a ORDER BY a',
    ),
    [
      { a: 1, n: '2', b: '000A0D27FF' },
      { a: 2, n: '1', b: '' },
      { a: 3, n: '1', b: '0707070707' },
    ],
  );
});

void test('unreadable records are told from other failures, and nothing of them is inserted', async () => {
  await warehouse.command('CREATE TABLE t.strict (a Int32, b String) ENGINE = MergeTree ORDER BY a');
  const good = insertOf('t.strict', 'x', [[{ a: 1, b: Buffer.from('ok') }]]);
  const [source] = good.sources;
  const broken = { ...source!, container: source!.container.map((piece) => piece.slice(0, -1)) };
  const unreadable = await failure(warehouse.insertAvro({ ...good, sources: [source!, broken] }));
  assert.equal(unreadable.code, 'WAREHOUSE_DATA');
  assert.deepEqual(await warehouse.rows('SELECT * FROM t.strict'), []);
  const noTable = await failure(warehouse.insertAvro({ ...good, table: 't.missing' }));
  assert.equal(noTable.code, 'WAREHOUSE_FAILED');
  assert.equal(noTable.retryable, false);
  assert.match(noTable.message, /^ClickHouse error 60: /);
  const outOfMemory = await failure(
    warehouse.rows('SELECT groupArray(number) FROM numbers(10000000)', {
      settings: { max_memory_usage: 1_000_000 },
    }),
  );
  assert.equal(outOfMemory.retryable, true);
});

void test('settings of one query end with it', async () => {
  const refused = await failure(
    warehouse.command('CREATE TABLE t.no (a Int8) ENGINE = Memory', { settings: { readonly: 1 } }),
  );
  assert.match(refused.message, /error 164/);
  const [limited] = await warehouse.rows("SELECT toString(getSetting('max_result_rows')) AS limit", {
    settings: { max_result_rows: 5, readonly: 1 },
  });
  assert.deepEqual(limited, { limit: '5' });
  for (let again = 0; again < 4; again++) {
    assert.deepEqual(await warehouse.rows("SELECT toString(getSetting('max_result_rows')) AS limit"), [
      { limit: '0' },
    ]);
  }
  await warehouse.command('CREATE TABLE t.yes (a Int8) ENGINE = Memory');
});

void test('an answer is streamed in the format asked for, and a wrong query fails before the first byte', async () => {
  const answer = await warehouse.stream('SELECT number, {x:String} AS x FROM numbers(3)', 'CSV', {
    params: { x: 'y' },
    settings: { readonly: 1 },
  });
  assert.equal(await collect(answer), '0,"y"\n1,"y"\n2,"y"\n');
  assert.equal((await failure(warehouse.stream('SELECT missing', 'CSV'))).code, 'WAREHOUSE_FAILED');
  const broken = await warehouse.stream(
    'SELECT throwIf(number = 400000) FROM numbers(500000) SETTINGS max_threads = 1, max_block_size = 1000',
    'CSV',
  );
  assert.match((await failure(collect(broken))).message, /error 395/);
});

void test('an answer that is left frees its turn', async () => {
  for (let left = 0; left < 8; left++) {
    const answer = await warehouse.stream('SELECT number FROM numbers(1000000)', 'CSV');
    for await (const chunk of answer) {
      assert.ok(chunk.length > 0);
      break;
    }
  }
});

void test('slow queries of users hold up neither inserts nor the product’s own questions', async () => {
  await warehouse.command('CREATE TABLE t.busy (a Int32, b String) ENGINE = MergeTree ORDER BY a');
  const order: string[] = [];
  const slow = [1, 2].map(async () => {
    const answer = await warehouse.stream(
      'SELECT sleepEachRow(0.3) FROM numbers(5) SETTINGS max_block_size = 1',
      'CSV',
    );
    await collect(answer);
    order.push('slow');
  });
  await warehouse.insertAvro(insertOf('t.busy', 'b', [[{ a: 1, b: Buffer.from('x') }]]));
  await warehouse.rows('SELECT * FROM t.busy');
  order.push('loaded');
  await Promise.all(slow);
  assert.deepEqual(order, ['loaded', 'slow', 'slow']);
});

void test('a second process on the same folder is refused with what to do', async () => {
  const script = `
    import { openChdb } from ${JSON.stringify(join(ROOT, 'adapters/chdb/open-chdb.ts'))};
    try { await openChdb({ dir: ${JSON.stringify(join(folder, 'data'))} }); console.log('opened'); }
    catch (error) { console.log(error.code + ' ' + error.fix); }
    process.exit(0);`;
  const path = join(folder, 'second.mts');
  await writeFile(path, script);
  const { stdout } = await run(process.execPath, ['--import', 'tsx', path], { cwd: ROOT });
  assert.match(stdout, /^DATA_DIR_LOCKED Stop the other dolistream process/);
});

void test('a folder that cannot be made is named', async () => {
  await writeFile(join(folder, 'file'), '');
  const error = await failure(openChdb({ dir: join(folder, 'file', 'data') }));
  assert.equal(error.code, 'DATA_DIR_UNUSABLE');
  assert.match(error.message, /file\/data/);
});
