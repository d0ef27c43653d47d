/** An administrator adds an extrafield to tickets, or drops one, while everybody works. */
import { literal } from '../../sql-writer.ts';
import { sqlDateTime } from '../../wall-clock.ts';
import { createScript } from '../script.ts';
import type { Worker } from '../worker.ts';

export const LIVE_TABLE = 'llx_ticket_extrafields';
const ELEMENT = 'ticket';
/** Columns that live at the same time; then the oldest goes. */
const MAX_COLUMNS = 3;

async function addColumn(worker: Worker): Promise<void> {
  const column = worker.liveColumns.plan();
  await worker.define(`ALTER TABLE ${LIVE_TABLE} ADD ${column.name} ${column.sqlType} NULL`);
  const script = createScript();
  script.insert('llx_extrafields', {
    name: column.name,
    entity: 1,
    elementtype: ELEMENT,
    label: `Champ ${column.name}`,
    type: column.fieldType,
    size: '',
    pos: 100,
    list: '1',
    datec: sqlDateTime(worker.now()),
  });
  await worker.commit(script);
  worker.liveColumns.add(column);
}

async function dropColumn(worker: Worker): Promise<void> {
  const column = await worker.liveColumns.retire();
  if (column === undefined) return;
  const script = createScript();
  script.run(
    `DELETE FROM llx_extrafields WHERE name = ${literal(column.name)} AND elementtype = '${ELEMENT}'`,
  );
  await worker.commit(script);
  await worker.define(`ALTER TABLE ${LIVE_TABLE} DROP COLUMN ${column.name}`);
}

export async function changeExtrafields(worker: Worker): Promise<void> {
  const { columns } = worker.liveColumns;
  const drop = columns.length >= MAX_COLUMNS || (columns.length > 0 && worker.random.chance(0.3));
  return drop ? dropColumn(worker) : addColumn(worker);
}
