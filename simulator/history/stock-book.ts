/** Stock: an opening delivery, materials taken out for each job, and weekly deliveries of what ran low. */
import { isStocked, type Firm, type Product } from '../firm/firm.ts';
import { MOVEMENT, movementRow } from '../rows/stock-rows.ts';
import { HOUR, sqlDateTime, startOfDay } from '../wall-clock.ts';
import type { Book } from './book.ts';
import type { DeliveredGoods } from './purchases.ts';

/** Quantity by product id, in the main warehouse; levels never go below zero. */
export type StockBook = Map<number, number>;

/** Interventions a month of a firm whose products are used as `monthlyUse` says, and goods that each takes. */
const JOBS_PER_MONTH = 130;
const GOODS_PER_JOB = 2;

function move(
  book: Book,
  stock: StockBook,
  product: Product,
  movement: Omit<Parameters<typeof movementRow>[0], 'product' | 'price' | 'code'>,
): void {
  stock.set(product.id, (stock.get(product.id) ?? 0) + movement.quantity);
  const code = sqlDateTime(movement.at).replace(/\D/g, '');
  const row = movementRow({ ...movement, product: product.id, price: product.model.cost, code });
  book.writer.add('llx_stock_mouvement', movement.at, row);
}

/** `scale` is the firm's activity relative to one of JOBS_PER_MONTH interventions a month. */
function deliver(
  book: Book,
  firm: Firm,
  stock: StockBook,
  { at, scale }: { at: number; scale: number },
): DeliveredGoods[] {
  const delivered: DeliveredGoods[] = [];
  for (const product of firm.products.filter(isStocked)) {
    const level = stock.get(product.id) ?? 0;
    const wanted = Math.ceil(product.model.monthlyUse * scale * 1.2);
    if (level > wanted / 3) continue;
    const facts = { warehouse: firm.warehouses[0]!, type: MOVEMENT.automaticIn, user: firm.boss, project: 0 };
    const origin = { type: 'reception', id: 0 };
    move(book, stock, product, {
      ...facts,
      quantity: wanted - level,
      label: 'Réception fournisseur',
      origin,
      at,
    });
    const { label, cost } = product.model;
    delivered.push({ product: product.id, label, quantity: wanted - level, unitCost: cost });
  }
  return delivered;
}

export function openStock(book: Book, firm: Firm, at: number, scale: number): StockBook {
  const stock: StockBook = new Map();
  deliver(book, firm, stock, { at, scale });
  return stock;
}

/** Mondays, what ran low comes in. Returns what that was. */
export function receiveDeliveries(
  book: Book,
  firm: Firm,
  stock: StockBook,
  due: { at: number; scale: number },
): DeliveredGoods[] {
  if (new Date(due.at).getUTCDay() !== 1) return [];
  return deliver(book, firm, stock, { ...due, at: startOfDay(due.at) + 7 * HOUR });
}

/** How much of a product one job takes. */
export const quantityPerJob = (product: Product, draw: number, goods: number): number =>
  Math.max(1, Math.round(((product.model.monthlyUse * goods) / (JOBS_PER_MONTH * GOODS_PER_JOB)) * draw));

/** The materials of one job leave the warehouse, as far as there are any. */
export function useMaterials(
  book: Book,
  firm: Firm,
  stock: StockBook,
  job: { readonly at: number; readonly project: number },
): void {
  const { random } = book;
  const goods = firm.products.filter(isStocked);
  for (let count = random.int(0, 2 * GOODS_PER_JOB); count > 0; count -= 1) {
    const product = random.pick(goods);
    const wanted = quantityPerJob(product, random.logNormal(1, 0.4), goods.length);
    const quantity = Math.min(wanted, stock.get(product.id) ?? 0);
    if (quantity === 0) continue;
    const user = random.pick(random.pick(firm.crews).technicians).id;
    const facts = {
      warehouse: firm.warehouses[0]!,
      type: MOVEMENT.manualOut,
      user,
      label: 'Sortie chantier',
    };
    move(book, stock, product, { ...facts, ...job, quantity: -quantity });
  }
}

/** The levels as they stand at the end: rows of llx_product_stock. */
export function writeLevels(book: Book, firm: Firm, stock: StockBook): void {
  for (const [product, quantity] of stock) {
    const row = { fk_product: product, fk_entrepot: firm.warehouses[0]!, reel: quantity };
    book.writer.add('llx_product_stock', book.end, row);
  }
}
