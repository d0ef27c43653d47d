import { DolistreamError } from '../core/errors.ts';
import type { Warehouse } from '../core/ports/warehouse.ts';

function refuse(): Promise<never> {
  return Promise.reject(
    new DolistreamError('NOT_RUNNING', 'This process keeps no warehouse', {
      fix: 'Ask the one that runs `load` or `monitor`.',
    }),
  );
}

/** Stands where a process has no warehouse: refuses every statement. */
export const absentWarehouse: Warehouse = {
  command: refuse,
  rows: refuse,
  stream: refuse,
  insertAvro: refuse,
  insertText: refuse,
  close: () => Promise.resolve(),
};
