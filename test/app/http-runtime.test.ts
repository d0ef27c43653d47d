import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { connectHttpRuntime } from '../../app/http-runtime.ts';
import type { RuntimeClient, TableProgress } from '../../app/runtime.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

interface Peer extends AsyncDisposable {
  readonly client: RuntimeClient;
}

/** A server that answers as told, and a client of it. */
async function startPeer(answer: Answer, token: string | null = null): Promise<Peer> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => answer(request, response, body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const client = connectHttpRuntime({ baseUrl: `http://127.0.0.1:${port}`, token });
  return { client, [Symbol.asyncDispose]: stop };
}

const EVERYTHING = { tables: ['*'], excludeTables: [] };
const never = new AbortController().signal;

void describe('a pipeline in another process', () => {
  void it('is asked with the token and the tables, and reports its progress on the way to its report', async () => {
    const seen: string[] = [];
    await using peer = await startPeer((request, response, body) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`);
      response.write('{"progress":{"table":"llx_ticket","rowsDone":5,"rowsTotal":null,"done":false}}\n{"pro');
      response.end(
        'gress":{"table":"llx_ticket","rowsDone":9,"rowsTotal":9,"done":true}}\n{"report":{"rows":9}}\n',
      );
    }, 'a-long-enough-token');
    const progress: TableProgress[] = [];
    const report = await peer.client.backfill(EVERYTHING, (step) => progress.push(step), never);
    assert.deepEqual(report, { rows: 9 });
    assert.deepEqual(
      progress.map((step) => step.rowsDone),
      [5, 9],
    );
    assert.deepEqual(seen, [
      'POST /api/backfill Bearer a-long-enough-token {"tables":["*"],"excludeTables":[]}',
    ]);
  });

  void it('passes its failure on, with code and fix', async () => {
    await using peer = await startPeer((_request, response) => {
      response.end('{"error":{"code":"SOURCE_UNREACHABLE","message":"down","fix":"start it"}}\n');
    });
    await assert.rejects(
      peer.client.verify(EVERYTHING, () => undefined, never),
      { code: 'SOURCE_UNREACHABLE', message: 'down', fix: 'start it', exitCode: 3 },
    );
  });

  void it('that refuses us says why', async () => {
    await using peer = await startPeer((_request, response) => {
      response.writeHead(401).end('{"error":{"code":"ACCESS_DENIED","message":"This needs a token"}}');
    });
    await assert.rejects(peer.client.status(), { code: 'ACCESS_DENIED', message: 'This needs a token' });
  });

  void it('that dies in the middle is not taken for one that is done', async () => {
    await using peer = await startPeer((_request, response) => {
      response.write('{"progress":{"table":"a","rowsDone":1,"rowsTotal":null,"done":false}}\n', () =>
        response.destroy(),
      );
    });
    await assert.rejects(
      peer.client.verify(EVERYTHING, () => undefined, never),
      { code: 'NOT_RUNNING' },
    );
  });

  void it('that is gone is said to be gone', async () => {
    const peer = await startPeer(() => undefined);
    await peer[Symbol.asyncDispose]();
    await assert.rejects(peer.client.status(), { code: 'NOT_RUNNING', retryable: true });
  });

  void it('that is no dolistream at all is found out', async () => {
    await using peer = await startPeer((_request, response) => response.end('<html>hello</html>'));
    await assert.rejects(peer.client.status(), { code: 'NOT_RUNNING', message: /not dolistream.*<html>/ });
  });

  void it('streams the answer of a query, and its error as ClickHouse words it', async () => {
    await using peer = await startPeer((request, response, body) => {
      if (body === 'SELECT 1') response.end(`1 as ${request.url}`);
      else response.writeHead(404).end('Code: 60. DB::Exception: Unknown table\n');
    });
    const chunks: string[] = [];
    for await (const chunk of await peer.client.query('SELECT 1', 'CSV', never)) chunks.push(String(chunk));
    assert.equal(chunks.join(''), '1 as /?default_format=CSV');
    await assert.rejects(peer.client.query('SELECT x', 'CSV', never), {
      code: 'WAREHOUSE_QUERY',
      message: 'Code: 60. DB::Exception: Unknown table',
    });
  });

  void it('is stopped by the signal of the one who asked', async () => {
    const abort = new AbortController();
    await using peer = await startPeer(() => abort.abort());
    await assert.rejects(
      peer.client.verify(EVERYTHING, () => undefined, abort.signal),
      { name: 'AbortError' },
    );
  });
});
