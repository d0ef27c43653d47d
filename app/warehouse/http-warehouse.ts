/** The warehouse of a running process, over its HTTP port: both ends of it. */
import { DolistreamError } from '../../core/errors.ts';
import type { UpkeepTask } from '../../services/monitor/upkeep-routes.ts';
import type { AskProcess } from '../http-analytics.ts';
import { readSwitch } from '../upkeep/http-upkeep.ts';
import type { WarehouseClient, WarehouseReport, WarehouseRequest } from './warehouse-client.ts';

const PATH = '/api/upkeep/warehouse';

export function connectWarehouse(ask: AskProcess): WarehouseClient {
  return {
    refresh: async (request, signal) => (await ask({ path: PATH, body: request, signal })) as WarehouseReport,
  };
}

type Fields = Readonly<Record<string, unknown>>;

const wrong = (name: string, value: unknown, fix: string): DolistreamError =>
  new DolistreamError('CONFIG_INVALID', `${name} is ${String(JSON.stringify(value)).slice(0, 100)}`, { fix });

function readRequest(request: Fields): WarehouseRequest {
  const { from = null } = request;
  const fullRebuild = readSwitch(request, 'fullRebuild');
  if (from !== null && from !== 'raw' && from !== 'lake') {
    throw wrong('from', from, 'Send "raw", "lake" or null.');
  }
  if (from !== null && !fullRebuild) {
    throw wrong('from', from, 'It is where a rebuild is made from: send it with {"fullRebuild": true}.');
  }
  return { fullRebuild, from };
}

/** What the HTTP port offers of it; every request is checked. */
export function warehouseTasks(client: WarehouseClient): Readonly<Record<'warehouse', UpkeepTask>> {
  return { warehouse: async (request, signal) => client.refresh(readRequest(request), signal) };
}
