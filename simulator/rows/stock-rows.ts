import type { ProductModel } from '../firm/names.ts';
import { sqlDateTime } from '../wall-clock.ts';
import type { Row } from '../sql-writer.ts';

export const VAT_PERCENT = 20;

/** Directions of llx_stock_mouvement.type_mouvement; the sign of the quantity always agrees. */
export const MOVEMENT = { manualIn: 0, manualOut: 1, automaticOut: 2, automaticIn: 3 };

export function productRow(product: ProductModel, author: number, at: number): Row {
  const isService = product.monthlyUse === 0;
  return {
    ref: product.ref,
    entity: 1,
    datec: sqlDateTime(at),
    label: product.label,
    description: '',
    price: product.price,
    price_ttc: product.price * (1 + VAT_PERCENT / 100),
    price_base_type: 'HT',
    cost_price: product.cost,
    tva_tx: VAT_PERCENT,
    fk_user_author: author,
    tosell: 1,
    tobuy: 1,
    fk_product_type: isService ? 1 : 0,
    seuil_stock_alerte: isService ? null : Math.ceil(product.monthlyUse / 3),
    desiredstock: isService ? null : Math.ceil(product.monthlyUse * 1.2),
    stockable_product: isService ? 0 : 1,
    stock: null,
    pmp: product.cost,
  };
}

export function movementRow(movement: {
  readonly product: number;
  readonly warehouse: number;
  /** Signed: positive comes in. */
  readonly quantity: number;
  readonly price: number;
  readonly type: number;
  readonly user: number;
  readonly label: string;
  readonly code: string;
  readonly project: number;
  readonly at: number;
  readonly origin?: { readonly type: string; readonly id: number };
}): Row {
  return {
    datem: sqlDateTime(movement.at),
    fk_product: movement.product,
    fk_entrepot: movement.warehouse,
    value: movement.quantity,
    price: movement.price,
    type_mouvement: movement.type,
    fk_user_author: movement.user,
    label: movement.label,
    inventorycode: movement.code,
    fk_project: movement.project === 0 ? null : movement.project,
    fk_origin: movement.origin?.id ?? 0,
    origintype: movement.origin?.type ?? '',
    fk_projet: 0,
  };
}
