/** The upkeep of a running process, over its HTTP port: both ends of it. */
import { DolistreamError } from '../../core/errors.ts';
import type { UpkeepTask } from '../../services/monitor/upkeep-routes.ts';
import type { AskProcess } from '../http-analytics.ts';
import type { UpkeepClient } from './upkeep-client.ts';

/** Path of a task below this. */
const ROOT = '/api/upkeep';

export function connectUpkeep(ask: AskProcess): UpkeepClient {
  const call =
    <Answer>(task: keyof UpkeepClient) =>
    async (request: object, signal: AbortSignal): Promise<Answer> =>
      (await ask({ path: `${ROOT}/${task}`, body: request, signal })) as Answer;
  return { quality: call('quality') };
}

type Fields = Readonly<Record<string, unknown>>;

function readDays(request: Fields): number | null {
  const { days = null } = request;
  if (days === null) return null;
  if (Number.isInteger(days) && Number(days) >= 1 && Number(days) <= 36_500) return Number(days);
  throw new DolistreamError('CONFIG_INVALID', `days is ${JSON.stringify(days).slice(0, 100)}`, {
    fix: 'Send a whole number of days from 1 to 36500, or null.',
  });
}

/** What the HTTP port offers of it; every request is checked. */
export function upkeepTasks(upkeep: UpkeepClient): Readonly<Record<keyof UpkeepClient, UpkeepTask>> {
  return {
    quality: async (request, signal) => upkeep.quality({ days: readDays(request) }, signal),
  };
}
