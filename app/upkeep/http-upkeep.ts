/** The upkeep of a running process, over its HTTP port: both ends of it. */
import { DolistreamError } from '../../core/errors.ts';
import type { UpkeepTask } from '../../services/monitor/upkeep-routes.ts';
import type { AskProcess } from '../http-analytics.ts';
import type { ExtractRequest } from './extract-tables.ts';
import { readPerson } from './read-person.ts';
import type { UpkeepClient } from './upkeep-client.ts';

/** Path of a task below this. */
const ROOT = '/api/upkeep';

export function connectUpkeep(ask: AskProcess): UpkeepClient {
  const call =
    <Answer>(task: keyof UpkeepClient) =>
    async (request: object, signal: AbortSignal): Promise<Answer> =>
      (await ask({ path: `${ROOT}/${task}`, body: request, signal })) as Answer;
  return {
    quality: call('quality'),
    cleanup: call('cleanup'),
    forget: call('forget'),
    exportPerson: call('exportPerson'),
    suggestMapping: call('suggestMapping'),
    extract: call('extract'),
    backup: call('backup'),
  };
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

/** A switch that is off where it is not given. */
export function readSwitch(request: Fields, name: string): boolean {
  const { [name]: given = false } = request;
  if (typeof given === 'boolean') return given;
  throw new DolistreamError('CONFIG_INVALID', `${name} is ${JSON.stringify(given).slice(0, 100)}`, {
    fix: 'Send true or false.',
  });
}

const isTextList = (value: unknown): value is string[] =>
  Array.isArray(value) &&
  value.length <= 1000 &&
  value.every((text) => typeof text === 'string' && text.length <= 200);

function readExtract(request: Fields): ExtractRequest {
  const { format, tables = ['*'], excludeTables = [] } = request;
  const isFormat = format === 'parquet' || format === 'csv' || format === 'jsonl';
  if (isFormat && isTextList(tables) && isTextList(excludeTables)) {
    return { format, tables, excludeTables, csvSafe: readSwitch(request, 'csvSafe') };
  }
  const name = !isFormat ? 'format' : isTextList(tables) ? 'excludeTables' : 'tables';
  throw new DolistreamError(
    'CONFIG_INVALID',
    `${name} is ${String(JSON.stringify(request[name])).slice(0, 100)}`,
    {
      fix: 'Send {"format": "parquet", "tables": ["llx_facture*"]}; formats are parquet, csv and jsonl.',
    },
  );
}

/** What the HTTP port offers of it; every request is checked. */
export function upkeepTasks(upkeep: UpkeepClient): Readonly<Record<keyof UpkeepClient, UpkeepTask>> {
  return {
    quality: async (request, signal) => upkeep.quality({ days: readDays(request) }, signal),
    cleanup: async (request, signal) =>
      upkeep.cleanup({ days: readDays(request), dryRun: readSwitch(request, 'dryRun') }, signal),
    suggestMapping: async (_request, signal) => upkeep.suggestMapping({}, signal),
    backup: async (_request, signal) => upkeep.backup({}, signal),
    extract: async (request, signal) => upkeep.extract(readExtract(request), signal),
    forget: async (request, signal) =>
      upkeep.forget({ ...readPerson(request), dryRun: readSwitch(request, 'dryRun') }, signal),
    exportPerson: async (request, signal) => upkeep.exportPerson(readPerson(request), signal),
  };
}
