/** How far each reader of the log has come by what it saved, whichever process it runs in. */
import type { ChangeLog, Cursor } from '../core/ports/change-log.ts';
import type { ConsumerPosition } from './caught-up.ts';

/** Owners of the states that hold a cursor, by the name of the reader. */
const READERS: Readonly<Record<string, string>> = {
  warehouse: 'warehouse',
  'warehouse-raw': 'warehouse-raw',
  model: 'model',
  lake: 'lake',
  analytics: 'analytics',
  alerting: 'alerting',
};

/** Readers that have saved a state; one that has never run here is none. */
export async function savedReaders(log: ChangeLog): Promise<ConsumerPosition[]> {
  const saved = await Promise.all(
    Object.entries(READERS).map(async ([name, owner]) => ({ name, state: await log.getState(owner) })),
  );
  return saved.flatMap(({ name, state }) => {
    const { cursor } = Object(state) as { cursor?: Cursor | null };
    return cursor === undefined ? [] : [{ name, position: () => cursor }];
  });
}
