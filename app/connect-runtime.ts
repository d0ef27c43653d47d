/** Opens a data folder for a command: alone when nobody has it, or through the process that does. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { DolistreamError } from '../core/errors.ts';
import { openDataDir, readRunRecord, type DataDir } from './data-dir.ts';
import { connectHttpRuntime } from './http-runtime.ts';
import { type Log, openLog, type LogTarget } from './logger.ts';
import type { Options } from './options.ts';
import { ReleaseStack } from './release-stack.ts';
import { secretsOf } from './resolve-options.ts';
import type { Composition, Runtime, RuntimeClient, StageName } from './runtime.ts';

export interface OpenRequest {
  readonly options: Options;
  readonly composition: Composition;
  /** Where log lines go besides the daily file; null: nowhere. */
  readonly terminal: LogTarget | null;
  /** Stages that the process may start; left out: all. */
  readonly stages?: readonly StageName[];
}

/** A data folder that is ours, with its log; disposing gives it up. */
export interface OpenFolder {
  readonly dataDir: DataDir;
  readonly log: Log;
  /** What is added here is released before the folder. */
  readonly opened: ReleaseStack;
}

/** A pipeline in this process; disposing it closes the stores and gives the folder up. */
export interface OpenRuntime extends AsyncDisposable {
  readonly runtime: Runtime;
}

/** Takes the data folder for a real source. Rejects with DATA_DIR_LOCKED when another process has it. */
export async function openRuntime(request: OpenRequest): Promise<OpenRuntime> {
  const folder = openFolder(openDataDir(request.options.data), request);
  return openRuntimeIn(folder, request, () => folder.dataDir.claim('source'));
}

/** Opens the log of a folder that is ours. */
export function openFolder(
  dataDir: DataDir,
  { options, terminal }: Pick<OpenRequest, 'options' | 'terminal'>,
): OpenFolder {
  const opened = new ReleaseStack();
  opened.add(() => dataDir.release());
  const log = openLog({
    level: options.logLevel,
    folder: join(dataDir.path, 'logs'),
    terminal,
    secrets: secretsOf(options),
    clock: systemClock,
  });
  opened.add(() => log.close());
  return { dataDir, log, opened };
}

/** Opens the stores in a folder that is ours, which is given up when that fails. */
export async function openRuntimeIn(
  { dataDir, log, opened }: OpenFolder,
  { options, composition, stages }: Pick<OpenRequest, 'options' | 'composition' | 'stages'>,
  check: () => void = () => undefined,
): Promise<OpenRuntime> {
  try {
    check();
    const context = {
      options,
      dataDir,
      logger: log.logger,
      clock: systemClock,
      ...(stages ? { stages } : {}),
    };
    const runtime = await composition.createRuntime(context);
    opened.add(() => runtime.close());
    return { runtime, [Symbol.asyncDispose]: () => opened.release() };
  } catch (error) {
    await opened.release();
    throw error;
  }
}

/** Where a command's questions are answered: by stores opened here, or by the process that runs. */
export type Connection = AsyncDisposable &
  (
    | { readonly kind: 'local'; readonly runtime: Runtime; readonly client: RuntimeClient }
    | { readonly kind: 'remote'; readonly client: RuntimeClient }
  );

/**
 * Connects to the running process on the data folder, or opens the folder when nothing runs. Rejects with NOT_RUNNING
 * when there is no such folder, and with DATA_DIR_LOCKED when it is in use by a process that cannot be asked.
 */
export async function connectRuntime(request: OpenRequest): Promise<Connection> {
  const { data, kafkaBrokers } = request.options;
  if (kafkaBrokers === null && !existsSync(data)) {
    throw new DolistreamError('NOT_RUNNING', `There is no data folder ${data}.`, {
      fix: 'Start with `dolistream up --source …` or `dolistream demo`, or name the folder with --data DIR.',
    });
  }
  const taken = takeFolder(data);
  if ('busy' in taken) {
    const record = readRunRecord(data);
    if (record === null) throw taken.busy;
    const client = connectHttpRuntime({
      ...{ baseUrl: record.http, cert: record.cert },
      token: request.options.httpToken,
    });
    return { kind: 'remote', client, [Symbol.asyncDispose]: () => client.close() };
  }
  // On a shared log others run the stages; opening one here to write would take it over from them.
  const { stages: named = [], ...local } = request;
  const open = await openRuntimeIn(
    openFolder(taken.dataDir, request),
    kafkaBrokers === null ? local : { ...local, stages: named },
  );
  return {
    kind: 'local',
    runtime: open.runtime,
    client: open.runtime,
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  };
}

function takeFolder(path: string): { readonly dataDir: DataDir } | { readonly busy: DolistreamError } {
  try {
    return { dataDir: openDataDir(path) };
  } catch (error) {
    if (error instanceof DolistreamError && error.code === 'DATA_DIR_LOCKED') return { busy: error };
    throw error;
  }
}
