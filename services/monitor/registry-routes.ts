/**
 * The schema registry of this pipeline over Confluent's REST routes, below `/registry`, so that any Avro consumer can
 * read the topics. Schemas are written by capture; writing from outside is refused unless the registry is declared
 * writable.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { checkAccess, type Tokens } from './access.ts';
import { type RegistryDeps, RegistryEndpoint } from './registry-endpoint.ts';
import { RegistryError, registryErrorAnswer } from './registry-error.ts';
import { changerOf } from './route-guard.ts';

export const REGISTRY_PREFIX = '/registry';

const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';

type Answer = (request: FastifyRequest) => unknown;

/** As bytes: to a text fastify would add a charset, which Confluent's registry does not say. */
const send = (reply: FastifyReply, value: unknown): FastifyReply =>
  reply.type(CONTENT_TYPE).send(Buffer.from(JSON.stringify(value)));

const answer =
  (work: Answer) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    send(reply, await work(request));

const refuseDelete = answer(() => {
  throw new RegistryError('not-permitted', 'Nothing is deleted: records name their schemas for ever.');
});

const refusePath = answer(() => {
  throw new RegistryError('path-unknown', 'HTTP 404 Not Found');
});

function requireAccess(request: FastifyRequest, tokens: Tokens): void {
  if (checkAccess(changerOf(request), tokens) === 'granted') return;
  throw new RegistryError('token-needed', 'Give the token as password (Basic) or as Bearer.');
}

function addReadingRoutes(routes: FastifyInstance, endpoint: RegistryEndpoint): void {
  const get = (path: string, work: Answer): void => void routes.get(path, answer(work));
  const post = (path: string, work: Answer): void => void routes.post(path, answer(work));
  get('/', () => ({}));
  get('/subjects', (request) => endpoint.subjects(request));
  get('/subjects/:subject/versions', (request) => endpoint.versions(request));
  get('/subjects/:subject/versions/:version', (request) => endpoint.version(request));
  get('/subjects/:subject/versions/:version/schema', async (request) =>
    JSON.parse((await endpoint.version(request)).schema),
  );
  get('/schemas/types', () => ['AVRO']);
  get('/schemas/ids/:id', async (request) => ({ schema: await endpoint.schema(request) }));
  get('/schemas/ids/:id/schema', async (request) => JSON.parse(await endpoint.schema(request)));
  get('/schemas/ids/:id/versions', (request) => endpoint.uses(request));
  get('/schemas/ids/:id/subjects', async (request) => [
    ...new Set((await endpoint.uses(request)).map(({ subject }) => subject)),
  ]);
  for (const path of ['/config', '/config/:subject']) get(path, (request) => endpoint.level(request));
  for (const path of ['/mode', '/mode/:subject']) get(path, () => endpoint.mode());
  post('/subjects/:subject', (request) => endpoint.lookUp(request));
  for (const path of ['versions', 'versions/:version']) {
    post(`/compatibility/subjects/:subject/${path}`, (request) => endpoint.compatibility(request));
  }
}

function addWritingRoutes(routes: FastifyInstance, endpoint: RegistryEndpoint): void {
  routes.post(
    '/subjects/:subject/versions',
    answer((request) => endpoint.register(request)),
  );
  for (const path of ['/config', '/config/:subject']) {
    routes.put(
      path,
      answer((request) => endpoint.setLevel(request)),
    );
    routes.delete(path, refuseDelete);
  }
  routes.delete('/subjects/:subject', refuseDelete);
  routes.delete('/subjects/:subject/versions/:version', refuseDelete);
}

/** Adds the routes below REGISTRY_PREFIX. Who may read the other routes of the port may read these. */
export function addRegistryRoutes(app: FastifyInstance, deps: RegistryDeps, tokens: Tokens): void {
  const endpoint = new RegistryEndpoint(deps);
  void app.register(
    (routes, _options, done) => {
      routes.addHook('onRequest', async (request) => requireAccess(request, tokens));
      routes.setErrorHandler((error, _request, reply) => {
        const { status, body } = registryErrorAnswer(error);
        if (status === 401) reply.header('WWW-Authenticate', 'Basic realm="dolistream"');
        return send(reply.code(status), body);
      });
      routes.setNotFoundHandler(refusePath);
      addReadingRoutes(routes, endpoint);
      addWritingRoutes(routes, endpoint);
      done();
    },
    { prefix: REGISTRY_PREFIX },
  );
}
