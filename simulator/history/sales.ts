/** Quotes, the orders some of them become, invoices, and the payments that come early, late or never. */
import type { Customer, Firm, Site } from '../firm/firm.ts';
import type { Random } from '../random.ts';
import {
  addTotals,
  documentLineRow,
  invoiceRow,
  orderRow,
  paymentRow,
  paymentShareRow,
  quoteRow,
  type DocumentLine,
} from '../rows/sales-rows.ts';
import { DAY, sqlDate, sqlDateTime } from '../wall-clock.ts';
import { recordBankLine } from './purchases.ts';
import { duringWork, inOfficeHours, pickCustomer, recordEvent, siteUnderWay, type Book } from './book.ts';

/** The lines of a quote, an order or an invoice: a few by default. */
export function drawLines(random: Random, firm: Firm, count = random.int(1, 6)): DocumentLine[] {
  return Array.from({ length: count }, () => {
    const { id, model } = random.pick(firm.products);
    const isService = model.monthlyUse === 0;
    const quantity = isService ? random.int(2, 40) : Math.max(1, Math.round(random.logNormal(8, 0.9)));
    const unitPrice = Math.round(model.price * random.logNormal(1, 0.08) * 100) / 100;
    return { product: id, label: model.label, isService, quantity, unitPrice, unitCost: model.cost };
  });
}

interface Deal {
  readonly customer: Customer;
  readonly site: Site | undefined;
  readonly lines: readonly DocumentLine[];
  readonly author: number;
}

const placeOf = ({ customer, site, author }: Deal) => ({
  customer: customer.id,
  project: site?.id ?? 0,
  author,
});

function writeOrder(book: Book, deal: Deal, quote: number, at: number): void {
  const { random, writer, refs } = book;
  const billed = at < book.end - 40 * DAY;
  const row = orderRow({ ref: refs.next('CO', at), ...placeOf(deal), at });
  const order = writer.add('llx_commande', at, {
    ...row,
    ...addTotals(deal.lines),
    fk_statut: billed ? 3 : random.pick([1, 2]),
    date_valid: sqlDateTime(at),
    facture: billed ? 1 : 0,
  });
  deal.lines.forEach((line, rank) => {
    writer.add('llx_commandedet', at, documentLineRow('fk_commande', order, line, { rank: rank + 1 }));
  });
  const link = { fk_source: quote, sourcetype: 'propal', fk_target: order, targettype: 'commande' };
  writer.add('llx_element_element', at, link);
}

export function writeQuote(book: Book, firm: Firm, day: number): void {
  const { random, writer, refs } = book;
  const site = random.chance(0.3) ? siteUnderWay(book, firm, day) : undefined;
  const lines = drawLines(random, firm);
  const deal: Deal = {
    customer: site?.customer ?? pickCustomer(random, firm),
    site,
    lines,
    author: firm.boss,
  };
  const at = duringWork(random, day);
  const answered = inOfficeHours(at + random.logNormal(9, 0.7) * DAY);
  const isAnswered = answered <= book.end;
  const signed = isAnswered && random.chance(0.55);
  const status = isAnswered ? (signed ? 2 : 3) : 1;
  const row = quoteRow({ ref: refs.next('PR', at), ...placeOf(deal), at });
  const id = writer.add('llx_propal', isAnswered ? answered : at, {
    ...row,
    ...addTotals(lines),
    fk_statut: status,
    date_valid: sqlDateTime(at),
    date_cloture: isAnswered ? sqlDateTime(answered) : null,
  });
  lines.forEach((line, rank) => {
    writer.add('llx_propaldet', at, documentLineRow('fk_propal', id, line, { rank: rank + 1 }));
  });
  if (signed) book.schedule(answered, () => writeOrder(book, deal, id, answered));
}

/** When a customer pays: around its habit, some months late, and a few never. */
function paymentMoment(random: Random, customer: Customer, at: number): number {
  if (random.chance(0.03)) return Infinity;
  const late = random.chance(0.15) ? random.logNormal(25, 0.6) : 0;
  return inOfficeHours(at + (customer.paymentDays + random.normal(0, 4) + late) * DAY);
}

function writePayment(
  book: Book,
  firm: Firm,
  invoice: number,
  payment: { amount: number; at: number },
): void {
  const { writer, refs } = book;
  const { amount, at } = payment;
  const row = paymentRow({ ref: refs.next('PAY', at), author: firm.accountant, amount, at });
  const id = writer.add('llx_paiement', at, row);
  writer.add('llx_paiement_facture', at, paymentShareRow(id, invoice, amount));
  recordBankLine(book, { at, amount, label: 'Règlement client' });
}

function writeCreditNote(book: Book, firm: Firm, invoice: { id: number; deal: Deal }, at: number): void {
  const { writer, refs } = book;
  const lines = invoice.deal.lines.slice(0, 1);
  const facts = { ref: refs.next('AV', at), ...placeOf(invoice.deal), author: firm.accountant, at };
  const row = invoiceRow({ ...facts, paymentDays: 0, type: 2, corrects: invoice.id });
  const state = { fk_statut: 2, paye: 1, date_valid: sqlDate(at), fk_user_valid: firm.accountant };
  const id = writer.add('llx_facture', at, { ...row, ...addTotals(lines, -1), ...state });
  lines.forEach((line, rank) => {
    writer.add('llx_facturedet', at, documentLineRow('fk_facture', id, line, { rank: rank + 1, sign: -1 }));
  });
}

export function writeInvoice(book: Book, firm: Firm, day: number): void {
  const { random, writer, refs } = book;
  const site = random.chance(0.5) ? siteUnderWay(book, firm, day) : undefined;
  const customer = site?.customer ?? pickCustomer(random, firm);
  const deal: Deal = { customer, site, lines: drawLines(random, firm), author: firm.accountant };
  const at = duringWork(random, day);
  const paidAt = paymentMoment(random, customer, at);
  const isPaid = paidAt <= book.end;
  const isDraft = at > book.end - 3 * DAY && random.chance(0.4);
  const number = (writer.counts['llx_facture'] ?? 0) + 1;
  const ref = isDraft ? `(PROV${number})` : refs.next('FA', at);
  const totals = addTotals(deal.lines);
  const facts = { ref, ...placeOf(deal), at, paymentDays: customer.paymentDays, type: 0, corrects: null };
  const id = writer.add('llx_facture', isPaid ? paidAt : at, {
    ...invoiceRow(facts),
    ...totals,
    fk_statut: isDraft ? 0 : isPaid ? 2 : 1,
    paye: isPaid && !isDraft ? 1 : 0,
    date_valid: isDraft ? null : sqlDate(at),
    fk_user_valid: isDraft ? null : firm.accountant,
  });
  deal.lines.forEach((line, rank) => {
    writer.add('llx_facturedet', at, documentLineRow('fk_facture', id, line, { rank: rank + 1 }));
  });
  if (isDraft) return;
  const event = { user: firm.accountant, customer: customer.id, project: site?.id ?? null, at };
  const subject = { elementType: 'invoice', element: id };
  recordEvent(book, { ...event, ...subject, code: 'AC_BILL_VALIDATE', label: `Facture ${ref} validée` });
  if (isPaid) {
    book.schedule(paidAt, () => writePayment(book, firm, id, { amount: totals.total_ttc, at: paidAt }));
  } else if (random.chance(0.05)) {
    book.schedule(at + 5 * DAY, () => writeCreditNote(book, firm, { id, deal }, at + 5 * DAY));
  }
}
