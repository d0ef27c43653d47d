/**
 * ClickHouse's HTTP interface over an engine in this process, for reading and for writing: what stands in for a
 * ClickHouse server in tests. `clickhouse-server-child.ts <options as JSON>`; says `listening <port>` once it is.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Session } from 'chdb';
import { answerQuery } from '../../adapters/chdb/answer-stream.ts';
import { writeEngineConfig } from '../../adapters/chdb/engine-config.ts';
import { quoteName, quoteText } from '../../core/clickhouse-sql.ts';
import { ClickHouseError, errorAnswer } from '../../services/monitor/clickhouse-error.ts';
import { commonHeaders, sendAnswer } from '../../services/monitor/query-answer.ts';
import { readQueryRequest } from '../../services/monitor/query-request.ts';
import { NOTHING } from '../../services/monitor/query-runner.ts';
import type { ServerOptions } from './clickhouse-server.ts';

const options = JSON.parse(process.argv[2]!) as ServerOptions & { dir: string; port: number };
/** Settings of ours are URLs of up to a megabyte, as ClickHouse takes them. */
const MAX_HEADER_BYTES = 1 << 20;
const VERSION = '26.7.0.0';

mkdirSync(join(options.dir, 'tmp'), { recursive: true });
const engineConfig = await writeEngineConfig(options.dir);
/** Keeps the engine's configuration and data open between requests. */
const anchor = new Session(options.dir, { connectionArgs: [`--config-file=${engineConfig}`] });

function checkLogin(request: IncomingMessage, query: URLSearchParams): void {
  const header = (name: string): string | undefined => request.headers[name] as string | undefined;
  const [, basic = ''] = /^Basic (.+)$/.exec(header('authorization') ?? '') ?? [];
  const [, user, password] = /^([^:]*):([^]*)$/.exec(Buffer.from(basic, 'base64').toString()) ?? [];
  const given = {
    user: user ?? header('x-clickhouse-user') ?? query.get('user') ?? 'default',
    password: password ?? header('x-clickhouse-key') ?? query.get('password') ?? '',
  };
  if (given.user === options.user && given.password === options.password) return;
  const text = `${given.user}: Authentication failed: password is incorrect, or there is no user with such name.`;
  throw new ClickHouseError('AUTHENTICATION_FAILED', text);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}

function splitFormat(sql: string): { readonly text: string; readonly format: string | null } {
  const match = /^([^]*?)\s+FORMAT\s+(\w+)\s*;?\s*$/i.exec(sql);
  return match ? { text: match[1]!, format: match[2]! } : { text: sql, format: null };
}

/**
 * An insert whose rows are the request's body. The engine in the process cannot take binary rows behind a statement,
 * so it parses the statement as it is, then runs it with a file in place of the body.
 */
async function insertBody(session: Session, sql: string, body: Buffer): Promise<void> {
  const path = join(options.dir, 'tmp', `${randomUUID()}.body`);
  await writeFile(path, body);
  try {
    const { text, format } = splitFormat(sql);
    const input = /\bFROM\s+input\(('(?:[^'\\]|\\.)*')\)/.exec(text);
    if (!input || format === null) {
      await session.queryAsync(`${text} FROM INFILE ${quoteText(path)} FORMAT ${format ?? 'Values'}`);
      return;
    }
    await session.queryAsync(sql).catch((error: unknown) => {
      if (!String(error).includes('NO_DATA_TO_INSERT')) throw error;
    });
    await session.queryAsync(
      text.replace(input[0], `FROM file(${quoteText(path)}, ${format}, ${input[1]!})`),
    );
  } finally {
    await rm(path, { force: true });
  }
}

type Asked = ReturnType<typeof readQueryRequest>;

async function openSession(asked: Asked, query: URLSearchParams): Promise<Session> {
  const session = new Session(options.dir);
  // SET takes parameters escaped, as the URL does.
  const params = [...query].filter(([name]) => name.startsWith('param_'));
  const values = [...asked.settings, ...params].map(
    ([name, value]) => `${quoteName(name)} = ${quoteText(value)}`,
  );
  if (asked.database !== null) await session.queryAsync(`USE ${quoteName(asked.database)}`);
  if (values.length > 0) await session.queryAsync(`SET ${values.join(', ')}`);
  return session;
}

async function readWhole(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part);
  return parts;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const query = new URL(request.url!, 'http://server').searchParams;
  const queryId = query.get('query_id') ?? randomUUID();
  const facts = { version: VERSION, timezone: 'UTC' };
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  let session: Session | undefined;
  try {
    const body = await bodyOf(request);
    checkLogin(request, query);
    const inUrl = query.get('query') ?? '';
    const asked = readQueryRequest({
      query,
      headers: request.headers,
      body: { sql: inUrl === '' ? body.toString() : '', fields: [] },
    });
    session = await openSession(asked, query);
    if (inUrl !== '' && /^\s*INSERT\b/i.test(inUrl)) {
      await insertBody(session, inUrl, body);
      response.writeHead(200, commonHeaders({ facts, queryId })).end();
    } else if (/^(?:\s|--.*\n)*(SELECT|WITH|SHOW|DESC|DESCRIBE|EXISTS|EXPLAIN)\b/i.test(asked.sql)) {
      const { text, format } = splitFormat(asked.sql);
      const wanted = { sql: text, format: format ?? asked.format ?? 'TabSeparated', params: undefined };
      const bytes = await answerQuery(session, { ...wanted, signal: gone.signal }, () => undefined);
      const isWhole = query.get('wait_end_of_query') === '1';
      const head = isWhole ? await readWhole(bytes) : [];
      const tail = isWhole ? null : bytes[Symbol.asyncIterator]();
      const context = { ...asked, facts, queryId, startedAt: performance.now() };
      await sendAnswer(
        response,
        { format: wanted.format, head, tail, progress: NOTHING },
        context,
        gone.signal,
      );
    } else {
      await session.queryAsync(asked.sql);
      response.writeHead(200, commonHeaders({ facts, queryId })).end();
    }
  } catch (error) {
    if (response.headersSent) response.destroy();
    else {
      const { status, number, body } = errorAnswer(error, VERSION);
      const headers = { ...commonHeaders({ facts, queryId }), 'X-ClickHouse-Exception-Code': String(number) };
      response.writeHead(status, headers).end(body);
    }
  } finally {
    session?.close();
  }
}

const listen = (request: IncomingMessage, response: ServerResponse): void => {
  if (request.url === '/ping') response.end('Ok.\n');
  else void answer(request, response);
};

const server = options.tls
  ? createTlsServer({ ...options.tls, maxHeaderSize: MAX_HEADER_BYTES }, listen)
  : createServer({ maxHeaderSize: MAX_HEADER_BYTES }, listen);
server.listen(options.port, '127.0.0.1', () => {
  process.stdout.write(`listening ${(server.address() as AddressInfo).port}\n`);
});
process.on('SIGTERM', () => {
  server.closeAllConnections();
  server.close(() => {
    anchor.close();
    process.exit(0);
  });
});
// The test that started this is gone: so is what it is for.
process.stdin.resume().on('end', () => process.exit(0));
