/** A log, an embedded warehouse and the loader between them, in a folder that goes with the test. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openChdb } from '../../adapters/chdb/open-chdb.ts';
import { type EmbeddedLog, openEmbeddedLog } from '../../adapters/embedded-log/open-embedded-log.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { RecordBatch } from '../../core/ports/change-log.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import {
  type LoadOptions,
  type LoadService,
  createLoadService,
} from '../../services/warehouse/load-service.ts';
import { PREFIX } from './events.ts';

export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};

export const noMetrics: Metrics = {
  count: () => undefined,
  gauge: () => undefined,
  observe: () => undefined,
};

export const MIGRATIONS = fileURLToPath(new URL('../../clickhouse/migrations', import.meta.url));

const DEAD_LETTER_SCHEMA = readFileSync(
  fileURLToPath(new URL('../../schemas/dead-letter.avsc', import.meta.url)),
  'utf8',
);

export function loadOptions(overrides: Partial<LoadOptions> = {}): LoadOptions {
  return {
    prefix: PREFIX,
    timezone: 'Europe/Paris',
    warehouseDatabase: 'dolibarr_warehouse',
    migrationsFolder: MIGRATIONS,
    deadLetterSchema: DEAD_LETTER_SCHEMA,
    rawGatherMs: 0,
    ...overrides,
  };
}

export class Loading implements AsyncDisposable {
  readonly dir: string;
  readonly embedded: EmbeddedLog;
  warehouse: Warehouse;
  readonly #makeService: (warehouse: Warehouse) => LoadService;
  #service: LoadService;
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  private constructor(
    dir: string,
    embedded: EmbeddedLog,
    warehouse: Warehouse,
    makeService: (warehouse: Warehouse) => LoadService,
  ) {
    this.dir = dir;
    this.embedded = embedded;
    this.warehouse = warehouse;
    this.#makeService = makeService;
    this.#service = makeService(warehouse);
  }

  static async start(overrides: Partial<LoadOptions> = {}, logger: Logger = silentLogger): Promise<Loading> {
    const dir = await mkdtemp(join(tmpdir(), 'dolistream-load-'));
    const embedded = await openEmbeddedLog({ dir: join(dir, 'log') });
    const warehouse = await openChdb({ dir: join(dir, 'clickhouse') });
    const loading = new Loading(dir, embedded, warehouse, (opened) =>
      createLoadService({
        ...{ log: embedded.log, registry: embedded.registry, warehouse: opened, logger },
        ...{ options: loadOptions(overrides), metrics: noMetrics },
      }),
    );
    loading.begin();
    return loading;
  }

  get control() {
    return this.#service.control;
  }

  begin(): void {
    this.#stop = new AbortController();
    this.#running = this.#service.run(this.#stop.signal);
    this.#running.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Resolves when it has stopped, or failed. */
  async ended(): Promise<void> {
    await this.#running.catch(() => undefined);
  }

  /** Stops and starts the loader, as the supervisor does after a failure. */
  async restart(): Promise<void> {
    await this.stop();
    this.begin();
  }

  /** Stops the loader and the engine, changes what lies on disk, and starts both again. */
  async reopen(change: () => Promise<void>): Promise<void> {
    await this.stop();
    await this.warehouse.close();
    await change();
    this.warehouse = await openChdb({ dir: join(this.dir, 'clickhouse') });
    this.#service = this.#makeService(this.warehouse);
    this.begin();
  }

  /** Appends in one step and waits until all of it is loaded. Rejects with what the loader failed with. */
  async load(...batches: RecordBatch[]): Promise<void> {
    await this.embedded.log.append(batches, []);
    await this.settle();
  }

  /** Waits until both lanes have passed the end of the log. */
  async settle(): Promise<void> {
    for (;;) {
      // What cannot be read is appended as the loader goes.
      const end = await this.embedded.log.end();
      const { mirror, raw } = this.control.position();
      if (mirror === end && raw === end) return;
      await Promise.race([
        this.#running.then(() => Promise.reject(new Error('the loader ended'))),
        passTurn(),
      ]);
    }
  }

  rows<Row = Record<string, unknown>>(sql: string): Promise<Row[]> {
    return this.warehouse.rows<Row>(sql);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running.catch(() => undefined);
    await this.warehouse.close();
    await this.embedded.close();
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** The lanes tell where they are, not when they move: look again after a short turn. */
const passTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
