/** The loader does not wait for the model: it may give a table another shape while the model is derived from it. */
import { DolistreamError } from '../../core/errors.ts';
import type { ModelStore } from './model-store.ts';
import type { ModelTable } from './model-table.ts';

/**
 * Whether a statement failed since the loader gave a table another shape meanwhile. Nothing was saved since, so beginning
 * again where the model stood derives all of it from the tables as they are now.
 */
export async function isMirrorAnother(
  store: ModelStore,
  tables: readonly ModelTable[],
  error: unknown,
): Promise<boolean> {
  if (!(error instanceof DolistreamError) || error.code !== 'WAREHOUSE_FAILED' || error.retryable)
    return false;
  if (!store.hasReadMirror) return false;
  const before = tables.map((table) => store.fingerprint(table));
  await store.readMirror();
  return tables.some((table, index) => store.fingerprint(table) !== before[index]);
}

export function mirrorChanged(cause: unknown): DolistreamError {
  const message = 'A table of the mirror changed its shape while the model was read from it';
  return new DolistreamError('WAREHOUSE_FAILED', message, { cause, retryable: true });
}
