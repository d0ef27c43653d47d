/** Events: kept to be changed later, and changed the way Dolibarr does it, by deleting and inserting again. */
import { eventResourceRow } from '../../rows/event-rows.ts';
import type { SqlExpression } from '../../sql-writer.ts';
import { takeAny } from '../open-work.ts';
import { createScript, type Script } from '../script.ts';
import type { Worker } from '../worker.ts';

/** Events remembered at most; older ones are left alone. */
const MEMORY = 200;

/** Keeps an event just committed, so that somebody may change it later. */
export function rememberEvent(
  { work, random }: Worker,
  script: Script,
  committed: {
    readonly event: SqlExpression;
    readonly user: number;
    readonly idOf: (id: SqlExpression) => number;
  },
): void {
  if (work.agenda.length >= MEMORY) takeAny(work.agenda, random.next());
  const { event, user, idOf } = committed;
  work.agenda.push({ id: idOf(event), resource: idOf(script.resourceOf(event)), user });
}

/** An event is changed: its row is updated, its resources are deleted and inserted again under new ids. */
export async function changeEvent(worker: Worker): Promise<void> {
  const { random, work, firm } = worker;
  const entry = takeAny(work.agenda, random.next());
  if (entry === undefined) return;
  const script = createScript();
  const user = random.pick(firm.dispatchers);
  const changes = { percent: random.int(0, 10) * 10, location: 'Chantier', fk_user_mod: user };
  script.update('llx_actioncomm', changes, { id: entry.id });
  script.run(`DELETE FROM llx_actioncomm_resources WHERE rowid = ${entry.resource}`);
  const resource = script.insert('llx_actioncomm_resources', eventResourceRow(entry.id, entry.user));
  const idOf = await worker.commit(script);
  work.agenda.push({ ...entry, resource: idOf(resource) });
}
