/** The whole pipeline in the test's process, over a source of the test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRuntime } from '../../app/connect-runtime.ts';
import { PipelineRuntime } from '../../app/pipeline-runtime.ts';
import { pipelineComposition } from '../../app/pipeline.ts';
import { resolveOptions } from '../../app/resolve-options.ts';
import type { Runtime, StageName, VerifyReport } from '../../app/runtime.ts';
import { openStores, type Stores } from '../../app/stores.ts';

export interface TestPipeline extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly dataDir: string;
  /** Resolves when everything committed at the call is in the warehouse. */
  caughtUp(): Promise<void>;
  /** Compares source and warehouse. */
  verify(): Promise<VerifyReport>;
  /** What it runs over, for looking behind its back. */
  readonly stores: Stores;
  /** Changes the warehouse behind the pipeline's back. */
  tamper(sql: string): Promise<void>;
  /** Rows of a query on the warehouse. */
  rows<Row = Record<string, unknown>>(sql: string): Promise<Row[]>;
}

export interface PipelineOptions {
  readonly source: string;
  /** A folder to go on in; by default one of its own, which goes with the pipeline. */
  readonly dataDir?: string;
  readonly stages?: readonly StageName[];
  /** More options, by name in the option table. */
  readonly flags?: Readonly<Record<string, string>>;
}

const never = new AbortController().signal;

/** Starts it and waits until everything that was committed is in the warehouse. */
export async function startPipeline(options: PipelineOptions): Promise<TestPipeline> {
  const pipeline = await openPipeline(options);
  try {
    await pipeline.caughtUp();
    return pipeline;
  } catch (error) {
    await pipeline[Symbol.asyncDispose]();
    throw error;
  }
}

/** Starts it and waits for nothing. */
export async function openPipeline(options: PipelineOptions): Promise<TestPipeline> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'dolistream-pipeline-')));
  const resolved = resolveOptions({
    command: 'up',
    flags: { source: options.source, data: dataDir, logLevel: 'error', ...options.flags },
    env: {},
    cwd: dataDir,
  });
  const held: { stores?: Stores } = {};
  const opened = await openRuntime({
    options: resolved,
    composition: {
      ...pipelineComposition,
      createRuntime: async (context) => new PipelineRuntime((held.stores = await openStores(context))),
    },
    terminal: process.stderr,
    // On Kafka each stage that may run here takes over from whoever writes for it.
    ...(options.stages && resolved.kafkaBrokers !== null ? { stages: options.stages } : {}),
  });
  const { runtime } = opened;
  const close = async (): Promise<void> => {
    await opened[Symbol.asyncDispose]();
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await runtime.start({ stages: options.stages ?? ['capture', 'warehouse'], http: false });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    runtime,
    dataDir,
    caughtUp: () => runtime.waitUntilCaughtUp(never),
    verify: () => runtime.verify({ tables: ['*'], excludeTables: [] }, () => undefined, never),
    stores: held.stores!,
    tamper: async (sql) => held.stores!.warehouse!.command(sql),
    rows: async <Row>(sql: string) => {
      const pieces: Uint8Array[] = [];
      for await (const piece of await runtime.query(sql, 'JSONEachRow', never)) pieces.push(piece);
      const text = Buffer.concat(pieces).toString('utf8').trim();
      return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Row);
    },
    [Symbol.asyncDispose]: close,
  };
}

/** What differs, for an assertion's message; empty when nothing does. */
export function differencesOf(report: VerifyReport): string[] {
  return report.tables
    .filter((table) => !table.equal)
    .map((table) => `${table.table}: ${table.differences.join('; ')}`);
}
