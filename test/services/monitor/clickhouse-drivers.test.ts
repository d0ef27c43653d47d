/** Clients that others wrote, with their defaults, against the endpoint as they find it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { askWithGo, askWithJava, askWithPython, type Endpoints } from '../../support/clickhouse-clients.ts';
import { Engine, Listening, TOKEN } from './monitor-bench.ts';

const run = promisify(execFile);
const limits = { maxResultBytes: 64 * 1024 * 1024, maxSeconds: 20, maxMemoryBytes: 200 * 1024 * 1024 };

const TYPES = `CREATE TABLE mirror.types ENGINE = MergeTree ORDER BY id AS SELECT toInt32(number) AS id,
  toUInt64(18446744073709551615 - number) AS u64, toInt64(-9223372036854775808) AS i64, toDecimal64(1234.5678, 4) AS d64,
  toDecimal128('12345678901234567890.123456789', 9) AS d128, toFloat64(1.5) AS f64, toDate('2026-03-29') AS day,
  toDate32('1925-01-01') AS day32, toDateTime('2026-03-29 01:30:00', 'UTC') AS moment,
  toDateTime64('2026-03-29 12:30:00.123456', 6, 'Europe/Paris') AS moment64, 'l''été'::Nullable(String) AS text,
  NULL::Nullable(Decimal(10, 2)) AS nothing, toLowCardinality('few') AS few, [1, 2]::Array(Int32) AS list,
  toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0') AS uuid, CAST('b', 'Enum8(''a'' = 1, ''b'' = 2)') AS choice,
  map('k', 1)::Map(String, Int32) AS pairs, true AS yes, toIPv4('127.0.0.1') AS address,
  toInt128('170141183460469231731687303715884105727') AS i128 FROM numbers(3)`;

const engine = await Engine.open();
await engine.warehouse.command(TYPES);
const open = await Listening.start(engine.warehouse, { limits });
const guarded = await Listening.start(engine.warehouse, { limits, token: TOKEN });
after(async () => {
  await open[Symbol.asyncDispose]();
  await guarded[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
});

const hostOf = (server: Listening): string => new URL(server.url).host;
const endpoints = (): Endpoints => ({ open: hostOf(open), guarded: hostOf(guarded), token: TOKEN });

/** What every client is to be told. */
const REFUSALS = { nowhere: 60, file: 497, url: 497, escape: 164, password: 516 };

/** Values as the client writes them, of types that all of them write alike. */
function checkTypes(types: Record<string, readonly string[]>): void {
  const alike: Readonly<Record<string, readonly [type: string, value: string]>> = {
    id: ['Int32', '0'],
    u64: ['UInt64', '18446744073709551615'],
    i64: ['Int64', '-9223372036854775808'],
    d64: ['Decimal(18, 4)', '1234.5678'],
    d128: ['Decimal(38, 9)', '12345678901234567890.123456789'],
    f64: ['Float64', '1.5'],
    text: ['Nullable(String)', "l'été"],
    few: ['LowCardinality(String)', 'few'],
    uuid: ['UUID', '61f0c404-5cb3-11e7-907b-a6006ad3dba0'],
    choice: ["Enum8('a' = 1, 'b' = 2)", 'b'],
    i128: ['Int128', '170141183460469231731687303715884105727'],
  };
  for (const [name, expected] of Object.entries(alike)) {
    assert.deepEqual(types[name]!.slice(0, 2), expected, name);
  }
  assert.equal(types['nothing']![0], 'Nullable(Decimal(10, 2))');
  assert.match(types['nothing']![1]!, /^(None|null|<nil>)$/);
  assert.equal(types['moment64']![0], "DateTime64(6, 'Europe/Paris')");
  assert.match(types['moment64']![1]!, /^2026-03-29 12:30:00\.123456/);
  assert.match(types['day32']![1]!, /^1925-01-01/);
}

