/** Goods coming in, going out, and moving between warehouses. */
import { isStocked, type Product } from '../../firm/firm.ts';
import { quantityPerJob } from '../../history/stock-book.ts';
import { MOVEMENT, movementRow } from '../../rows/stock-rows.ts';
import { sqlDateTime } from '../../wall-clock.ts';
import { createScript, type Script } from '../script.ts';
import type { Worker } from '../worker.ts';

interface Move {
  readonly product: Product;
  readonly warehouse: number;
  readonly quantity: number;
  readonly type: number;
  readonly label: string;
}

const placeOf = (product: Product, warehouse: number): string => `${product.id} ${warehouse}`;

/** A movement, the level in that warehouse (inserted the first time, updated after), and the product's own sum. */
export function addMovement(worker: Worker, script: Script, move: Move): void {
  const { product, warehouse, quantity } = move;
  const user = worker.random.pick(worker.firm.crews[0]!.technicians).id;
  const at = worker.now();
  const facts = { warehouse, quantity, type: move.type, label: move.label, user, at, project: 0 };
  const code = sqlDateTime(at).replace(/\D/g, '');
  script.insert(
    'llx_stock_mouvement',
    movementRow({ ...facts, product: product.id, price: product.model.cost, code }),
  );
  const place = placeOf(product, warehouse);
  if (worker.work.places.has(place)) {
    const key = `fk_product = ${product.id} AND fk_entrepot = ${warehouse}`;
    script.run(`UPDATE llx_product_stock SET reel = reel + ${quantity} WHERE ${key}`);
  } else {
    script.insert('llx_product_stock', { fk_product: product.id, fk_entrepot: warehouse, reel: quantity });
  }
  script.run(`UPDATE llx_product SET stock = COALESCE(stock, 0) + ${quantity} WHERE rowid = ${product.id}`);
}

const stockedOf = ({ firm }: Worker): Product[] => firm.products.filter(isStocked);

/** Materials leave for a job; when there are too few, a delivery comes first. */
export async function takeMaterials(worker: Worker): Promise<void> {
  const { random, firm, work } = worker;
  const goods = stockedOf(worker);
  if (goods.length === 0) return;
  const product = random.pick(goods);
  const quantity = quantityPerJob(product, random.logNormal(1, 0.4), goods.length);
  if ((work.stock.get(product.id) ?? 0) < quantity) return receiveGoods(worker, product);
  const warehouse = firm.warehouses[0]!;
  const script = createScript();
  addMovement(worker, script, {
    product,
    warehouse,
    quantity: -quantity,
    type: MOVEMENT.manualOut,
    label: 'Sortie chantier',
  });
  await worker.commit(script);
  work.stock.set(product.id, (work.stock.get(product.id) ?? 0) - quantity);
}

async function receiveGoods(worker: Worker, product: Product): Promise<void> {
  const { firm, work } = worker;
  const quantity = Math.ceil(product.model.monthlyUse * 1.2);
  const script = createScript();
  const facts = { product, warehouse: firm.warehouses[0]!, quantity };
  addMovement(worker, script, { ...facts, type: MOVEMENT.automaticIn, label: 'Réception fournisseur' });
  await worker.commit(script);
  work.places.add(placeOf(product, facts.warehouse));
  work.stock.set(product.id, (work.stock.get(product.id) ?? 0) + quantity);
}

/** From the depot to the vans: two movements with one code, in one transaction. */
export async function transferGoods(worker: Worker): Promise<void> {
  const { random, firm, work } = worker;
  const [depot, vans] = firm.warehouses;
  const available = stockedOf(worker).filter(({ id }) => (work.stock.get(id) ?? 0) > 1);
  if (available.length === 0 || vans === undefined) return takeMaterials(worker);
  const product = random.pick(available);
  const quantity = random.int(1, Math.max(1, Math.floor((work.stock.get(product.id) ?? 1) / 4)));
  const script = createScript();
  const label = 'Transfert vers fourgon';
  addMovement(worker, script, {
    product,
    warehouse: depot!,
    quantity: -quantity,
    type: MOVEMENT.manualOut,
    label,
  });
  addMovement(worker, script, { product, warehouse: vans, quantity, type: MOVEMENT.manualIn, label });
  await worker.commit(script);
  work.places.add(placeOf(product, vans));
  work.stock.set(product.id, (work.stock.get(product.id) ?? 0) - quantity);
}
