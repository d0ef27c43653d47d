/** A process of its own for each measurement, so that memory and the event loop are that measurement's alone. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openChdb } from '../adapters/chdb/open-chdb.ts';
import { openEmbeddedLog } from '../adapters/embedded-log/open-embedded-log.ts';
import { openRuntime } from '../app/connect-runtime.ts';
import { pipelineComposition } from '../app/pipeline.ts';
import { resolveOptions } from '../app/resolve-options.ts';
import type { Runtime, StageName } from '../app/runtime.ts';
import { MODEL_OWNER } from '../services/model/model-state.ts';
import { fillMirror } from './kpi.ts';
import { parseSourceUrl } from './source-url.ts';
import { measureBareDecode } from './bare-decode.ts';
import { peakMemoryOf } from './peers/peak-memory.ts';

/** Given as one JSON argument; the answer is one JSON line. */
export type WorkerTask =
  | { readonly kind: 'decode'; readonly source: string; readonly from: string; readonly rows: number }
  | { readonly kind: 'prepare'; readonly source: string; readonly dataDir: string }
  | {
      readonly kind: 'drain';
      readonly source: string;
      readonly dataDir: string;
      readonly rows: number;
      readonly stages: readonly StageName[];
      /** Compare source and mirror afterwards; only of use when nobody waits for the answer with a stopwatch. */
      readonly verifies?: boolean;
    }
  | { readonly kind: 'fill'; readonly dataDir: string; readonly tickets: number }
  | {
      readonly kind: 'serve';
      readonly source: string;
      readonly dataDir: string;
      readonly webhookUrl: string;
    };

const MEMORY_EVERY_MS = 250;

/** Mean resident memory in each fifth of the time it runs, bytes: flat when it does not follow the rows. */
function watchMemory(): () => number[] {
  const samples: number[] = [];
  const timer = setInterval(() => samples.push(process.memoryUsage.rss()), MEMORY_EVERY_MS);
  return () => {
    clearInterval(timer);
    return Array.from({ length: 5 }, (_, fifth) => {
      const some = samples.slice((samples.length * fifth) / 5, (samples.length * (fifth + 1)) / 5);
      return Math.round(some.reduce((sum, bytes) => sum + bytes, 0) / Math.max(1, some.length));
    });
  };
}

function open(task: {
  source: string;
  dataDir: string;
  webhookUrl?: string;
}): ReturnType<typeof openRuntime> {
  const options = resolveOptions({
    command: 'up',
    flags: {
      source: task.source,
      data: task.dataDir,
      http: '127.0.0.1:0',
      logLevel: 'warn',
      ...(task.webhookUrl === undefined ? {} : { webhookUrl: task.webhookUrl }),
    },
    env: {},
    cwd: process.cwd(),
  });
  return openRuntime({ options, composition: pipelineComposition, terminal: process.stderr });
}

const never = new AbortController().signal;

/** Copies the (empty) source, so that what comes next is stream alone. */
async function prepare(task: Extract<WorkerTask, { kind: 'prepare' }>): Promise<object> {
  await using opened = await open(task);
  await opened.runtime.start({ stages: ['capture', 'warehouse'], http: false });
  await opened.runtime.waitUntilCaughtUp(never);
  return {};
}

async function drain(task: Extract<WorkerTask, { kind: 'drain' }>): Promise<object> {
  await using opened = await open(task);
  const before = (await opened.runtime.status()).counts;
  await opened.runtime.start({ stages: task.stages, http: false });
  let startedAt = 0;
  // The clock starts when the first rows are in the log: connecting is not throughput.
  while (startedAt === 0) {
    if ((await opened.runtime.status()).counts.captured > before.captured) startedAt = performance.now();
    else await pause(5);
  }
  const counted = (await opened.runtime.status()).counts.captured - before.captured;
  const memory = watchMemory();
  const processor = process.cpuUsage();
  await opened.runtime.waitUntilCaughtUp(never);
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(processor);
  const rows = task.rows - counted;
  const speed = { rowsPerSecond: Math.round(rows / seconds), processorMicrosPerRow: (user + system) / rows };
  const figures = { rows, seconds, ...speed, memoryBytes: memory() };
  const peakMemoryBytes = peakMemoryOf('self');
  return { ...figures, peakMemoryBytes, ...(task.verifies ? await compare(opened.runtime) : {}) };
}

/** What is unequal, and how many copied rows are in raw.events more than once. */
async function compare(runtime: Runtime): Promise<object> {
  const { tables } = await runtime.verify({ tables: ['*'], excludeTables: [] }, () => undefined, never);
  const sql =
    "SELECT count() - uniqExact(topic, after) AS n FROM raw.events WHERE op = 'r' AND table = 'llx_ticket'";
  const pieces: Uint8Array[] = [];
  for await (const piece of await runtime.query(sql, 'TabSeparated', never)) pieces.push(piece);
  const unequal = tables.filter(({ equal }) => !equal).map(({ table }) => table);
  return { unequal, doubled: Number(Buffer.concat(pieces).toString('utf8')) };
}

async function serve(task: Extract<WorkerTask, { kind: 'serve' }>): Promise<object> {
  await using opened = await open(task);
  await opened.runtime.start({ http: true });
  await opened.runtime.waitUntilCaughtUp(never);
  process.stdout.write(`${JSON.stringify({ http: (await opened.runtime.status()).http })}\n`);
  await new Promise<void>((resolve) => process.once('SIGTERM', resolve));
  return { peakMemoryBytes: peakMemoryOf('self') };
}

async function fill(task: Extract<WorkerTask, { kind: 'fill' }>): Promise<object> {
  const { log, close } = await openEmbeddedLog({ dir: join(task.dataDir, 'log') });
  const warehouse = await openChdb({ dir: join(task.dataDir, 'warehouse') });
  try {
    return await fillMirror(
      {
        command: (sql) => warehouse.command(sql),
        forgetModel: () => log.setState([{ owner: MODEL_OWNER, state: null }]),
      },
      task.tickets,
    );
  } finally {
    await warehouse.close();
    await close();
  }
}

async function run(task: WorkerTask): Promise<object> {
  switch (task.kind) {
    case 'decode': {
      const { database, ...server } = parseSourceUrl(task.source);
      const result = await measureBareDecode(server, { from: task.from, rows: task.rows, database });
      return { ...result, peakMemoryBytes: peakMemoryOf('self') };
    }
    case 'prepare':
      return prepare(task);
    case 'drain':
      return drain(task);
    case 'fill':
      return fill(task);
    case 'serve':
      return serve(task);
  }
}

process.stdout.write(`${JSON.stringify(await run(JSON.parse(process.argv[2]!) as WorkerTask))}\n`);
process.exit(0);
