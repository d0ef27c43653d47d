import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { type ClickhouseOptions, openClickhouse } from '../../../adapters/clickhouse/open-clickhouse.ts';
import { collect, failureOf, insertOf } from '../../contracts/warehouse-contract.ts';
import { ClickhouseServer } from '../../support/clickhouse-server.ts';
import { silentLogger } from '../../support/loading.ts';
import { makeCertificate } from '../../support/self-signed.ts';

let server: ClickhouseServer;

before(async () => {
  server = await ClickhouseServer.start();
});

after(async () => {
  await server[Symbol.asyncDispose]();
});

const open = (changes: Partial<ClickhouseOptions> = {}) => {
  const { url, user, password } = server;
  return openClickhouse({ url, user, password, logger: silentLogger, ...changes });
};

void test('a wrong password is told from a server that is away, and is not repeated', async () => {
  const error = await failureOf(open({ password: 'not:th3 one' }));
  assert.deepEqual([error.code, error.retryable], ['WAREHOUSE_AUTH', false]);
  assert.match(error.fix ?? '', /user and the password/);
  assert.doesNotMatch(`${error.message} ${error.fix} ${String(error.cause)}`, /not:th3 one/);
});

void test('a server that does not answer is named and may come back', async () => {
  const error = await failureOf(open({ url: 'http://127.0.0.1:9' }));
  assert.deepEqual([error.code, error.retryable], ['WAREHOUSE_UNREACHABLE', true]);
  assert.match(error.message, /127\.0\.0\.1:9 does not answer: .*ECONNREFUSED/);
  const unknown = await failureOf(open({ url: 'http://no-such-host.invalid:8123' }));
  assert.deepEqual([unknown.code, unknown.retryable], ['WAREHOUSE_UNREACHABLE', true]);
});

void test('a page of a proxy counts as no answer', async () => {
  const proxy = createServer((request, response) => {
    request.resume();
    response.writeHead(502).end('<html>Bad Gateway</html>');
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  try {
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const error = await failureOf(open({ url }));
    assert.deepEqual([error.code, error.retryable], ['WAREHOUSE_UNREACHABLE', true]);
    assert.match(error.message, /Bad Gateway/);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});

void test('a server that says nothing for too long counts as gone', async () => {
  const mute = createServer((request) => request.resume()).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  try {
    const url = `http://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const error = await failureOf(open({ url, silenceMs: 50 }));
    assert.deepEqual([error.code, error.retryable], ['WAREHOUSE_UNREACHABLE', true]);
  } finally {
    mute.closeAllConnections();
    mute.close();
  }
});

void test('an address that cannot be is refused without repeating what may be a password', async () => {
  for (const url of ['http://me:s3cret@localhost:8123', 's3cret', 'tcp://s3cret:9000']) {
    const error = await failureOf(open({ url }));
    assert.equal(error.code, 'CONFIG_INVALID', url);
    assert.doesNotMatch(`${error.message} ${error.fix}`, /s3cret/);
  }
});

void test('an insert that met a dead server counts once when it is repeated', async () => {
  const warehouse = await open();
  await warehouse.command(
    'CREATE TABLE again (a Int32, b String) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 10',
  );
  const first = insertOf('again', 'first', [[{ a: 1, b: Buffer.from('x') }]]);
  const both = insertOf('again', 'both', [[{ a: 2, b: Buffer.from('y') }], [{ a: 3, b: Buffer.from('z') }]]);
  await warehouse.insertAvro(first);
  await warehouse.insertAvro({ ...both, sources: [both.sources[1]!] });
  await server.end('SIGKILL');
  const error = await failureOf(warehouse.insertAvro(both));
  assert.deepEqual([error.code, error.retryable], ['WAREHOUSE_UNREACHABLE', true]);
  await server.begin();
  await warehouse.insertAvro(first);
  await warehouse.insertAvro(both);
  assert.deepEqual(await warehouse.rows('SELECT a, count() AS n FROM again GROUP BY a ORDER BY a'), [
    { a: 1, n: '1' },
    { a: 2, n: '1' },
    { a: 3, n: '1' },
  ]);
  await warehouse.close();
});

void test('an answer whose server dies in its middle is not taken for whole', async () => {
  const warehouse = await open();
  const answer = await warehouse.stream('SELECT number FROM system.numbers', 'CSV');
  const read = async (): Promise<void> => {
    let isKilled = false;
    for await (const chunk of answer) {
      if (isKilled || chunk.length === 0) continue;
      isKilled = true;
      await server.end('SIGKILL');
    }
  };
  const error = await failureOf(read());
  assert.deepEqual([error.code, error.retryable], ['WAREHOUSE_UNREACHABLE', true]);
  await server.begin();
  assert.equal(await collect(await warehouse.stream('SELECT 1', 'CSV')), '1\n');
  await warehouse.close();
});

void test('the rights of the user end a statement with their own code', async () => {
  const warehouse = await open();
  const error = await failureOf(
    warehouse.rows("SELECT throwIf(1, 'Not enough privileges', 497::Int16)", {
      settings: { allow_custom_error_code_in_throwif: 1 },
    }),
  );
  assert.deepEqual([error.code, error.retryable], ['WAREHOUSE_AUTH', false]);
  await warehouse.close();
});

void test('names without a database are looked up in the one that was given', async () => {
  const warehouse = await open();
  await warehouse.command('CREATE DATABASE other');
  const inOther = await open({ database: 'other' });
  assert.deepEqual(await inOther.rows('SELECT currentDatabase() AS name'), [{ name: 'other' }]);
  assert.deepEqual(await inOther.rows('SELECT currentDatabase() AS name', { database: 'system' }), [
    { name: 'system' },
  ]);
  await inOther.close();
  await warehouse.close();
});

void test('over TLS a server is believed by its authority only', async () => {
  const { cert, key } = await makeCertificate();
  await using secure = await ClickhouseServer.start({ tls: { key, cert } });
  const error = await failureOf(open({ url: secure.url }));
  assert.deepEqual([error.code, error.retryable], ['WAREHOUSE_UNREACHABLE', false]);
  assert.match(`${error.message} ${error.fix}`, /certificate .*authority/);
  const warehouse = await open({ url: secure.url, tls: { ca: cert } });
  assert.deepEqual(await warehouse.rows('SELECT 1 AS one'), [{ one: 1 }]);
  await warehouse.close();
  const halfKey = await failureOf(open({ url: secure.url, tls: { ca: cert, cert } }));
  assert.equal(halfKey.code, 'CONFIG_INVALID');
});
