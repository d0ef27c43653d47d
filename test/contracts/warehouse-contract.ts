/** What every implementation of the warehouse port must do. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import avro from 'avsc';
import { avroContainer } from '../../core/avro-container.ts';
import { DolistreamError } from '../../core/errors.ts';
import type { AvroInsert, Warehouse } from '../../core/ports/warehouse.ts';

export interface WarehouseHarness {
  readonly warehouse: Warehouse;
  /** Closes the warehouse and removes its data. */
  dispose(): Promise<void>;
}

const SCHEMA = {
  type: 'record',
  name: 'Row',
  fields: [
    { name: 'a', type: 'int' },
    { name: 'b', type: 'bytes' },
  ],
};
const RowType = avro.Type.forSchema(SCHEMA as Parameters<typeof avro.Type.forSchema>[0]);

interface Row {
  readonly a: number;
  readonly b: Buffer;
}

/** One source per list of rows; its token is that of the insert and its number. */
export function insertOf(
  table: string,
  token: string,
  lists: readonly (readonly Row[])[],
  expressions: readonly string[] = ['a', 'b'],
): AvroInsert {
  return {
    table,
    columns: ['a', 'b'],
    sources: lists.map((rows, index) => ({
      expressions,
      structure: 'a Int32, b String',
      container: avroContainer(JSON.stringify(SCHEMA), [
        { count: rows.length, data: Buffer.concat(rows.map((row) => RowType.toBuffer(row))) },
      ]),
      token: `${token}-${index}`,
    })),
  };
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

export async function failureOf(work: Promise<unknown>): Promise<DolistreamError> {
  const error = await work.then(
    () => assert.fail('it should reject'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof DolistreamError, String(error));
  return error;
}

export function describeWarehouse(name: string, makeHarness: () => Promise<WarehouseHarness>): void {
  void describe(`warehouse: ${name}`, () => {
    let harness: WarehouseHarness;
    let warehouse: Warehouse;

    before(async () => {
      harness = await makeHarness();
      ({ warehouse } = harness);
      await warehouse.command('CREATE DATABASE t ENGINE = Atomic');
    });

    after(async () => {
      await harness.dispose();
    });

    const makeTable = (table: string): Promise<void> =>
      warehouse.command(
        `CREATE TABLE ${table} (a Int32, b String) ENGINE = MergeTree ORDER BY a ` +
          'SETTINGS non_replicated_deduplication_window = 100',
      );

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
      await makeTable('t.bytes');
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

    void test('text rows go in once per token, every byte as it is', async () => {
      await makeTable('t.texts');
      const rows = Buffer.from('1\ta\\tb\\n\\\\;\0\xff\n2\t\\N\n', 'latin1');
      const insert = { database: 't', table: 'texts', columns: ['a', 'b'], rows, token: 'text' };
      await warehouse.insertText(insert);
      await warehouse.insertText(insert);
      assert.deepEqual(await warehouse.rows('SELECT a, hex(b) AS b FROM t.texts ORDER BY a'), [
        { a: 1, b: '6109620A5C3B00FF' },
        { a: 2, b: '' },
      ]);
      const wrong = await failureOf(
        warehouse.insertText({ ...insert, rows: Buffer.from('x\ty\n'), token: 'w' }),
      );
      assert.equal(wrong.code, 'WAREHOUSE_DATA');
    });

    void test('a repeated insert counts once in the views that hang on the table, too', async () => {
      await makeTable('t.viewed');
      await warehouse.command(
        'CREATE MATERIALIZED VIEW t.sums (n UInt64) ENGINE = SummingMergeTree ORDER BY tuple() ' +
          'SETTINGS non_replicated_deduplication_window = 100 AS SELECT count() AS n FROM t.viewed',
      );
      const insert = insertOf('t.viewed', 'v', [
        [{ a: 1, b: Buffer.from('x') }],
        [{ a: 2, b: Buffer.from('y') }],
      ]);
      await warehouse.insertAvro(insert);
      await warehouse.insertAvro(insert);
      assert.deepEqual(await warehouse.rows('SELECT sum(n) AS n FROM t.sums'), [{ n: '2' }]);
    });

    void test('the records of a source keep their order', async () => {
      await makeTable('t.ordered');
      const rows = Array.from({ length: 150_000 }, (_, index) => ({ a: index + 1, b: Buffer.from('b') }));
      const numbered = ['a', 'toString(rowNumberInAllBlocks() + 1)'];
      await warehouse.insertAvro(insertOf('t.ordered', 'o', [rows], numbered));
      assert.deepEqual(
        await warehouse.rows('SELECT count() AS n, countIf(toString(a) = b) AS same FROM t.ordered'),
        [{ n: '150000', same: '150000' }],
      );
    });

    void test('a table of a thousand columns is filled', async () => {
      const names = Array.from(
        { length: 1_000 },
        (_, index) => `options_a_rather_long_name_of_a_field_${index}`,
      );
      const fields = names.map((field) => ({ name: field, type: 'int' }));
      const schema = JSON.stringify({ type: 'record', name: 'Wide', fields });
      const columns = names.map((column) => `\`${column}\``);
      await warehouse.command(
        `CREATE TABLE t.wide (${columns.map((column) => `${column} String`).join(', ')}) ` +
          'ENGINE = MergeTree ORDER BY tuple() SETTINGS min_bytes_for_wide_part = 100000000',
      );
      const source = {
        expressions: columns.map((column) => `concat(toString(${column}), ' is what the source said')`),
        structure: columns.map((column) => `${column} Int32`).join(', '),
        container: avroContainer(schema, [{ count: 1, data: Buffer.alloc(names.length, 14) }]),
        token: 'wide',
      };
      await warehouse.insertAvro({ table: 't.wide', columns, sources: [source] });
      const last = columns.at(-1)!;
      assert.deepEqual(await warehouse.rows(`SELECT ${last} AS value FROM t.wide`), [
        { value: '7 is what the source said' },
      ]);
    });

    void test('unreadable records are told from other failures, and nothing of their source is inserted', async () => {
      await makeTable('t.strict');
      const row = (a: number) => ({ a, b: Buffer.from('ok') });
      const good = insertOf('t.strict', 'x', [[row(1)], [row(2), row(3)]]);
      const [source, other] = good.sources;
      const broken = { ...other!, container: other!.container.map((piece) => piece.slice(0, -1)) };
      const unreadable = await failureOf(warehouse.insertAvro({ ...good, sources: [source!, broken] }));
      assert.equal(unreadable.code, 'WAREHOUSE_DATA');
      assert.deepEqual(await warehouse.rows('SELECT * FROM t.strict WHERE a > 1'), []);
      await warehouse.insertAvro({ ...good, sources: [source!] });
      await warehouse.insertAvro({ ...good, sources: [other!] });
      assert.deepEqual(await warehouse.rows('SELECT a FROM t.strict ORDER BY a'), [
        { a: 1 },
        { a: 2 },
        { a: 3 },
      ]);
      const noTable = await failureOf(warehouse.insertAvro({ ...good, table: 't.missing' }));
      assert.equal(noTable.code, 'WAREHOUSE_FAILED');
      assert.equal(noTable.retryable, false);
      assert.match(noTable.message, /^ClickHouse error 60: /);
    });

    void test('a lack of memory may pass, a wrong statement does not', async () => {
      const outOfMemory = await failureOf(
        warehouse.rows('SELECT groupArray(number) FROM numbers(10000000)', {
          settings: { max_memory_usage: 1_000_000 },
        }),
      );
      assert.equal(outOfMemory.retryable, true);
      const wrong = await failureOf(warehouse.command('DROP TABLE t.never_there'));
      assert.deepEqual([wrong.code, wrong.retryable], ['WAREHOUSE_FAILED', false]);
    });

    void test('settings of one query end with it', async () => {
      const refused = await failureOf(
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

    void test('an answer is streamed in the format asked for, from the database asked for', async () => {
      const answer = await warehouse.stream('SELECT number, {x:String} AS x FROM numbers(3)', 'CSV', {
        params: { x: 'y' },
        settings: { readonly: 1 },
      });
      assert.equal(await collect(answer), '0,"y"\n1,"y"\n2,"y"\n');
      const database = await warehouse.stream('SELECT currentDatabase() AS name', 'JSONEachRow', {
        database: 't',
      });
      assert.equal(await collect(database), '{"name":"t"}\n');
    });

    void test('a wrong query fails before the first byte, a failing one wherever it is', async () => {
      const wrong = await failureOf(warehouse.stream('SELECT missing', 'CSV'));
      assert.equal(wrong.code, 'WAREHOUSE_FAILED');
      assert.match(wrong.message, /Code: 47\. DB::Exception: .*\(UNKNOWN_IDENTIFIER\)/s);
      const broken = await warehouse.stream(
        'SELECT throwIf(number = 400000) FROM numbers(500000) SETTINGS max_threads = 1, max_block_size = 1000',
        'CSV',
      );
      assert.match((await failureOf(collect(broken))).message, /error 395/);
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

    void test('a signal ends a streamed answer', async () => {
      const stop = new AbortController();
      const answer = await warehouse.stream('SELECT number FROM system.numbers', 'CSV', {
        signal: stop.signal,
      });
      const read = async (): Promise<void> => {
        for await (const chunk of answer) if (chunk.length > 0) stop.abort();
      };
      await failureOf(read());
      assert.deepEqual(await warehouse.rows('SELECT 1 AS one'), [{ one: 1 }]);
    });

    void test('slow queries of users hold up neither inserts nor the product’s own questions', async () => {
      await makeTable('t.busy');
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

    void test('once it is closed, nothing runs any more', async () => {
      await warehouse.close();
      await warehouse.close();
      assert.equal((await failureOf(warehouse.rows('SELECT 1'))).code, 'WAREHOUSE_FAILED');
    });
  });
}
