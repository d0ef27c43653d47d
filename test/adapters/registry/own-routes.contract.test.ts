/** Our own routes over the embedded registry, asked by the adapter and by Confluent's client. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { type EmbeddedLog, openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import { checkCompatible, parseSchema } from '../../../adapters/embedded-log/schema-compatibility.ts';
import { openRestRegistry, type RestRegistry } from '../../../adapters/registry/open-rest-registry.ts';
import {
  readWithConfluentClient,
  registerSample,
  SAMPLE_DECODED,
  SAMPLE_SUBJECT,
} from './confluent-client.ts';
import { silentLogger } from './registry-bench.ts';
import { describeSchemaRegistry } from '../../contracts/schema-registry-contract.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';
import { Engine, Listening, TOKEN } from '../../services/monitor/monitor-bench.ts';

const engine = await Engine.open();
after(() => engine[Symbol.asyncDispose]());

/** An embedded registry, served. */
class Served implements AsyncDisposable {
  readonly dir: string;
  log: EmbeddedLog | null = null;
  #listening: Listening | null = null;
  #client: RestRegistry | null = null;

  constructor() {
    this.dir = makeTemporaryFolder().path;
  }

  async open(options: { readonly writable: boolean; readonly token?: string }): Promise<RestRegistry> {
    this.log = await openEmbeddedLog({ dir: this.dir });
    this.#listening = await Listening.start(engine.warehouse, {
      registry: { registry: this.log.registry, writable: options.writable, parseSchema, checkCompatible },
      token: options.token ?? null,
    });
    this.#client = await openRestRegistry({ url: this.url, logger: silentLogger });
    return this.#client;
  }

  get url(): string {
    return `${this.#listening!.url}/registry`;
  }

  async close(): Promise<void> {
    await this.#client?.close();
    await this.#listening?.[Symbol.asyncDispose]();
    await this.log?.close();
    this.#listening = this.log = this.#client = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    await rm(this.dir, { recursive: true, force: true });
  }
}

describeSchemaRegistry('our own routes, declared writable', () => {
  const served = new Served();
  return Promise.resolve({
    open: () => served.open({ writable: true }),
    close: () => served.close(),
    dispose: () => served[Symbol.asyncDispose](),
  });
});

const schemaOf = (type: unknown): string =>
  JSON.stringify({ type: 'record', name: 'Row', fields: [{ name: 'id', type, column: 'bigint' }] });

void describe('our own routes, as capture leaves them', () => {
  let served: Served;
  beforeEach(() => {
    served = new Served();
  });
  afterEach(() => served[Symbol.asyncDispose]());

  void test('our adapter reads all that capture has registered', async () => {
    const client = await served.open({ writable: false });
    const { registry } = served.log!;
    const first = await registry.register('a-value', schemaOf('int'));
    const second = await registry.register('a-value', schemaOf('long'));
    await registry.register('b é/?-value', schemaOf('int'));
    assert.deepEqual(await client.subjects(), await registry.subjects());
    for (const subject of [...(await registry.subjects()), 'never-seen']) {
      assert.deepEqual(await client.versions(subject), await registry.versions(subject));
    }
    for (const id of [first, second])
      assert.equal(await client.schemaById(id), await registry.schemaById(id));
    await assert.rejects(client.schemaById(99), { code: 'SCHEMA_UNKNOWN' });
    assert.equal(await client.register('a-value', schemaOf('int')), first, 'what is there needs no writing');
  });

  void test('a schema from outside is refused with the reason', async () => {
    const client = await served.open({ writable: false });
    await assert.rejects(client.register('a-value', schemaOf('int')), {
      code: 'REGISTRY_AUTH',
      message: /Schemas are registered by capture/,
    });
    assert.deepEqual(await served.log!.registry.subjects(), []);
  });

  void test("Confluent's own client reads them, with the token as password", async () => {
    await served.open({ writable: false, token: TOKEN });
    const { id, schema, message } = await registerSample(served.log!.registry);
    const asked = { url: served.url, subject: SAMPLE_SUBJECT, message };
    const report = await readWithConfluentClient({ ...asked, auth: `anybody:${TOKEN}` });
    assert.deepEqual(report, {
      subjects: [SAMPLE_SUBJECT],
      versions: [1, 2],
      id,
      version: 2,
      schema,
      lookedUp: id,
      compatible: true,
      level: 'BACKWARD',
      unknownSubject: 40401,
      unknownId: 40403,
      registered: 40301,
      decoded: SAMPLE_DECODED,
    });
  });
});
