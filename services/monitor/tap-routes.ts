/** GET /api/events: change events as they come, one JSON object per line, until the client goes or the limit is reached. */
import { once } from 'node:events';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { DolistreamError } from '../../core/errors.ts';
import type { Tokens } from './access.ts';
import { errorBody } from './operation-routes.ts';
import { requireRole, whileConnected } from './route-guard.ts';

/** Checks what it was asked for itself: `topic`, `from`, `limit`. */
export type Tap = (
  asked: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<AsyncIterable<object>>;

/** Each holds a place in the log and a connection. */
const MAX_TAPS = 20;
/** An empty line so often tells both ends that the other is there, ms. */
const ALIVE_MS = 15_000;

export function addTapRoutes(app: FastifyInstance, tap: Tap, tokens: Tokens): void {
  let open = 0;
  void app.register((guarded, _options, done) => {
    guarded.addHook('onRequest', async (request) => requireRole(request, tokens));
    guarded.get('/api/events', async (request, reply) => {
      if (open >= MAX_TAPS) {
        throw new DolistreamError('NOT_RUNNING', `${MAX_TAPS} clients follow events already`, {
          fix: 'End one of them, or read the topics.',
          retryable: true,
        });
      }
      open++;
      try {
        const gone = whileConnected(reply);
        await follow(reply, await tap(textsOf(request.query), gone), gone);
      } finally {
        open--;
      }
    });
    done();
  });
}

/** A parameter that is there twice is none. */
const textsOf = (query: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(Object(query) as object).filter(
      (pair): pair is [string, string] => typeof pair[1] === 'string',
    ),
  );

/** What fails on the way is the last line. */
async function follow(reply: FastifyReply, events: AsyncIterable<object>, gone: AbortSignal): Promise<void> {
  reply.hijack();
  const response = reply.raw;
  response.writeHead(200, {
    'Content-Type': 'application/x-ndjson; charset=utf-8',
    'Cache-Control': 'no-store',
    // Proxies must not gather lines.
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
  const alive = setInterval(() => response.write('\n'), ALIVE_MS);
  try {
    for await (const event of events) {
      if (!response.write(`${JSON.stringify(event)}\n`)) await drained(response, gone);
      if (gone.aborted) break;
    }
  } catch (error) {
    if (!gone.aborted) response.write(`${JSON.stringify(errorBody(error))}\n`);
  } finally {
    clearInterval(alive);
    response.end();
  }
}

async function drained(response: FastifyReply['raw'], signal: AbortSignal): Promise<void> {
  await once(response, 'drain', { signal }).catch(() => undefined);
}
