/** Rows of quotes, orders, invoices and payments. Amounts are EUR. */
import { DAY, sqlDate, sqlDateTime } from '../wall-clock.ts';
import type { Row, SqlValue } from '../sql-writer.ts';
import { VAT_PERCENT } from './stock-rows.ts';

export interface DocumentLine {
  readonly product: number;
  readonly label: string;
  readonly isService: boolean;
  readonly quantity: number;
  readonly unitPrice: number;
  readonly unitCost: number;
}

export interface Totals {
  readonly total_ht: number;
  readonly total_tva: number;
  readonly total_ttc: number;
}

const toCents = (amount: number): number => Math.round(amount * 100) / 100;

/** Each line is rounded to cents by itself, and the document adds up what was rounded. */
export function addTotals(lines: readonly DocumentLine[], sign = 1): Totals {
  let net = 0;
  let vat = 0;
  for (const line of lines) {
    const lineNet = toCents(sign * line.quantity * line.unitPrice);
    net += lineNet;
    vat += toCents((lineNet * VAT_PERCENT) / 100);
  }
  return { total_ht: toCents(net), total_tva: toCents(vat), total_ttc: toCents(net + vat) };
}

interface DocumentFacts {
  readonly ref: string;
  readonly customer: number;
  readonly project: number;
  readonly author: number;
  readonly at: number;
}

/** A link to no site is NULL here: these tables declare the foreign key. */
const link = (id: number): number | null => (id === 0 ? null : id);

export function quoteRow(quote: DocumentFacts): Row {
  return {
    ref: quote.ref,
    entity: 1,
    fk_soc: quote.customer,
    fk_projet: link(quote.project),
    datec: sqlDateTime(quote.at),
    datep: sqlDate(quote.at),
    fin_validite: sqlDateTime(quote.at + 30 * DAY),
    fk_user_author: quote.author,
    fk_statut: 0,
    ...addTotals([]),
    model_pdf: 'azur',
  };
}

export function orderRow(order: DocumentFacts): Row {
  return {
    ref: order.ref,
    entity: 1,
    fk_soc: order.customer,
    fk_projet: link(order.project),
    date_creation: sqlDateTime(order.at),
    date_commande: sqlDate(order.at),
    fk_user_author: order.author,
    fk_statut: 0,
    ...addTotals([]),
    facture: 0,
  };
}

export function invoiceRow(
  invoice: DocumentFacts & {
    readonly paymentDays: number;
    readonly type: number;
    readonly corrects: number | null;
  },
): Row {
  return {
    ref: invoice.ref,
    entity: 1,
    type: invoice.type,
    fk_soc: invoice.customer,
    datec: sqlDateTime(invoice.at),
    datef: sqlDate(invoice.at),
    date_valid: null,
    paye: 0,
    ...addTotals([]),
    fk_statut: 0,
    fk_user_author: invoice.author,
    fk_facture_source: invoice.corrects,
    fk_projet: link(invoice.project),
    fk_cond_reglement: 2,
    fk_mode_reglement: 2,
    date_lim_reglement: sqlDate(invoice.at + invoice.paymentDays * DAY),
    model_pdf: 'sponge',
  };
}

/** A line of any of the three; `parentColumn` is fk_propal, fk_commande or fk_facture. */
export function documentLineRow(
  parentColumn: string,
  parent: SqlValue,
  line: DocumentLine,
  { rank, sign = 1 }: { readonly rank: number; readonly sign?: number },
): Row {
  return {
    [parentColumn]: parent,
    fk_product: line.product,
    description: line.label,
    tva_tx: VAT_PERCENT,
    qty: line.quantity,
    subprice: toCents(sign * line.unitPrice),
    price: toCents(sign * line.unitPrice),
    ...addTotals([line], sign),
    product_type: line.isService ? 1 : 0,
    buy_price_ht: line.unitCost,
    rang: rank,
  };
}

export function paymentRow(payment: {
  readonly ref: string;
  readonly amount: number;
  readonly author: number;
  readonly at: number;
}): Row {
  return {
    ref: payment.ref,
    entity: 1,
    datec: sqlDateTime(payment.at),
    datep: sqlDateTime(payment.at),
    amount: payment.amount,
    multicurrency_amount: payment.amount,
    fk_paiement: 2,
    num_paiement: '',
    note: '',
    fk_bank: 0,
    fk_user_creat: payment.author,
    statut: 1,
  };
}

export const paymentShareRow = (payment: SqlValue, invoice: SqlValue, amount: number): Row => ({
  fk_paiement: payment,
  fk_facture: invoice,
  amount,
  multicurrency_amount: amount,
});
