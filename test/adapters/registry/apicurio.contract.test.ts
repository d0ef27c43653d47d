/** The adapter against a real registry, Apicurio, whose own default is to let every schema in. */
import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { after, afterEach, describe, test } from 'node:test';
import { openRestRegistry, type RestRegistry } from '../../../adapters/registry/open-rest-registry.ts';
import { type AvroSchema, envelopeSchema, tableOfEnvelope } from '../../../core/avro-schema.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import { describeSchemaRegistry } from '../../contracts/schema-registry-contract.ts';
import { Apicurio } from '../../support/apicurio.ts';
import {
  readWithConfluentClient,
  registerSample,
  SAMPLE_DECODED,
  SAMPLE_SUBJECT,
} from './confluent-client.ts';
import { KeepingLogger, silentLogger, StandIn, Wire } from './registry-bench.ts';

const apicurio = await Apicurio.start();
const opened: RestRegistry[] = [];
after(() => apicurio[Symbol.asyncDispose]());

async function open(url = apicurio.url): Promise<RestRegistry> {
  const registry = await openRestRegistry({ url, logger: silentLogger });
  opened.push(registry);
  return registry;
}

async function closeAll(): Promise<void> {
  for (const registry of opened.splice(0)) await registry.close();
}

describeSchemaRegistry('Apicurio', () =>
  Promise.resolve({ open: () => open(), close: closeAll, dispose: () => apicurio.clear() }),
);

const record = (type: unknown, attributes: object = {}): string =>
  JSON.stringify({ type: 'record', name: 'Row', fields: [{ name: 'id', type, ...attributes }] });

