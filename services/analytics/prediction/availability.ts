/**
 * What may be counted on and what may be ordered: stock on hand with what is on order and without what is promised to
 * customers (Dolibarr's virtual stock), and an order that suppliers accept: at least their minimum, in whole packs.
 */
import { type QueryRow, readFigure } from '../analysis.ts';

export interface Availability {
  /** Ordered from suppliers and not received. */
  readonly onOrder: number;
  /** Promised to customers and not shipped. */
  readonly reserved: number;
  /** Least units of an order; 0: any. */
  readonly minimum: number;
  /** Units of a pack; 0: no packs. */
  readonly pack: number;
}

export const AVAILABILITY_QUERIES = [
  'stock_on_order',
  'stock_reserved',
  'stock_shipped',
  'purchase_terms',
  'product_packs',
] as const;

function quantities(rows: readonly QueryRow[] = []): Map<number, number> {
  const pairs = rows.map((row) => {
    const quantity = Math.max(0, readFigure(row, 'quantity') ?? 0);
    return [readFigure(row, 'product_id') ?? 0, quantity] as const;
  });
  return new Map(pairs);
}

/** By product; a firm that keeps none of this has zeros. */
export function readAvailability(
  input: Readonly<Record<string, readonly QueryRow[]>>,
): (product: number) => Availability {
  const [onOrder, reserved, shipped, minimum, pack] = AVAILABILITY_QUERIES.map((name) =>
    quantities(input[name]),
  ) as [Map<number, number>, ...Map<number, number>[]];
  return (product) => ({
    onOrder: onOrder.get(product) ?? 0,
    reserved: Math.max(0, (reserved!.get(product) ?? 0) - (shipped!.get(product) ?? 0)),
    minimum: minimum!.get(product) ?? 0,
    pack: pack!.get(product) ?? 0,
  });
}

export const virtualStock = (onHand: number, { onOrder, reserved }: Availability): number =>
  onHand + onOrder - reserved;

/** Units to order for what is needed: 0 for nothing, else whole units, the supplier's minimum, whole packs. */
export function orderQuantity(needed: number, { minimum, pack }: Availability): number {
  if (needed <= 0) return 0;
  const least = Math.max(Math.ceil(needed), minimum);
  return pack > 0 ? Math.ceil(least / pack - 1e-9) * pack : Math.ceil(least);
}
