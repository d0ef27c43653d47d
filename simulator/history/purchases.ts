/**
 * What the firm buys: an order a while before each delivery, its reception, the supplier's invoice and its payment through
 * the bank; and maintenance contracts with customers. Draws nothing at random, so that the rest of a history is the same
 * with it.
 */
import type { Firm } from '../firm/firm.ts';
import { CITIES } from '../firm/names.ts';
import { customerRow } from '../rows/people-rows.ts';
import { VAT_PERCENT } from '../rows/stock-rows.ts';
import { DAY, sqlDate, sqlDateTime } from '../wall-clock.ts';
import type { Book } from './book.ts';

export interface DeliveredGoods {
  readonly product: number;
  readonly label: string;
  readonly quantity: number;
  readonly unitCost: number;
}

const SUPPLIERS = ['Matériaux du Rhône', 'Point P Vénissieux', 'Rexel Lyon Est'];
const PAYMENT_DAYS = 30;
/** Id of the firm's one bank account. */
const ACCOUNT = 1;

const cents = (amount: number): number => Math.round(amount * 100) / 100;

/** Writes the suppliers, the bank account with what lies on it, and a maintenance contract for every fourth customer. */
export function openPurchasing(book: Book, firm: Firm, at: number): readonly number[] {
  const { writer } = book;
  const suppliers = SUPPLIERS.map((name, index) => {
    const place = { city: CITIES[0]!, street: `${index + 1} rue des Entrepreneurs`, phone: '' };
    const row = customerRow({ name, code: null, ...place, paymentTerm: 2, author: firm.boss, at });
    return writer.add('llx_societe', at, { ...row, client: 0, fournisseur: 1 });
  });
  writer.add('llx_bank_account', at, {
    ref: 'BANQUE',
    label: 'Compte courant',
    entity: 1,
    datec: sqlDateTime(at),
  });
  recordBankLine(book, { at, amount: 60_000, label: 'Solde initial' });
  firm.customers
    .filter((_, index) => index % 4 === 0)
    .forEach((customer) => signContract(book, firm, customer.id, at));
  return suppliers;
}

function signContract(book: Book, firm: Firm, customer: number, at: number): void {
  const { writer, refs } = book;
  const contract = writer.add('llx_contrat', at, {
    ref: refs.next('CT', at),
    entity: 1,
    datec: sqlDateTime(at),
    date_contrat: sqlDateTime(at),
    statut: 1,
    fk_soc: customer,
    fk_user_author: firm.boss,
  });
  writer.add('llx_contratdet', at, {
    fk_contrat: contract,
    statut: 4,
    description: 'Entretien annuel',
    date_ouverture_prevue: sqlDateTime(at),
    date_ouverture: sqlDateTime(at),
    date_fin_validite: sqlDateTime(book.end + ((customer * 37) % 300) * DAY),
    tva_tx: VAT_PERCENT,
    qty: 1,
    subprice: 480,
    total_ht: 480,
    total_tva: 96,
    total_ttc: 576,
    fk_user_author: firm.boss,
  });
}

/** Money in (positive) or out. */
export function recordBankLine(
  { writer }: Book,
  line: { readonly at: number; readonly amount: number; readonly label: string },
): void {
  const day = sqlDate(line.at);
  writer.add('llx_bank', line.at, {
    datec: sqlDateTime(line.at),
    datev: day,
    dateo: day,
    amount: line.amount,
    label: line.label,
    fk_account: ACCOUNT,
    fk_type: 'VIR',
  });
}

/** Writes the order behind a delivery of `at`, and what follows from it as far as history goes. */
export function buyGoods(
  book: Book,
  firm: Firm,
  suppliers: readonly number[],
  { at, goods }: { readonly at: number; readonly goods: readonly DeliveredGoods[] },
): void {
  if (goods.length === 0) return;
  const { writer, refs } = book;
  const number = writer.counts['llx_commande_fournisseur'] ?? 0;
  const supplier = suppliers[number % suppliers.length]!;
  const ordered = at - (4 + (number % 9)) * DAY;
  const net = cents(goods.reduce((sum, { quantity, unitCost }) => sum + quantity * unitCost, 0));
  const vat = cents((net * VAT_PERCENT) / 100);
  const totals = { total_ht: net, total_tva: vat, total_ttc: cents(net + vat) };
  const order = writer.add('llx_commande_fournisseur', at, {
    fk_soc: supplier,
    ref: refs.next('CF', ordered),
    entity: 1,
    date_creation: sqlDateTime(ordered),
    date_valid: sqlDateTime(ordered),
    date_commande: sqlDate(ordered),
    date_livraison: sqlDateTime(ordered + 7 * DAY),
    fk_user_author: firm.boss,
    fk_statut: 5,
    ...totals,
  });
  goods.forEach(({ product, label, quantity, unitCost }, rank) => {
    const lineNet = cents(quantity * unitCost);
    const lineVat = cents((lineNet * VAT_PERCENT) / 100);
    writer.add('llx_commande_fournisseurdet', ordered, {
      fk_commande: order,
      fk_product: product,
      label,
      tva_tx: VAT_PERCENT,
      qty: quantity,
      subprice: unitCost,
      total_ht: lineNet,
      total_tva: lineVat,
      total_ttc: cents(lineNet + lineVat),
      rang: rank + 1,
    });
    writer.add('llx_receptiondet_batch', at, {
      fk_element: order,
      element_type: 'supplier_order',
      fk_product: product,
      qty: quantity,
      fk_entrepot: firm.warehouses[0]!,
      fk_user: firm.boss,
      datec: sqlDateTime(at),
    });
  });
  billGoods(book, firm, { supplier, at, totals });
}

function billGoods(
  book: Book,
  firm: Firm,
  bill: {
    readonly supplier: number;
    readonly at: number;
    readonly totals: { readonly total_ht: number; readonly total_tva: number; readonly total_ttc: number };
  },
): void {
  const { writer, refs } = book;
  const { supplier, at, totals } = bill;
  const paidAt = at + PAYMENT_DAYS * DAY;
  const isPaid = paidAt <= book.end;
  const number = (writer.counts['llx_facture_fourn'] ?? 0) + 1;
  const invoice = writer.add('llx_facture_fourn', isPaid ? paidAt : at, {
    ref: refs.next('SI', at),
    ref_supplier: `F${String(number).padStart(6, '0')}`,
    entity: 1,
    type: 0,
    fk_soc: supplier,
    datec: sqlDateTime(at),
    datef: sqlDate(at),
    libelle: 'Matériaux',
    paye: isPaid ? 1 : 0,
    ...totals,
    fk_statut: isPaid ? 2 : 1,
    fk_user_author: firm.accountant,
    date_lim_reglement: sqlDate(paidAt),
  });
  if (!isPaid) return;
  const payment = writer.add('llx_paiementfourn', paidAt, {
    ref: refs.next('SPAY', paidAt),
    entity: 1,
    datec: sqlDateTime(paidAt),
    datep: sqlDateTime(paidAt),
    amount: totals.total_ttc,
    fk_user_author: firm.accountant,
    fk_paiement: 2,
    statut: 1,
  });
  writer.add('llx_paiementfourn_facturefourn', paidAt, {
    fk_paiementfourn: payment,
    fk_facturefourn: invoice,
    amount: totals.total_ttc,
  });
  recordBankLine(book, { at: paidAt, amount: -totals.total_ttc, label: 'Règlement fournisseur' });
}
