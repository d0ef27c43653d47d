/** Loaders as processes of their own over one log on Kafka and one ClickHouse server, and what they ought to load. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { openClickhouse } from '../../adapters/clickhouse/open-clickhouse.ts';
import { openKafkaLog } from '../../adapters/kafka/open-kafka-log.ts';
import { openRestRegistry, type RestRegistry } from '../../adapters/registry/open-rest-registry.ts';
import { ReleaseStack } from '../../app/release-stack.ts';
import type { ChangeLog, RecordBatch } from '../../core/ports/change-log.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { deadLettersTopic } from '../../core/topics.ts';
import { shardOf, shardOwners } from '../../services/warehouse/shards.ts';
import { Apicurio } from './apicurio.ts';
import { ClickhouseServer } from './clickhouse-server.ts';
import { type CliProcess, type CliResult, runCli, startCli } from './cli-process.ts';
import { PREFIX, schemaChangeBatch, type TestEvent, TestTable, tableSchema } from './events.ts';
import { startTestKafka } from './kafka-server.ts';
import { silentLogger } from './loading.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';
import { appendUnread, type UnreadRows } from './unread-rows.ts';

const SHARDS = 4;
const TABLES = 8;
const LOOK_EVERY_MS = 50;
const EVENTS_PER_BATCH = 40;
/** Commit time before the first event. */
const FIRST_MS = Date.UTC(2026, 0, 1);

/** A table, and its rows as they ought to be. */
interface Expected {
  table: TestTable;
  readonly rows: Map<number, string>;
}

interface Parts {
  readonly log: ChangeLog;
  readonly warehouse: Warehouse;
  readonly registry: RestRegistry;
  /** Options of the loaders. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly opened: ReleaseStack;
}

export class LoaderWorld implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #tables: Expected[] = [];
  readonly #running = new Map<string, CliProcess>();
  #seq = 0;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  static async start(): Promise<LoaderWorld> {
    const opened = new ReleaseStack();
    try {
      const folder = makeTemporaryFolder();
      opened.add(() => folder[Symbol.dispose]());
      const kafka = await startTestKafka();
      opened.add(() => kafka[Symbol.asyncDispose]());
      const apicurio = await Apicurio.start();
      opened.add(() => apicurio[Symbol.asyncDispose]());
      const server = await ClickhouseServer.start();
      opened.add(() => server[Symbol.asyncDispose]());
      const { url, user, password } = server;
      const warehouse = await openClickhouse({ url, user, password, logger: silentLogger });
      opened.add(() => warehouse.close());
      const registry = await openRestRegistry({ url: apicurio.url, logger: silentLogger });
      opened.add(() => registry.close());
      const transactionalId = `${PREFIX}.capture`;
      const options = { brokers: [kafka.broker], prefix: PREFIX, transactionalId, partitions: 3 };
      const log = await openKafkaLog(options);
      opened.add(() => log.close());
      const args = [
        ...['--kafka-brokers', kafka.broker, '--kafka-replicas', '1', '--topic-prefix', PREFIX],
        ...['--registry-url', apicurio.url, '--clickhouse-url', url, '--warehouse-user', user],
        ...['--loader-shards', String(SHARDS), '--source', 'mysql://nobody@127.0.0.1:1/dolibarr'],
      ];
      const env = { DOLISTREAM_WAREHOUSE_PASSWORD: password, DOLISTREAM_SOURCE_PASSWORD: 'none' };
      const world = new LoaderWorld({ log, warehouse, registry, args, env, folder: folder.path, opened });
      await world.#makeTables();
      return world;
    } catch (error) {
      await opened.release();
      throw error;
    }
  }

  /** `dolistream run load` in a folder of this name; resolves when it listens. */
  async startLoader(name: string): Promise<void> {
    const { args, env, folder } = this.#parts;
    const place = ['--data', `${folder}/${name}`, '--http', '127.0.0.1:0', '--json'];
    const loader = startCli(['run', 'load', ...args, ...place], { env });
    this.#running.set(name, loader);
    await loader.waitForOutput(/"ready":true/);
  }