async function ask(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${apicurio.url}${path}`, {
    method,
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}

const levelOf = async (subject: string): Promise<unknown> => (await ask('GET', `/config/${subject}`)).body;

const setLevel = (subject: string, compatibility: string): Promise<unknown> =>
  ask('PUT', `/config/${subject}`, { compatibility });

void describe('the rule of a subject in the registry', () => {
  afterEach(async () => {
    await closeAll();
    await apicurio.clear();
  });

  void test('keeps other writers from what consumers could not read', async () => {
    await (await open()).register('t-value', record('long'));
    const foreign = await ask('POST', '/subjects/t-value/versions', { schema: record('string') });
    assert.equal(foreign.status, 409);
  });

  void test('is in force again after an incompatible change that was accepted', async () => {
    const registry = await open();
    await registry.register('t-value', record('long'));
    await registry.register('t-value', record('string'), { acceptIncompatible: true });
    assert.deepEqual(await levelOf('t-value'), { compatibilityLevel: 'BACKWARD' });
    assert.equal((await registry.versions('t-value')).length, 2);
  });

  void test('is put back by the next process when one died while it was off', async () => {
    await (await open()).register('t-value', record('long'));
    await setLevel('t-value', 'NONE');
    await (await open()).register('t-value', record('long'));
    assert.deepEqual(await levelOf('t-value'), { compatibilityLevel: 'BACKWARD' });
  });

  void test('stays as an administrator made it when that is stricter', async () => {
    const registry = await open();
    await registry.register('t-value', record('long'));
    await setLevel('t-value', 'FULL_TRANSITIVE');
    await registry.register('t-value', record('string'), { acceptIncompatible: true });
    assert.deepEqual(await levelOf('t-value'), { compatibilityLevel: 'FULL_TRANSITIVE' });
  });
});

void describe('between us and the registry', () => {
  afterEach(async () => {
    await closeAll();
    await apicurio.clear();
  });

  /** Passes requests on, except where `intercept` answers or breaks off itself: true. */
  function relay(
    intercept: (request: IncomingMessage, response: ServerResponse, isAnswer: boolean) => boolean,
  ): Promise<StandIn> {
    return StandIn.start((request, response) => {
      void (async () => {
        const body = await readText(request);
        if (intercept(request, response, false)) return;
        const answer = await fetch(`${apicurio.origin}${request.url}`, {
          method: request.method!,
          headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
          ...(body === '' ? {} : { body }),
        });
        const text = await answer.text();
        if (intercept(request, response, true)) return;
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type')! }).end(text);
      })();
    });
  }

  void test('an answer that is lost leads to one version all the same', async () => {
    let lost = 0;
    await using server = await relay((request, response, isAnswer) => {
      const loses =
        isAnswer && request.url!.endsWith('/versions') && request.method === 'POST' && lost++ === 0;
      if (loses) response.destroy();
      return loses;
    });
    const registry = await open(apicurio.url.replace(apicurio.origin, server.url));
    const id = await registry.register('t-value', record('long'));
    assert.equal(lost, 2);
    assert.deepEqual(
      (await registry.versions('t-value')).map((version) => version.id),
      [id],
    );
  });

  void test('a rule that could not be put back is an error, and is put back by the next registration', async () => {
    let puts = 0;
    await using server = await relay((request, response, isAnswer) => {
      // The third is that which ends an accepted change, after the first version's and the one that begins it.
      const breaks = !isAnswer && request.method === 'PUT' && ++puts === 3;
      if (breaks) response.writeHead(503).end();
      return breaks;
    });
    const url = apicurio.url.replace(apicurio.origin, server.url);
    const registry = await openRestRegistry({ url, logger: silentLogger, retryForMs: 0 });
    opened.push(registry);
    await registry.register('t-value', record('long'));
    const change = (): Promise<number> =>
      registry.register('t-value', record('string'), { acceptIncompatible: true });
    await assert.rejects(change(), { code: 'REGISTRY_UNREACHABLE', retryable: true });
    assert.deepEqual(await levelOf('t-value'), { compatibilityLevel: 'NONE' });
    await change();
    assert.deepEqual(await levelOf('t-value'), { compatibilityLevel: 'BACKWARD' });
    assert.equal((await registry.versions('t-value')).length, 2);
  });

  void test('processes that register the same at once get the same id, and the rule stands', async () => {
    const processes = await Promise.all([1, 2, 3, 4].map(() => open()));
    for (const round of [1, 2, 3, 4, 5, 6]) {
      const subject = `t${round}-value`;
      for (const type of ['long', 'string']) {
        const options = { acceptIncompatible: true };
        const ids = await Promise.all(
          processes.map((registry) => registry.register(subject, record(type, { round }), options)),
        );
        assert.equal(new Set(ids).size, 1);
      }
      assert.deepEqual(await levelOf(subject), { compatibilityLevel: 'BACKWARD' });
    }
  });
});

void describe('a schema in the registry', () => {
  afterEach(async () => {
    await closeAll();
    await apicurio.clear();
  });

  void test('of a table of Dolibarr tells the table, its key and its column types when it comes back', async () => {
    const table: TableSchema = {
      database: 'dolibarr',
      table: 'llx_société',
      key: ['rowid'],
      columns: [
        { name: 'rowid', type: { kind: 'int', bits: 32, unsigned: false } },
        { name: 'prix d’achat', type: { kind: 'decimal', precision: 24, scale: 8 } },
        { name: 'datec', type: { kind: 'datetime', precision: 0 } },
      ],
    };
    const block = (name: string): AvroSchema => ({
      type: 'record',
      name,
      fields: [{ name: 'id', type: 'long' }],
    });
    const envelope = envelopeSchema('dolibarr', table, {
      source: block('Source'),
      transaction: block('Transaction'),
    });
    const id = await (await open()).register('t-value', JSON.stringify(envelope));
    const text = await (await open()).schemaById(id);
    assert.deepEqual(JSON.parse(text), envelope);
    assert.deepEqual(tableOfEnvelope(text), { ...table, fieldNames: ['rowid', 'prix_d_achat', 'datec'] });
  });

  void test('that differs only in an attribute of ours is another schema', async () => {
    const registry = await open();
    const first = await registry.register('t-value', record('long', { column: 'bigint' }));
    const second = await registry.register('t-value', record('long', { column: 'int' }));
    assert.notEqual(first, second);
    assert.match(await registry.schemaById(first), /bigint/);
  });

  void test('is found under a subject with blanks, slashes and letters beyond ASCII', async () => {
    const registry = await open();
    const subject = 'dolibarr.base à part.llx/x?y#z%-value';
    const id = await registry.register(subject, record('long'));
    assert.deepEqual(
      (await registry.versions(subject)).map((version) => [version.id, version.subject]),
      [[id, subject]],
    );
    assert.deepEqual(await registry.subjects(), [subject]);
  });
});

void describe('a registry that goes away', () => {
  afterEach(async () => {
    await closeAll();
    await apicurio.clear();
  });

  void test('and is there again is waited for, at the start and later', async () => {
    await using wire = await Wire.to(Number(new URL(apicurio.url).port));
    const url = apicurio.url.replace(/:\d+\//, `:${wire.port}/`);
    const atStart = new KeepingLogger();
    const opening = openRestRegistry({ url, logger: atStart });
    await atStart.warned.promise;
    await wire.join();
    await (await opening).close();

    const later = new KeepingLogger();
    const registry = await openRestRegistry({ url, logger: later });
    opened.push(registry);
    const id = await registry.register('t-value', record('long'));
    await wire.cut();
    const [known, added] = [registry.schemaById(id), registry.register('t-value', record('double'))];
    await later.warned.promise;
    await wire.join();
    assert.deepEqual(JSON.parse(await known), JSON.parse(record('long')));
    assert.notEqual(await added, id);
    assert.ok(later.said.some((line) => line.startsWith('the schema registry answers again')));
  });

  void test('is not needed for what is known already', async () => {
    await using wire = await Wire.to(Number(new URL(apicurio.url).port));
    await wire.join();
    const registry = await open(apicurio.url.replace(/:\d+\//, `:${wire.port}/`));
    const id = await registry.register('t-value', record('long'));
    const text = await registry.schemaById(id);
    await wire.cut();
    assert.equal(await registry.register('t-value', record('long')), id);
    assert.equal(await registry.schemaById(id), text);
  });

  void test('ends a call with the signal, not with the end of its patience', async () => {
    await using wire = await Wire.to(1);
    const logger = new KeepingLogger();
    const stop = new AbortController();
    const url = `http://127.0.0.1:${wire.port}`;
    const opening = openRestRegistry({ url, logger, signal: stop.signal, retryForMs: 3_600_000 });
    await logger.warned.promise;
    stop.abort();
    await assert.rejects(opening, { code: 'REGISTRY_UNREACHABLE', retryable: true, message: /stopped/ });
  });
});

void test("Confluent's own client reads what we registered there", async () => {
  const { id, schema, message } = await registerSample(await open());
  const report = await readWithConfluentClient({ url: apicurio.url, subject: SAMPLE_SUBJECT, message });
  await closeAll();
  await apicurio.clear();
  assert.deepEqual(report, {
    subjects: [SAMPLE_SUBJECT],
    versions: [1, 2],
    id,
    version: 2,
    schema,
    lookedUp: id,
    compatible: true,
    level: 'NONE',
    unknownSubject: 40401,
    unknownId: 40403,
    registered: null,
    decoded: SAMPLE_DECODED,
  });
});
