import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { GetObjectCommand, ListMultipartUploadsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { openChdb } from '../../../adapters/chdb/open-chdb.ts';
import { openS3Lake, type S3LakeOptions } from '../../../adapters/lake/open-s3-lake.ts';
import { DolistreamError } from '../../../core/errors.ts';
import type { EventFile } from '../../../core/ports/lake-store.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import { failureOf } from '../../contracts/warehouse-contract.ts';
import { TestTable } from '../../services/lake/envelopes.ts';
import { makeCertificate } from '../../support/self-signed.ts';
import { clientOf, LISTED_AT_ONCE, S3Server } from '../../support/s3-server.ts';

const table = new TestTable('llx_files', { rowid: 'int', content: 'longblob' });
const COMMIT = Date.UTC(2024, 1, 29);

/** Random bytes stay as large in Parquet as they are. */
function fileOf(path: string, firstOffset: number, contents: readonly Buffer[]): EventFile {
  const { count, values } = table.batch(
    3,
    contents.map((content, index) => ({
      op: 'c' as const,
      after: { rowid: firstOffset + index, content },
      commitMs: COMMIT,
      seq: firstOffset + index + 1,
    })),
  );
  return { path, schemaId: 3, schema: table.schema, firstOffset, blocks: [{ count, data: values }] };
}

const sumOf = (contents: readonly Buffer[]): string =>
  createHash('md5').update(Buffer.concat(contents)).digest('hex').toUpperCase();

/** Stands before the server and refuses what `isRefused` says, as an overloaded one does. */
async function startProxy(
  endpoint: string,
  isRefused: (request: IncomingMessage) => boolean,
  tls?: { readonly cert: string; readonly key: string },
) {
  const target = new URL(endpoint);
  const pass = (from: IncomingMessage, to: ServerResponse): void => {
    if (isRefused(from)) {
      from.resume().on('end', () => to.writeHead(503).end());
      return;
    }
    const { method, url, headers } = from;
    const onward = request(
      { host: target.hostname, port: target.port, method, path: url, headers },
      (answer) => {
        to.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(to);
      },
    );
    from.pipe(onward);
  };
  const proxy = tls ? createTlsServer(tls, pass) : createServer(pass);
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const close = (): void => {
    proxy.closeAllConnections();
    proxy.close();
  };
  const { port } = proxy.address() as AddressInfo;
  return { endpoint: `http${tls ? 's' : ''}://localhost:${port}`, [Symbol.dispose]: close };
}

void describe('the lake in a bucket', () => {
  let dir: string;
  let server: S3Server;
  let engine: Warehouse;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dolistream-s3-'));
    server = await S3Server.start();
    engine = await openChdb({ dir: join(dir, 'engine') });
  });

  after(async () => {
    await engine.close();
    await server.end();
    await rm(dir, { recursive: true });
  });

  let lastWork = 0;
  const optionsWith = (changes: Partial<S3LakeOptions>): S3LakeOptions => {
    lastWork += 1;
    return { ...server.address, prefix: '', workDir: join(dir, `work-${lastWork}`), engine, ...changes };
  };

  const openingFails = (changes: Partial<S3LakeOptions>) => failureOf(openS3Lake(optionsWith(changes)));

  void test('a wrong key and a wrong secret are refused, and no secret is repeated', async () => {
    for (const changes of [{ secretAccessKey: 'not/the+one' }, { accessKeyId: 'AKIANOBODY' }]) {
      const error = await openingFails(changes);
      assert.deepEqual([error.code, error.retryable], ['LAKE_AUTH', false], error.message);
      const text = `${error.message} ${error.fix}`;
      assert.ok(!text.includes('not/the+one') && !text.includes(server.address.secretAccessKey));
    }
  });

  void test('a bucket that is not there is named', async () => {
    const error = await openingFails({ bucket: 'no-such-bucket' });
    assert.deepEqual([error.code, error.retryable], ['LAKE_BUCKET_MISSING', false]);
    assert.match(error.message, /no-such-bucket/);
  });

  void test('a server that does not answer may come back', async () => {
    const error = await openingFails({ endpoint: 'http://127.0.0.1:9' });
    assert.deepEqual([error.code, error.retryable], ['LAKE_UNREACHABLE', true]);
    assert.match(error.message, /127\.0\.0\.1:9/);
  });

  void test('an address or a key that cannot be is refused before anything is asked', async () => {
    for (const endpoint of ['s3cret', 'ftp://s3cret', 'http://me:s3cret@127.0.0.1:9']) {
      const error = await openingFails({ endpoint });
      assert.equal(error.code, 'CONFIG_INVALID', endpoint);
      assert.doesNotMatch(error.message, /s3cret/);
    }
    const { region, bucket, accessKeyId } = server.address;
    const half = { region, bucket, accessKeyId, prefix: '', workDir: join(dir, 'half'), engine };
    assert.equal((await failureOf(openS3Lake(half))).code, 'CONFIG_INVALID');
  });

  void test('over TLS a server is believed by its authority only', async () => {
    const certificate = await makeCertificate();
    using proxy = await startProxy(server.address.endpoint, () => false, certificate);
    const error = await openingFails({ endpoint: proxy.endpoint });
    assert.deepEqual([error.code, error.retryable], ['LAKE_UNREACHABLE', false], error.message);
    const store = await openS3Lake(optionsWith({ endpoint: proxy.endpoint, ca: certificate.cert }));
    assert.deepEqual(await store.list('not-there'), []);
    store.close();
  });

  void test('a large file goes up in parts and is whole, and so is what it is merged into', async () => {
    const store = await openS3Lake(optionsWith({ prefix: 'large' }));
    const client = clientOf(server.address);
    const contents = Array.from({ length: 5 }, () => randomBytes(4_000_000));
    await store.write(fileOf('f/date=2024-02-29/0-4.parquet', 0, contents));
    await store.write(fileOf('f/date=2024-02-29/5-5.parquet', 5, [Buffer.from('end')]));
    const merged = await store.merge(
      ['f/date=2024-02-29/0-4.parquet', 'f/date=2024-02-29/5-5.parquet'],
      'f/date=2024-02-29/0-5.parquet',
    );
    const expected = [sumOf(contents), sumOf([...contents, Buffer.from('end')])];
    for (const [index, name] of ['0-4', '0-5'].entries()) {
      const { Body } = await client.send(
        new GetObjectCommand({ Bucket: 'lake', Key: `large/f/date=2024-02-29/${name}.parquet` }),
      );
      const file = join(dir, 'large.parquet');
      await writeFile(file, await Body!.transformToByteArray());
      const [row] = await engine.rows<{ sum: string }>(
        `SELECT hex(MD5(arrayStringConcat(groupArray(content)))) AS sum FROM
         (SELECT assumeNotNull(after.content) AS content FROM file('${file}', Parquet) ORDER BY event_offset)`,
      );
      assert.equal(row!.sum, expected[index], name);
      assert.equal(await store.schemaId(`f/date=2024-02-29/${name}.parquet`), 3);
    }
    assert.ok(merged.bytes > 20_000_000);
    store.close();
    client.destroy();
  });

  void test('an upload that breaks off leaves nothing: no file, no parts, no work', async () => {
    using proxy = await startProxy(server.address.endpoint, ({ url }) => url!.includes('partNumber=2'));
    const options = optionsWith({ endpoint: proxy.endpoint, prefix: 'broken' });
    const store = await openS3Lake(options);
    const contents = Array.from({ length: 5 }, () => randomBytes(4_000_000));
    const error = await failureOf(store.write(fileOf('f/0-4.parquet', 0, contents)));
    assert.deepEqual([error.code, error.retryable], ['LAKE_WRITE_FAILED', true]);
    assert.deepEqual(await store.list(''), []);
    assert.deepEqual(await readdir(join(options.workDir, '.work')), []);
    const client = clientOf(server.address);
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: 'lake' }));
    assert.deepEqual(Uploads ?? [], []);
    client.destroy();
    store.close();
  });

  void test('a server that is overloaded for a moment is asked again', async () => {
    let refusals = 2;
    using proxy = await startProxy(
      server.address.endpoint,
      ({ method }) => method === 'PUT' && refusals-- > 0,
    );
    const store = await openS3Lake(optionsWith({ endpoint: proxy.endpoint, prefix: 'moment' }));
    await store.write(fileOf('f/0-0.parquet', 0, [Buffer.from('x')]));
    assert.equal((await store.list('f')).length, 1);
    store.close();
  });

  void test('more files than one page of a listing holds are all listed and removed', async () => {
    const client = clientOf(server.address);
    const names = Array.from(
      { length: 2 * LISTED_AT_ONCE + 1 },
      (_, index) => `f/${String(index).padStart(5, '0')}.parquet`,
    );
    const left = [...names];
    const putInTurn = async (): Promise<void> => {
      for (let name = left.pop(); name !== undefined; name = left.pop()) {
        await client.send(new PutObjectCommand({ Bucket: 'lake', Key: `many/${name}`, Body: 'x' }));
      }
    };
    await Promise.all(Array.from({ length: 4 }, putInTurn));
    const store = await openS3Lake(optionsWith({ prefix: 'many' }));
    assert.deepEqual(
      (await store.list('')).map((file) => file.path),
      names,
    );
    await store.remove(names);
    assert.deepEqual(await store.list(''), []);
    store.close();
    client.destroy();
  });

  void test('a server that is gone later makes writing and asking fail for the time being', async () => {
    const store = await openS3Lake(optionsWith({ prefix: 'gone' }));
    await server.end();
    const write = await failureOf(store.write(fileOf('f/0-0.parquet', 0, [Buffer.from('x')])));
    assert.deepEqual([write.code, write.retryable], ['LAKE_WRITE_FAILED', true]);
    assert.ok(write.cause instanceof DolistreamError && write.cause.code === 'LAKE_UNREACHABLE');
    const list = await failureOf(store.list(''));
    assert.deepEqual([list.code, list.retryable], ['LAKE_UNREACHABLE', true]);
    store.close();
  });
});
