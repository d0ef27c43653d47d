/** Replay and dead letters of a running process, over its HTTP port: both ends of it. */
import { DolistreamError } from '../../core/errors.ts';
import type { UpkeepTask } from '../../services/monitor/upkeep-routes.ts';
import type { AskProcess } from '../http-analytics.ts';
import type { RecoveryClient } from './recovery-client.ts';
import type { ReplayStart } from './replay-plan.ts';

const ROOT = '/api/upkeep';
const MAX_GLOBS = 1000;

export function connectRecovery(ask: AskProcess): RecoveryClient {
  const call =
    <Answer>(task: keyof RecoveryClient) =>
    async (request: object, signal: AbortSignal): Promise<Answer> =>
      (await ask({ path: `${ROOT}/${task}`, body: request, signal })) as Answer;
  return { replay: call('replay'), redrive: call('redrive') };
}

type Fields = Readonly<Record<string, unknown>>;

const wrong = (name: string, value: unknown, fix: string): DolistreamError =>
  new DolistreamError('CONFIG_INVALID', `${name} is ${String(JSON.stringify(value)).slice(0, 100)}`, { fix });

function readGlobs(request: Fields, name: string, fallback: readonly string[]): readonly string[] {
  const value = request[name] ?? fallback;
  const isList =
    Array.isArray(value) &&
    value.length <= MAX_GLOBS &&
    value.every((glob) => typeof glob === 'string' && glob.length <= 500);
  if (isList) return value as string[];
  throw wrong(name, value, 'Send a list of names, where * stands for anything.');
}

function readStart({ start }: Fields): ReplayStart {
  const { kind, timeMs, seq } = Object(start) as Fields;
  if (kind === 'time' && Number.isSafeInteger(timeMs)) return { kind, timeMs: timeMs as number };
  if (kind === 'seq' && Number.isSafeInteger(seq)) return { kind, seq: seq as number };
  throw wrong(
    'start',
    start,
    'Send {"kind": "time", "timeMs": 1790000000000} or {"kind": "seq", "seq": 4711}.',
  );
}

function readDryRun({ dryRun = false }: Fields): boolean {
  if (typeof dryRun === 'boolean') return dryRun;
  throw wrong('dryRun', dryRun, 'Send true or false.');
}

/** What the HTTP port offers of it; every request is checked. */
export function recoveryTasks(recovery: RecoveryClient): Readonly<Record<keyof RecoveryClient, UpkeepTask>> {
  return {
    replay: (request, signal) =>
      recovery.replay(
        {
          start: readStart(request),
          tables: readGlobs(request, 'tables', ['*']),
          excludeTables: readGlobs(request, 'excludeTables', []),
        },
        signal,
      ),
    redrive: (request, signal) =>
      recovery.redrive({ topics: readGlobs(request, 'topics', ['*']), dryRun: readDryRun(request) }, signal),
  };
}
