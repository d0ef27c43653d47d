import type { Metrics } from '../../core/ports/metrics.ts';
import type { ModelStore } from './model-store.ts';
import type { ModelTable } from './model-table.ts';
import type { TouchedKeys } from './touched-keys.ts';

/** Derives the rows that changes have touched, of each table after those that it reads; what is due as a whole is left. */
export async function deriveTouched(
  store: ModelStore,
  tables: readonly ModelTable[],
  touchedKeys: TouchedKeys,
  metrics: Metrics,
): Promise<void> {
  const startedAt = performance.now();
  metrics.count('model_keys_total', touchedKeys.count);
  const { touched, indirect } = touchedKeys.take();
  for (const touch of indirect) {
    const table = tables.find(({ name }) => name === touch.table)!;
    const known = touched.get(table.name);
    const keys = new Map(known?.keys);
    for (const key of await store.findKeys(table, touch)) keys.set(key.join(' '), key);
    if (keys.size > 0) touched.set(table.name, { keys, removed: known?.removed ?? new Map() });
  }
  for (const table of tables) {
    const keys = touched.get(table.name);
    if (keys && !touchedKeys.whole.has(table.name)) await store.update(table, keys);
  }
  metrics.observe('model_update_seconds', (performance.now() - startedAt) / 1000);
}
