import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { HARMLESS_TABLE_FUNCTIONS, forbiddenNames } from '../../../services/monitor/forbidden-functions.ts';
import { Engine, Listening } from './monitor-bench.ts';

const engine = await Engine.open();
const server = await Listening.start(engine.warehouse, { limits: { maxResultRows: 500_000, maxSeconds: 5 } });
after(async () => {
  await server[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
});

void test('a query comes in the URL, in the body, or in both', async () => {
  assert.equal(await (await server.ask(null, { query: 'SELECT 1' })).text(), '1\n');
  assert.equal(await server.text('SELECT 2'), '2\n');
  assert.equal(await server.text('+ 1 FORMAT CSV', { query: 'SELECT 2' }), '3\n');
});

void test('without a query the server says that it is there', async () => {
  assert.equal(await (await fetch(`${server.url}/`)).text(), 'Ok.\n');
  assert.equal(await (await fetch(`${server.url}/ping`)).text(), 'Ok.\n');
  assert.equal(await (await fetch(`${server.url}/replicas_status`)).text(), 'Ok.\n');
  const head = await fetch(`${server.url}/?query=SELECT+nonsense`, { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal((await fetch(`${server.url}/`, { method: 'OPTIONS' })).status, 204);
});

void test('mirror tables show the current rows', async () => {
  const current = 'SELECT rowid, ref FROM mirror.ticket ORDER BY rowid';
  assert.equal(await server.text(current), '1\tTS-1\n2\tTS-2\n');
  assert.equal(await server.text('SELECT count() FROM mirror.ticket SETTINGS final = 0'), '5\n');
});

void test('the format comes from the statement, a header or a parameter', async () => {
  const csv = await server.ask('SELECT 1 AS a, 2 AS b FORMAT CSVWithNames', { default_format: 'JSON' });
  assert.equal(await csv.text(), '"a","b"\n1,2\n');
  assert.equal(csv.headers.get('content-type'), 'text/csv; charset=UTF-8; header=present');
  assert.equal(csv.headers.get('x-clickhouse-format'), 'CSVWithNames');
  const json = await server.ask('SELECT 1 AS a', { default_format: 'JSONEachRow' });
  assert.equal(await json.text(), '{"a":1}\n');
  const binary = await server.ask(
    'SELECT toUInt8(7)',
    {},
    { headers: { 'X-ClickHouse-Format': 'RowBinary' } },
  );
  assert.deepEqual(new Uint8Array(await binary.arrayBuffer()), Uint8Array.of(7));
});

void test('answers carry the headers that clients read', async () => {
  const { headers } = await server.ask('SELECT 1', { query_id: 'my-query-7' });
  assert.equal(headers.get('x-clickhouse-query-id'), 'my-query-7');
  assert.equal(headers.get('x-clickhouse-format'), 'TabSeparated');
  assert.ok(headers.get('x-clickhouse-timezone'));
  const summary = JSON.parse(headers.get('x-clickhouse-summary')!) as Record<string, string>;
  assert.equal(summary['result_bytes'], '2');
  assert.ok(Number(summary['elapsed_ns']) > 0);
  assert.ok(Object.values(summary).every((value) => typeof value === 'string'));
});

void test('parameters fill placeholders, escapes and NULL included', async () => {
  const answer = await server.text(
    'SELECT {n:Int32} + 1, {s:String}, {a:Array(Int32)}, {d:Nullable(String)} IS NULL',
    {
      param_n: '41',
      param_s: "a\\tb'\\\\c",
      param_a: '[1,2]',
      param_d: '\\N',
    },
  );
  assert.equal(answer, "42\ta\\tb\\'\\\\c\t[1,2]\t1\n");
  assert.equal(
    await server
      .text('SELECT count() FROM {t:Identifier}', { param_t: 'mirror.ticket', database: 'mirror' })
      .then((text) => text.startsWith('Code: 60')),
    true,
  );
});

void test('names without a database are looked up in the one that was asked for', async () => {
  assert.equal(await server.text('SELECT count() FROM ticket', { database: 'mirror' }), '2\n');
  const byHeader = await server.ask(
    'SELECT count() FROM ticket',
    {},
    { headers: { 'X-ClickHouse-Database': 'mirror' } },
  );
  assert.equal(await byHeader.text(), '2\n');
  assert.equal(await server.text('SELECT currentDatabase()', { database: 'default' }), 'default\n');
  const missing = await server.ask('SELECT 1', { database: 'nowhere' });
  assert.deepEqual([missing.status, missing.headers.get('x-clickhouse-exception-code')], [404, '81']);
});

void test('SHOW, DESCRIBE, EXISTS and EXPLAIN answer', async () => {
  assert.match(await server.text('SHOW DATABASES'), /mirror/);
  assert.equal(await server.text('SHOW TABLES FROM mirror'), 'ticket\n');
  assert.match(await server.text('DESCRIBE TABLE mirror.ticket FORMAT CSV'), /"rowid","Int32"/);
  assert.equal(await server.text('EXISTS mirror.ticket'), '1\n');
  assert.match(await server.text('EXPLAIN SELECT 1'), /\w/);
  assert.match(await server.text('SHOW CREATE TABLE mirror.ticket'), /ReplacingMergeTree/);
});

void test('errors have the number, the text and the status of the engine', async () => {
  const cases: [string, number, string, RegExp][] = [
    [
      'SELECT * FROM nowhere',
      404,
      '60',
      /^Code: 60\. DB::Exception: .*nowhere.*\(UNKNOWN_TABLE\) \(version [\d.]+ \(dolistream\)\)\n$/s,
    ],
    ['SELECT x', 404, '47', /\(UNKNOWN_IDENTIFIER\)/],
    ['SELEC 1', 500, '164', /\(READONLY\)/],
    ['SELECT FROM WHERE', 400, '62', /^Code: 62\. DB::Exception: .*\(SYNTAX_ERROR\)/s],
    ['SELECT nofunction(1)', 404, '46', /\(UNKNOWN_FUNCTION\)/],
    ['SELECT 1 FORMAT Nonsense', 404, '73', /\(UNKNOWN_FORMAT\)/],
    ["SELECT toInt32('x')", 400, '6', /\(CANNOT_PARSE_TEXT\)/],
    ['INSERT INTO mirror.ticket VALUES (9, 1, 1, 0)', 500, '164', /\(READONLY\)/],
    ["SELECT file('/etc/passwd')", 403, '497', /\(ACCESS_DENIED\)/],
    ['SELECT 1; SELECT 2', 400, '62', /only one statement/],
    ['SELECT {x:Int8}', 400, '456', /\(UNKNOWN_QUERY_PARAMETER\)/],
    ['', 400, '62', /empty/],
  ];
  for (const [sql, status, code, text] of cases) {
    const answer = await server.ask(sql);
    assert.deepEqual(
      [sql, answer.status, answer.headers.get('x-clickhouse-exception-code')],
      [sql, status, code],
    );
    assert.match(await answer.text(), text, sql);
  }
});

void test('settings that clients send are taken, bounded, or refused by name', async () => {
  const sent = {
    max_execution_time: '600',
    max_result_rows: '0',
    send_progress_in_http_headers: '1',
    cancel_http_readonly_queries_on_client_close: '1',
    date_time_input_format: 'best_effort',
    session_timezone: 'Europe/Paris',
    max_threads: '64',
    readonly: '2',
    session_id: '11111111-2222-3333-4444-555555555555',
    wait_end_of_query: '1',
    client_protocol_version: '54460',
    stacktrace: '0',
  };
  const names = ['max_execution_time', 'max_result_rows', 'readonly', 'max_threads'];
  const asked = `SELECT ${names.map((name) => `getSetting('${name}')`).join(', ')}, timezone()`;
  assert.equal(await server.text(asked, sent), '5\t500000\t1\t4\tEurope/Paris\n');
  assert.equal(
    await server.text('SELECT number FROM numbers(9) LIMIT 5 SETTINGS limit = 2, offset = 1'),
    '1\n2\n',
  );

  for (const [name, value, status, code] of [
    ['allow_introspection_functions', '1', 404, '115'],
    ['format_schema', '/etc/passwd', 404, '115'],
    ['readonly', '0', 500, '164'],
    ['max_threads', 'many', 400, '36'],
    ['session_timezone', "'; DROP", 400, '36'],
    ['result_overflow_mode', 'any', 400, '36'],
  ] as const) {
    const inUrl = await server.ask('SELECT 1', { [name]: value });
    assert.deepEqual(
      [name, inUrl.status, inUrl.headers.get('x-clickhouse-exception-code')],
      [name, status, code],
    );
    const inSql = await server.ask(`SELECT 1 SETTINGS ${name} = '${value.replaceAll("'", "''")}'`);
    assert.deepEqual(
      [name, inSql.status, inSql.headers.get('x-clickhouse-exception-code')],
      [name, status, code],
    );
  }
});

void test('queries end at their limits of rows and time', async () => {
  const rows = await server.ask('SELECT number FROM numbers(2000)', { max_result_rows: '1000' });
  assert.deepEqual([rows.status, rows.headers.get('x-clickhouse-exception-code')], [500, '396']);
  const time = await server.ask('SELECT count() FROM numbers(1000000000000)', { max_execution_time: '1' });
  assert.deepEqual([time.status, time.headers.get('x-clickhouse-exception-code')], [408, '159']);
});

void test('the engine itself refuses to write under the settings of the endpoint', async () => {
  const settings = { readonly: 1 };
  for (const sql of [
    "SELECT * FROM url('http://127.0.0.1:1/', LineAsString)",
    "SELECT * FROM file('/etc/passwd', LineAsString)",
    'SELECT 1 SETTINGS final = 1',
  ]) {
    await assert.rejects(engine.warehouse.stream(sql, 'TSV', { settings }), /164/, sql);
  }
});

void test('every table function of the engine is either harmless or refused', async () => {
  const rows = await engine.warehouse.rows<{ name: string }>('SELECT name FROM system.table_functions');
  const written = forbiddenNames([]);
  const unknown = rows
    .map(({ name }) => name.toLowerCase())
    .filter((name) => !written.has(name) && !HARMLESS_TABLE_FUNCTIONS.has(name));
  assert.deepEqual(unknown, []);
});

void test('nothing is written outside by what the gate refuses', async () => {
  const target = `${engine.dir}/stolen.csv`;
  const answer = await server.ask(`SELECT 1 INTO OUTFILE '${target}' FORMAT CSV`);
  assert.equal(answer.headers.get('x-clickhouse-exception-code'), '164');
  assert.equal(existsSync(target), false);
});

void test('answers are compressed when the client wants it and asked for it', async () => {
  const answer = await new Promise<{ encoding: string | undefined; body: Buffer }>((resolve, reject) => {
    const query = 'SELECT number FROM numbers(300000)&enable_http_compression=1'.replaceAll(' ', '+');
    request(`${server.url}/?query=${query}`, { headers: { 'accept-encoding': 'br, gzip' } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ encoding: response.headers['content-encoding'], body: Buffer.concat(chunks) }),
      );
    })
      .on('error', reject)
      .end();
  });
  assert.equal(answer.encoding, 'gzip');
  assert.equal(gunzipSync(answer.body).toString().split('\n').length, 300_001);
  const small = await server.ask(
    'SELECT 1',
    { enable_http_compression: '1' },
    { headers: { 'accept-encoding': 'gzip' } },
  );
  assert.equal(small.headers.get('content-encoding'), 'gzip');
  assert.equal(await small.text(), '1\n');
  const plain = await server.ask('SELECT 1', {}, { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(plain.headers.get('content-encoding'), null);
});

void test('an error after the first bytes ends the answer with its text and a cut', async () => {
  const sql = 'SELECT throwIf(number = 400000), number FROM numbers(500000)';
  const { tag, text, complete } = await new Promise<{ tag: string; text: string; complete: boolean }>(
    (resolve, reject) => {
      request(`${server.url}/?query=${encodeURIComponent(sql)}`, (response) => {
        let body = '';
        response.setEncoding('latin1');
        response.on('data', (chunk: string) => (body += chunk));
        response.on('close', () =>
          resolve({
            tag: String(response.headers['x-clickhouse-exception-tag']),
            text: body,
            complete: response.complete,
          }),
        );
        response.on('error', () => undefined);
      })
        .on('error', reject)
        .end();
    },
  );
  assert.match(tag, /^[a-z0-9]{16}$/);
  assert.equal(complete, false);
  const end = new RegExp(
    `\\r\\n__exception__\\r\\n${tag}\\r\\n(Code: 395\\.[^]*)(\\d+) ${tag}\\r\\n__exception__\\r\\n$`,
  );
  assert.match(text, end);
});

void test('a client that goes away frees its place', async () => {
  for (let round = 0; round < 8; round++) {
    const leave = new AbortController();
    const answer = await server.ask(
      "SELECT number, repeat('x', 100) FROM numbers(500000)",
      {},
      { signal: leave.signal },
    );
    assert.equal(answer.status, 200);
    leave.abort();
    await assert.rejects(answer.text());
  }
  assert.equal(await server.text('SELECT 1'), '1\n');
});
