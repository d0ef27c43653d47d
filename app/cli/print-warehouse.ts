import type { WarehouseRebuild, WarehouseReport, WarehouseTable } from '../warehouse/warehouse-client.ts';
import { formatCount, formatMib } from './progress.ts';

const NAME_WIDTH = 52;

export function formatWarehouse({ rebuilt, tables, upTo }: WarehouseReport): readonly string[] {
  const bytes = tables.reduce((sum, table) => sum + table.bytes, 0);
  return [
    ...(rebuilt === null ? [] : formatRebuild(rebuilt)),
    ...tables.map(formatTable),
    `${tables.length} tables, ${formatMib(bytes)}, with every change up to ${upTo ?? 'now: there is none yet'}`,
  ];
}

function formatRebuild(rebuilt: WarehouseRebuild): string[] {
  const { from, tables, leftOut, modelTables, heldSeconds, seconds } = rebuilt;
  const events = tables.reduce((sum, table) => sum + table.events, 0);
  const mirror =
    from === null
      ? []
      : [
          `${tables.length} tables of the mirror filled anew from ${formatCount(events)} events of ${from}; ` +
            `the loader stood still for ${heldSeconds.toFixed(1)} s`,
        ];
  return [
    ...mirror,
    ...leftOut.map(({ table, reason }) => `left out   ${table}: ${reason}`),
    `${modelTables} tables of the model derived anew; ${seconds.toFixed(1)} s in all`,
  ];
}

function formatTable({ database, name, rows, bytes, changedAt, writtenAt }: WarehouseTable): string {
  const at = changedAt ?? writtenAt;
  const seen = at === null ? '' : `  ${changedAt === null ? 'written' : 'changed'} ${at.slice(0, 19)}Z`;
  const count = `${formatCount(rows)} rows`.padStart(18);
  return `${`${database}.${name}`.padEnd(NAME_WIDTH)}${count}${formatMib(bytes).padStart(14)}${seen}`;
}
