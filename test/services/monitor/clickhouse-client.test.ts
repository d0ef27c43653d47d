import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { Engine, Listening, TOKEN } from './monitor-bench.ts';

const engine = await Engine.open();
const server = await Listening.start(engine.warehouse);
after(async () => {
  await server[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
});

const quiet = { level: ClickHouseLogLevel.OFF };

void test('the official client works as with a server', async () => {
  const client = createClient({ url: server.url, database: 'mirror', log: quiet });
  try {
    assert.equal((await client.ping()).success, true);
    assert.equal((await client.ping({ select: true })).success, true);
    const rows = await client.query({
      query: 'SELECT rowid, ref FROM ticket WHERE rowid = {id:Int32}',
      format: 'JSONEachRow',
      query_params: { id: 1 },
    });
    assert.deepEqual(await rows.json(), [{ rowid: 1, ref: 'TS-1' }]);
    const json = await client.query({ query: 'SELECT ref FROM ticket ORDER BY rowid', format: 'JSON' });
    assert.equal((await json.json<{ ref: string }>()).rows, 2);
    const stream = await client.query({
      query: 'SELECT number FROM system.numbers LIMIT 300000',
      format: 'JSONCompactEachRow',
    });
    let count = 0;
    for await (const batch of stream.stream()) count += batch.length;
    assert.equal(count, 300_000);
    const parquet = await client.exec({ query: 'SELECT 1 AS a FORMAT Parquet' });
    const chunks: Buffer[] = [];
    for await (const chunk of parquet.stream) chunks.push(chunk as Buffer);
    assert.equal(Buffer.concat(chunks).subarray(0, 4).toString(), 'PAR1');
    await assert.rejects(client.query({ query: 'SELECT * FROM nowhere' }), {
      code: '60',
      type: 'UNKNOWN_TABLE',
    });
    await assert.rejects(client.command({ query: 'DROP TABLE ticket' }), { code: '164', type: 'READONLY' });
    await assert.rejects(client.insert({ table: 'ticket', values: [{ rowid: 9 }], format: 'JSONEachRow' }), {
      code: '164',
    });
    const failing = await client.query({
      query: 'SELECT throwIf(number = 400000), number FROM numbers(500000)',
      format: 'JSONEachRow',
    });
    await assert.rejects(async () => {
      for await (const batch of failing.stream()) void batch;
    }, /throwIf/);
  } finally {
    await client.close();
  }
});

void test('the official client works with compression and a token', async () => {
  await using guarded = await Listening.start(engine.warehouse, { token: TOKEN });
  const client = createClient({
    url: guarded.url,
    password: TOKEN,
    compression: { response: true },
    log: quiet,
  });
  const wrong = createClient({ url: guarded.url, password: 'not the token', log: quiet });
  try {
    const rows = await client.query({ query: 'SELECT 1 AS one', format: 'JSONEachRow' });
    assert.deepEqual(await rows.json(), [{ one: 1 }]);
    await assert.rejects(wrong.query({ query: 'SELECT 1' }), { code: '516', type: 'AUTHENTICATION_FAILED' });
  } finally {
    await client.close();
    await wrong.close();
  }
});

void test('a query is read under any content type, and in pieces', async () => {
  for (const type of [
    'application/x-www-form-urlencoded',
    'application/json',
    'application/octet-stream',
    'text/plain',
  ]) {
    const answer = await server.ask('SELECT 1 + 1', {}, { headers: { 'content-type': type } });
    assert.equal(await answer.text(), '2\n', type);
  }
  const pieces = new ReadableStream({
    start(controller) {
      for (const piece of ['SELECT ', '40 ', '+ 2']) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  const init = { method: 'POST', body: pieces, duplex: 'half' } as RequestInit;
  assert.equal(await (await fetch(`${server.url}/`, init)).text(), '42\n');
});

void test('many queries at once all get their answers', async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, async (_, index) =>
      server.text(`SELECT ${index}, sum(number) FROM numbers(100000)`),
    ),
  );
  assert.deepEqual(
    answers,
    answers.map((_, index) => `${index}\t4999950000\n`),
  );
});

void test('an answer of many blocks is one document', async () => {
  const sql = 'SELECT number AS n FROM numbers(30)';
  const ask = (format: string) => server.ask(sql, { max_block_size: '7', default_format: format });
  const numbers = Array.from({ length: 30 }, (_, index) => index);
  const json = (await (await ask('JSON')).json()) as { rows: number; data: { n: string }[] };
  assert.deepEqual([json.rows, json.data.map(({ n }) => Number(n))], [30, numbers]);
  assert.equal(await (await ask('CSVWithNames')).text(), `"n"\n${numbers.map((n) => `${n}\n`).join('')}`);
  assert.equal(await (await ask('TSV')).text(), numbers.map((n) => `${n}\n`).join(''));
  const parquet = Buffer.from(await (await ask('Parquet')).arrayBuffer());
  assert.equal(parquet.toString('latin1').split('PAR1').length, 3);
  const eachRow = await ask('JSONEachRowWithProgress');
  assert.equal((await eachRow.text()).match(/"row":/g)?.length, 30);
});

void test('an answer that is too large is refused before it fills the memory', async () => {
  const answer = await server.ask("SELECT repeat('x', 1000 + number % 2) FROM numbers(2000) FORMAT JSON", {
    max_result_bytes: '1000000',
  });
  assert.equal(answer.headers.get('x-clickhouse-exception-code'), '396');
});