  /** Resolves when the loader has said that it has so many shards. */
  async untilItHas(name: string, shards: number): Promise<void> {
    const list = Array.from({ length: shards }, () => '\\d').join(',');
    await this.#running.get(name)!.waitForError(new RegExp(`"shards":\\[${list}\\]`));
  }

  /** Of the event that was written last. */
  get seq(): number {
    return this.#seq;
  }

  get tables(): string[] {
    return this.#tables.map(({ table }) => table.schema.table);
  }

  /** When the event was committed, as the log says. */
  timeOf(seq: number): string {
    return new Date(FIRST_MS + seq).toISOString();
  }

  /** A command of ours that asks this loader. */
  ask(name: string, args: readonly string[]): Promise<CliResult> {
    return runCli([...args, '--json', '--data', `${this.#parts.folder}/${name}/load`]);
  }

  /** Removes from the warehouse what came after the event, as a broken disk would. */
  async lose(seq: number): Promise<void> {
    const { warehouse } = this.#parts;
    const options = { params: { seq } };
    await warehouse.command('DELETE FROM raw.events WHERE seq > {seq:UInt64}', options);
    for (const table of this.tables)
      await warehouse.command(`DELETE FROM mirror.${table} WHERE _seq > {seq:UInt64}`, options);
  }