void test('clickhouse-connect for Python', async () => {
  const { types, ...found } = (await askWithPython(endpoints())) as Record<string, never>;
  checkTypes(types!);
  assert.match(found['version']!, /^\d+\.\d+\.\d+\.\d+$/);
  assert.deepEqual(
    { ...found, version: '' },
    {
      version: '',
      ping: true,
      parameters: [3, "l'été\n\\", ['q']],
      streamed: [200_000, 19_999_900_000],
      compressed: { lz4: 50_000, zstd: 50_000, gzip: 50_000 },
      read: ['100000', '1'],
      session: [3, 'mirror', 2],
      setting: 2,
      tables: ['ticket', 'types'].join('\n'),
      guarded: 1,
      refusals: {
        ...REFUSALS,
        ...{ syntax: 62, insert: 164, drop: 164, system: 164, s3: 497, remote: 497, executable: 497 },
        ...{ rows: 396, bytes: 396, time: 159, memory: 241, midway: 395, killed: 394 },
      },
    },
  );
});

void test('clickhouse-go, which Grafana uses', async () => {
  const { types, ...found } = (await askWithGo(endpoints())) as Record<string, never>;
  checkTypes(types!);
  assert.match(found['version']!, /^\d+\.\d+\.\d+$/);
  assert.deepEqual(
    { ...found, version: '' },
    {
      version: '',
      compressed: { lz4: 200_000, zstd: 200_000, gzip: 200_000, deflate: 200_000, br: 200_000 },
      parameters: [3, "l'été"],
      guarded: true,
      gone: true,
      functions: true,
      refusals: {
        ...REFUSALS,
        ...{ insert: 164, drop: 164, system: 164, rows: 396, midway: 395, 'midway packed': 395 },
      },
    },
  );
});

void test('the JDBC driver, which Metabase and DBeaver use, and the Java client', async () => {
  const { types, product, schemas, ...found } = (await askWithJava(endpoints())) as Record<string, never>;
  checkTypes(types!);
  assert.match(product!, /^ClickHouse \d+\.\d+\.\d+\.\d+$/);
  for (const name of ['mirror', 'firm', 'system']) assert.ok((schemas! as string[]).includes(name), name);
  assert.deepEqual(found, {
    valid: true,
    tables: ['ticket', 'types'],
    columns: ['rowid', 'ref', '_seq', '_deleted'],
    keys: ['rowid'],
    typeNames: true,
    functions: true,
    streamed: 200_000,
    parameters: ["l'été \\ \n"],
    empty: 0,
    guarded: 1,
    ping: true,
    read: [100_000, 1],
    killed: 394,
    refusals: {
      ...REFUSALS,
      ...{ syntax: 62, memory: 241, time: 159, INSERT: 164, DROP: 164, SYSTEM: 164, SET: 164 },
      // The driver knows no error after the first bytes: it fails over what is no block.
      midway: 'SQLException ClientException ClientException',
    },
  });
});

void test('curl', async () => {
  const curl = async (...args: string[]): Promise<string> =>
    (await run('curl', ['--silent', '--max-time', '60', ...args])).stdout;
  const secret = ['--user', `default:${TOKEN}`, `${guarded.url}/`];
  assert.equal(await curl(...secret, '--data-binary', 'SELECT count() FROM mirror.ticket'), '2\n');
  assert.equal(await curl(...secret.slice(0, 2), `${guarded.url}/?query=SELECT%201`), '1\n');
  assert.match(await curl(`${guarded.url}/?query=SELECT%201&user=default&password=no`), /^Code: 516\./);
  const packed = ['--compressed', `${open.url}/?enable_http_compression=1`, '--data-binary', 'SELECT 42'];
  assert.equal(await curl(...packed), '42\n');
  assert.match(await curl(...packed, '--dump-header', '-'), /content-encoding: (gzip|br|deflate)/i);
  const form = [`${open.url}/`, '--form', 'query=SELECT {n:Int32} + 1', '--form', 'param_n=41'];
  assert.equal(await curl(...form), '42\n');
});
