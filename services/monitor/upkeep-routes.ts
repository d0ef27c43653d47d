/** The upkeep of the data over HTTP: POST /api/upkeep/<task> with a JSON object, answered by a JSON object. */
import type { FastifyInstance } from 'fastify';
import { DolistreamError } from '../../core/errors.ts';
import { checkAccess } from './access.ts';

/** Takes a request as it was sent and checks it itself. */
export type UpkeepTask = (request: Readonly<Record<string, unknown>>, signal: AbortSignal) => Promise<object>;

function readObject(body: unknown): Readonly<Record<string, unknown>> {
  if (body === undefined || body === null || body === '') return {};
  try {
    const value: unknown = JSON.parse(String(body));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Readonly<Record<string, unknown>>;
    }
  } catch {
    // Told below, together with JSON that is no object.
  }
  throw new DolistreamError('CONFIG_INVALID', 'The body is not a JSON object', {
    fix: 'Send an object such as {"days": 30}, or nothing.',
  });
}

export function addUpkeepRoutes(
  app: FastifyInstance,
  tasks: Readonly<Record<string, UpkeepTask>>,
  token: string | null,
): void {
  void app.register((guarded, _options, done) => {
    guarded.addHook('onRequest', async (request) => {
      const { remoteAddress } = request.raw.socket;
      const caller = { remoteAddress, headers: request.headers, query: new URLSearchParams() };
      if (checkAccess(caller, token) === 'granted') return;
      throw new DolistreamError('ACCESS_DENIED', 'This needs a token', {
        fix: 'Send `Authorization: Bearer TOKEN` with the token of DOLISTREAM_HTTP_TOKEN, or ask from this machine.',
      });
    });
    for (const [name, task] of Object.entries(tasks)) {
      guarded.post(`/api/upkeep/${name}`, (request, reply) => {
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        return task(readObject(request.body), gone.signal);
      });
    }
    done();
  });
}
