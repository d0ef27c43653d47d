/** The upkeep of the data over HTTP: POST /api/upkeep/<task> with a JSON object, answered by a JSON object. */
import type { FastifyInstance } from 'fastify';
import type { Tokens } from './access.ts';
import { changerOf, readObject, requireAccess, whileConnected } from './route-guard.ts';

/** Takes a request as it was sent and checks it itself. */
export type UpkeepTask = (request: Readonly<Record<string, unknown>>, signal: AbortSignal) => Promise<object>;

const FIX = 'Send an object such as {"days": 30}, or nothing.';

export function addUpkeepRoutes(
  app: FastifyInstance,
  tasks: Readonly<Record<string, UpkeepTask>>,
  tokens: Tokens,
): void {
  void app.register((guarded, _options, done) => {
    guarded.addHook('onRequest', async (request) => requireAccess(changerOf(request), tokens));
    for (const [name, task] of Object.entries(tasks)) {
      guarded.post(`/api/upkeep/${name}`, (request, reply) =>
        task(readObject(request.body, FIX), whileConnected(reply)),
      );
    }
    done();
  });
}
