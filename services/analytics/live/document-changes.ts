/** What is read of invoices, stock movements, and the names of customers and products. */
import { type ColumnReader, idOf } from '../row-changes.ts';

export interface InvoiceRow {
  readonly invoice: number;
  readonly ref: string;
  readonly entity: number;
  readonly customer: number;
  /** Validated or closed, and neither a credit note nor a deposit: counts as an amount of work. */
  readonly counts: boolean;
  /** EUR without tax. */
  readonly amount: number;
}

export interface ExitRow {
  readonly movement: number;
  readonly product: number;
  /** Units that were sold or used, above 0; null: not such a movement. */
  readonly quantity: number | null;
}

export interface NamedRow {
  readonly id: number;
  readonly name: string;
}

/** Dolibarr's llx_facture.type: standard and replacement. */
const WORK_TYPES = [0, 1];
const [VALIDATED, CLOSED] = [1, 2] as const;
/** llx_stock_mouvement.type_mouvement. Out by hand is use on a site when it names one; else it may be half a transfer. */
const [OUT_BY_HAND, OUT_BY_DOCUMENT] = [1, 2] as const;
const MAX_NAME = 80;

export function readInvoice(columns: ColumnReader): InvoiceRow | null {
  const [invoice, customer] = [idOf(columns, 'rowid'), idOf(columns, 'fk_soc')];
  if (invoice === null || customer === null) return null;
  const status = columns.number('fk_statut') ?? 0;
  const amount = columns.number('total_ht') ?? 0;
  const isWork = WORK_TYPES.includes(columns.number('type') ?? 0);
  return {
    ...{ invoice, customer, amount, entity: columns.number('entity') ?? 1 },
    ref: (columns.text('ref') ?? '').trim() || `#${invoice}`,
    counts: isWork && (status === VALIDATED || status === CLOSED) && Number.isFinite(amount) && amount > 0,
  };
}

export function readExit(columns: ColumnReader): ExitRow | null {
  const [movement, product] = [idOf(columns, 'rowid'), idOf(columns, 'fk_product')];
  if (movement === null || product === null) return null;
  const value = columns.number('value') ?? 0;
  const type = columns.number('type_mouvement');
  const site = idOf(columns, 'fk_project') ?? idOf(columns, 'fk_projet');
  const isUse = type === OUT_BY_DOCUMENT || (type === OUT_BY_HAND && site !== null);
  return { movement, product, quantity: isUse && value < 0 && Number.isFinite(value) ? -value : null };
}

export function readCustomerName(columns: ColumnReader): NamedRow | null {
  const id = idOf(columns, 'rowid');
  return id === null ? null : { id, name: (columns.text('nom') ?? '').trim().slice(0, MAX_NAME) };
}

export function readProductName(columns: ColumnReader): NamedRow | null {
  const id = idOf(columns, 'rowid');
  const words = [columns.text('ref'), columns.text('label')].map((word) => word?.trim()).filter(Boolean);
  return id === null ? null : { id, name: words.join(' ').slice(0, MAX_NAME) };
}