  /** Appends new rows under a schema that the registry does not have. */
  async writeUnread(): Promise<UnreadRows> {
    const { table, rows } = this.#tables[0]!;
    const events = [1001, 1002, 1003].map((rowid): TestEvent => {
      rows.set(rowid, 'unread');
      return { op: 'c', seq: ++this.#seq, after: { ...blank(table), rowid, note: 'unread' } };
    });
    return appendUnread(this.#parts, table, this.#batch(table, events));
  }

  /** How many letters the loaders wrote about the topic's shard. */
  async lettersAbout(topic: string): Promise<number> {
    const letters = deadLettersTopic(PREFIX, shardOf(topic, SHARDS));
    const topics = await this.#parts.log.topics();
    return topics.filter((info) => info.topic === letters).reduce((sum, info) => sum + info.nextOffset, 0);
  }

  /** Resolves when all that was written is in the warehouse, or put aside. */
  async untilLoaded(): Promise<void> {
    const owners = Array.from({ length: SHARDS }, (_, index) => shardOwners({ index, count: SHARDS }));
    for (const owner of owners.flatMap(({ mirror, raw }) => [mirror, raw])) {
      while (!(await this.#isLoaded(owner))) {
        await pause(LOOK_EVERY_MS);
        await this.#checkAlive();
      }
    }
  }

  signal(name: string, signal: NodeJS.Signals): void {
    this.#running.get(name)!.kill(signal);
  }

  /** Resolves when the loader has said something that matches. */
  async untilItSays(name: string, pattern: RegExp): Promise<void> {
    await this.#running.get(name)!.waitForError(pattern);
  }

  async kill9(name: string): Promise<void> {
    const loader = this.#running.get(name)!;
    this.#running.delete(name);
    loader.kill('SIGKILL');
    await loader.result;
  }

  /** Ends it as an operator would. */
  async stop(name: string): Promise<void> {
    const loader = this.#running.get(name)!;
    this.#running.delete(name);
    loader.kill('SIGTERM');
    const { code, stderr } = await loader.result;
    assert.equal(code, 0, `${name} ended with exit code ${code}: ${stderr.slice(-3000)}`);
  }

  /** Appends so many rounds of changes to all tables: new rows, changed and deleted ones, now and then a TRUNCATE. */
  async write(rounds: number): Promise<void> {
    const { log } = this.#parts;
    for (let round = 0; round < rounds; round++) {
      await log.append(
        this.#tables.map((table) => this.#changes(table)),
        [],
      );
    }
  }

  /** One statement that gives all tables another column: a schema change that concerns every shard. */
  async alterAll(column: string): Promise<void> {
    const { log, registry } = this.#parts;
    for (const expected of this.#tables) {
      const { table, columns } = expected.table.schema;
      const kept = Object.fromEntries(columns.map(({ name }) => [name, name === 'rowid' ? 'int' : 'text']));
      expected.table = await TestTable.register(registry, tableSchema(table, { ...kept, [column]: 'text' }));
    }
    const changes = this.#tables.map(({ table }) => ({ type: 'ALTER', table }) as const);
    this.#seq += 1;
    await log.append([await schemaChangeBatch(registry, this.#seq, changes)], []);
  }

  /** Waits until all is loaded, then checks that all of it is there, once and in its order. */
  async check(): Promise<void> {
    await this.untilLoaded();
    const { warehouse } = this.#parts;
    const [events] = await warehouse.rows<Record<string, string>>(
      `SELECT count() AS events, uniqExact(seq) AS seqs, uniqExact(topic, offset) AS places,
         (SELECT count() FROM raw.dead_letters WHERE redriven_at IS NULL) AS dead FROM raw.events`,
    );
    const logged = (await this.#parts.log.topics())
      .filter(({ topic }) => this.#tables.some(({ table }) => table.topic === topic))
      .reduce((sum, { nextOffset }) => sum + nextOffset, 0);
    const all = String(logged);
    assert.deepEqual(events, { events: all, seqs: all, places: all, dead: '0' });
    const [order] = await warehouse.rows<{ wrong: string }>(
      `SELECT count() AS wrong FROM (SELECT topic, seq, lagInFrame(seq) OVER (PARTITION BY topic ORDER BY offset
         ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS before FROM raw.events) WHERE before >= seq`,
    );
    assert.deepEqual(order, { wrong: '0' });
    for (const { table, rows } of this.#tables) {
      const found = await warehouse.rows<{ rowid: number; note: string }>(
        `SELECT rowid, note FROM mirror.${table.schema.table} FINAL ORDER BY rowid`,
      );
      const expected = [...rows].sort(([a], [b]) => a - b);
      assert.deepEqual(
        found.map(({ rowid, note }) => [rowid, note]),
        expected,
        `mirror.${table.schema.table}`,
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running.values()].map((loader) => loader[Symbol.asyncDispose]()));
    await this.#parts.opened.release();
  }

  async #makeTables(): Promise<void> {
    for (let number = 0; number < TABLES; number++) {
      const schema = tableSchema(`llx_table${number}`, { rowid: 'int', note: 'text' });
      this.#tables.push({ table: await TestTable.register(this.#parts.registry, schema), rows: new Map() });
    }
  }

  #changes({ table, rows }: Expected): RecordBatch {
    const events: TestEvent[] = [];
    for (let change = 0; change < EVENTS_PER_BATCH; change++) {
      const seq = ++this.#seq;
      const rowid = seq % 997;
      const before = rows.get(rowid);
      const image = (note: string) => ({ ...blank(table), rowid, note });
      if (seq % 4001 === 0) {
        rows.clear();
        events.push({ op: 't', seq });
      } else if (before !== undefined && seq % 5 === 0) {
        rows.delete(rowid);
        events.push({ op: 'd', seq, before: image(before) });
      } else {
        const note = `note ${seq} ${'x'.repeat(seq % 200)}`;
        rows.set(rowid, note);
        events.push({ op: before === undefined ? 'c' : 'u', seq, after: image(note) });
      }
    }
    return this.#batch(table, events);
  }

  #batch(table: TestTable, events: readonly TestEvent[]): RecordBatch {
    return { ...table.batch(events), timestampMs: FIRST_MS + this.#seq };
  }

  async #isLoaded(owner: string): Promise<boolean> {
    const state = Object(await this.#parts.log.getState(owner)) as { seq?: number; until?: unknown };
    return state.seq === this.#seq && state.until === null;
  }

  async #checkAlive(): Promise<void> {
    for (const [name, { result }] of this.#running) {
      const ended = await Promise.race([result, Promise.resolve(null)]);
      assert.equal(ended, null, `${name} ended: ${ended?.stderr.slice(-3000)}`);
    }
  }
}

/** All columns, empty. */
const blank = (table: TestTable): Record<string, null> =>
  Object.fromEntries(table.fieldNames.map((name) => [name, null]));
