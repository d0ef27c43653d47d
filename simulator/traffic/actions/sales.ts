/** Quotes, orders, invoices and payments: a header inserted empty, then updated once per line. */
import { drawLines } from '../../history/sales.ts';
import {
  addTotals,
  documentLineRow,
  invoiceRow,
  orderRow,
  paymentRow,
  paymentShareRow,
  quoteRow,
  type DocumentLine,
} from '../../rows/sales-rows.ts';
import type { SqlExpression } from '../../sql-writer.ts';
import { sqlDate, sqlDateTime } from '../../wall-clock.ts';
import { takeAny } from '../open-work.ts';
import { createScript, type Script } from '../script.ts';
import type { Worker } from '../worker.ts';

interface DocumentTables {
  readonly header: string;
  readonly lines: string;
  readonly parentColumn: string;
}

const QUOTE: DocumentTables = { header: 'llx_propal', lines: 'llx_propaldet', parentColumn: 'fk_propal' };
const ORDER: DocumentTables = {
  header: 'llx_commande',
  lines: 'llx_commandedet',
  parentColumn: 'fk_commande',
};
const INVOICE: DocumentTables = {
  header: 'llx_facture',
  lines: 'llx_facturedet',
  parentColumn: 'fk_facture',
};

/** A year's work billed at once: a transaction of hundreds of row changes, most of them to the same header. */
const LONG_INVOICE_SHARE = 0.03;

function pickPlace({ random, firm }: Worker): { customer: number; project: number } {
  const site = firm.sites.length > 0 && random.chance(0.4) ? random.pick(firm.sites) : undefined;
  return { customer: (site?.customer ?? random.pick(firm.customers)).id, project: site?.id ?? 0 };
}

/** Dolibarr totals the document again after each line: as many updates of the header as there are lines. */
function addLines(
  script: Script,
  tables: DocumentTables,
  header: SqlExpression,
  lines: readonly DocumentLine[],
): void {
  script.run(
    `UPDATE ${tables.header} SET ref = CONCAT('(PROV', ${header.sql}, ')') WHERE rowid = ${header.sql}`,
  );
  lines.forEach((line, index) => {
    script.insert(tables.lines, documentLineRow(tables.parentColumn, header, line, { rank: index + 1 }));
    script.update(tables.header, { ...addTotals(lines.slice(0, index + 1)) }, { rowid: header });
  });
}

export async function writeQuote(worker: Worker): Promise<void> {
  const { random, firm, work, refs } = worker;
  const place = pickPlace(worker);
  const lines = drawLines(random, firm);
  const draft = createScript();
  const facts = { ref: worker.draftRef(), ...place, author: firm.boss, at: worker.now() };
  const quote = draft.insert(QUOTE.header, quoteRow(facts));
  addLines(draft, QUOTE, quote, lines);
  const id = (await worker.commit(draft))(quote);
  if (!(await worker.turn())) return;
  const valid = createScript();
  const state = { ref: refs.next('PR', worker.now()), fk_statut: 1, date_valid: sqlDateTime(worker.now()) };
  valid.update(QUOTE.header, { ...state, fk_user_valid: firm.boss }, { rowid: id });
  await worker.commit(valid);
  work.quotes.push({ id, customer: place.customer });
}

/** A quote is signed and becomes an order, linked to it; or it is refused. */
export async function answerQuote(worker: Worker): Promise<void> {
  const { random, firm, work, refs } = worker;
  const quote = takeAny(work.quotes, random.next());
  if (quote === undefined) return writeQuote(worker);
  const signed = random.chance(0.6);
  const script = createScript();
  const closed = {
    fk_statut: signed ? 2 : 3,
    date_cloture: sqlDateTime(worker.now()),
    fk_user_cloture: firm.boss,
  };
  script.update(QUOTE.header, closed, { rowid: quote.id });
  if (signed) {
    const lines = drawLines(random, firm);
    const facts = {
      ref: worker.draftRef(),
      customer: quote.customer,
      project: 0,
      author: firm.boss,
      at: worker.now(),
    };
    const order = script.insert(ORDER.header, orderRow(facts));
    addLines(script, ORDER, order, lines);
    const valid = { ref: refs.next('CO', worker.now()), fk_statut: 1, date_valid: sqlDateTime(worker.now()) };
    script.update(ORDER.header, valid, { rowid: order });
    const link = { fk_source: quote.id, sourcetype: 'propal', fk_target: order, targettype: 'commande' };
    script.insert('llx_element_element', link);
  }
  await worker.commit(script);
}

export async function writeInvoice(worker: Worker): Promise<void> {
  const { random, firm, work, refs } = worker;
  const place = pickPlace(worker);
  const isLong = random.chance(LONG_INVOICE_SHARE);
  const lines = drawLines(random, firm, isLong ? random.int(30, 100) : random.int(1, 6));
  const draft = createScript();
  const facts = { ref: worker.draftRef(), ...place, author: firm.accountant, at: worker.now() };
  const invoice = draft.insert(
    INVOICE.header,
    invoiceRow({ ...facts, paymentDays: 30, type: 0, corrects: null }),
  );
  addLines(draft, INVOICE, invoice, lines);
  const id = (await worker.commit(draft))(invoice);
  // Some drafts stay drafts.
  if (random.chance(0.1) || !(await worker.turn())) return;
  const ref = refs.next('FA', worker.now());
  const valid = createScript();
  const state = { ref, fk_statut: 1, date_valid: sqlDate(worker.now()), fk_user_valid: firm.accountant };
  valid.update(INVOICE.header, state, { rowid: id });
  const project = place.project === 0 ? null : place.project;
  const subject = { customer: place.customer, project, elementType: 'invoice', element: id };
  const event = {
    code: 'AC_BILL_VALIDATE',
    label: `Facture ${ref} validée`,
    user: firm.accountant,
    at: worker.now(),
  };
  valid.event({ ...subject, ...event });
  await worker.commit(valid);
  work.invoices.push({ id, ref, customer: place.customer, total: addTotals(lines).total_ttc });
}

/** A payment, its share of the invoice, and the invoice closed as paid. */
export async function payInvoice(worker: Worker): Promise<void> {
  const { random, firm, work, refs } = worker;
  const invoice = takeAny(work.invoices, random.next());
  if (invoice === undefined) return writeInvoice(worker);
  const at = worker.now();
  const script = createScript();
  const facts = { ref: worker.draftRef(), amount: invoice.total, author: firm.accountant, at };
  const payment = script.insert('llx_paiement', paymentRow(facts));
  script.update('llx_paiement', { ref: refs.next('PAY', at) }, { rowid: payment });
  script.insert('llx_paiement_facture', paymentShareRow(payment, invoice.id, invoice.total));
  const paid = { paye: 1, fk_statut: 2, date_closing: sqlDateTime(at), fk_user_closing: firm.accountant };
  script.update(INVOICE.header, paid, { rowid: invoice.id });
  const subject = { customer: invoice.customer, project: null, elementType: 'invoice', element: invoice.id };
  script.event({
    ...subject,
    code: 'AC_BILL_PAYED',
    label: `Facture ${invoice.ref} payée`,
    user: firm.accountant,
    at,
  });
  await worker.commit(script);
}
