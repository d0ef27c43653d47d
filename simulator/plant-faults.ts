/**
 * Makes a few rows of a Dolibarr wrong on purpose, one kind of fault after the other, and writes down which: so that a search
 * for faults can be scored. The kinds are named after the rules that should find them.
 */
import type { Connection } from 'mysql2/promise';
import { GROUND_TRUTH_DATABASE } from './create-dolibarr.ts';
import { describeSqlError, openConnection, parseUrl } from './open-connection.ts';

export interface PlantedFault {
  readonly rule: string;
  readonly table: string;
  readonly record: number;
}

interface FaultKind {
  readonly rule: string;
  readonly table: string;
  /** Rows that may be made wrong. */
  readonly among: string;
  /** What is made of them. */
  readonly set: string;
}

interface CopyKind {
  readonly rule: string;
  readonly table: string;
  /** Columns that the copy of the row has. */
  readonly copied: string;
  /** Further columns, and their values. */
  readonly added?: readonly [columns: string, values: string];
}

/** A key that no row has. */
const NOWHERE = 999_999_999;
const VALID_INVOICE = 'fk_statut > 0 AND type = 0 AND paye = 0';

const FAULTS: readonly FaultKind[] = [
  { rule: 'missing_societe_nom', table: 'llx_societe', among: 'client = 1', set: "nom = '  '" },
  { rule: 'missing_societe_zip', table: 'llx_societe', among: 'client = 1', set: 'zip = NULL' },
  { rule: 'missing_societe_town', table: 'llx_societe', among: 'client = 1', set: "town = ''" },
  { rule: 'unreachable_societe', table: 'llx_societe', among: 'client = 1', set: "email = NULL, phone = ''" },
  { rule: 'missing_socpeople_lastname', table: 'llx_socpeople', among: '1', set: "lastname = ''" },
  { rule: 'missing_ticket_subject', table: 'llx_ticket', among: '1', set: 'subject = NULL' },
  { rule: 'missing_projet_dateo', table: 'llx_projet', among: 'fk_statut > 0', set: 'dateo = NULL' },
  { rule: 'missing_product_label', table: 'llx_product', among: '1', set: "label = ''" },
  { rule: 'missing_product_price', table: 'llx_product', among: 'tosell = 1', set: 'price = 0' },
  { rule: 'missing_facture_datef', table: 'llx_facture', among: VALID_INVOICE, set: 'datef = NULL' },
  {
    rule: 'missing_facture_date_lim_reglement',
    table: 'llx_facture',
    among: VALID_INVOICE,
    set: 'date_lim_reglement = NULL',
  },
  { rule: 'missing_element_time_fk_user', table: 'llx_element_time', among: '1', set: 'fk_user = 0' },
  { rule: 'orphan_socpeople_fk_soc', table: 'llx_socpeople', among: '1', set: `fk_soc = ${NOWHERE}` },
  {
    rule: 'orphan_projet_task_fk_projet',
    table: 'llx_projet_task',
    among: '1',
    set: `fk_projet = ${NOWHERE}`,
  },
  {
    rule: 'orphan_element_time_fk_element',
    table: 'llx_element_time',
    among: "elementtype = 'task'",
    set: `fk_element = ${NOWHERE}`,
  },
  { rule: 'orphan_ticket_fk_soc', table: 'llx_ticket', among: 'fk_soc > 0', set: `fk_soc = ${NOWHERE}` },
  { rule: 'orphan_ticket_fk_project', table: 'llx_ticket', among: '1', set: `fk_project = ${NOWHERE}` },
  { rule: 'orphan_fichinter_fk_soc', table: 'llx_fichinter', among: '1', set: `fk_soc = ${NOWHERE}` },
  {
    rule: 'orphan_fichinterdet_fk_fichinter',
    table: 'llx_fichinterdet',
    among: '1',
    set: `fk_fichinter = ${NOWHERE}`,
  },
  { rule: 'orphan_facture_fk_soc', table: 'llx_facture', among: VALID_INVOICE, set: `fk_soc = ${NOWHERE}` },
  {
    rule: 'orphan_stock_mouvement_fk_entrepot',
    table: 'llx_stock_mouvement',
    among: '1',
    set: `fk_entrepot = ${NOWHERE}`,
  },
  {
    rule: 'totals_facture',
    table: 'llx_facture',
    among: VALID_INVOICE,
    set: 'total_ht = total_ht + 10, total_ttc = total_ttc + 10',
  },
  { rule: 'total_with_tax_facture', table: 'llx_facture', among: VALID_INVOICE, set: 'total_ttc = total_ht' },
  {
    rule: 'paid_short_facture',
    table: 'llx_facture',
    among: 'paye = 1 AND type = 0',
    set: 'total_ttc = total_ttc + 50, close_code = NULL',
  },
  {
    rule: 'stock_by_warehouse',
    table: 'llx_product',
    among: 'fk_product_type = 0',
    set: 'stock = stock + 7',
  },
  { rule: 'stock_by_movements', table: 'llx_product_stock', among: '1', set: 'reel = reel + 3' },
  {
    rule: 'order_projet_datee',
    table: 'llx_projet',
    among: 'dateo IS NOT NULL',
    set: 'datee = dateo - INTERVAL 5 DAY',
  },
  {
    rule: 'order_ticket_date_close',
    table: 'llx_ticket',
    among: 'fk_statut = 8',
    set: 'date_close = datec - INTERVAL 2 DAY',
  },
  {
    rule: 'order_facture_date_lim_reglement',
    table: 'llx_facture',
    among: VALID_INVOICE,
    set: 'date_lim_reglement = datef - INTERVAL 9 DAY',
  },
  {
    rule: 'future_facture_datef',
    table: 'llx_facture',
    among: VALID_INVOICE,
    set: 'datef = datef + INTERVAL 9 YEAR, date_lim_reglement = date_lim_reglement + INTERVAL 9 YEAR',
  },
  {
    rule: 'future_element_time_element_date',
    table: 'llx_element_time',
    among: '1',
    set: 'element_date = element_date + INTERVAL 9 YEAR',
  },
  {
    rule: 'invalid_societe_email',
    table: 'llx_societe',
    among: 'email IS NOT NULL',
    set: "email = 'chez Paul'",
  },
  { rule: 'invalid_societe_phone', table: 'llx_societe', among: 'phone IS NOT NULL', set: "phone = '04 72'" },
  { rule: 'invalid_societe_zip', table: 'llx_societe', among: 'client = 1', set: "zip = '693'" },
  { rule: 'invalid_societe_siren', table: 'llx_societe', among: 'client = 1', set: "siren = '732829321'" },
  {
    rule: 'invalid_societe_siret',
    table: 'llx_societe',
    among: 'client = 1',
    set: "siret = '73282932000075'",
  },
  {
    rule: 'invalid_societe_tva_intra',
    table: 'llx_societe',
    among: 'client = 1',
    set: "tva_intra = 'FR45732829320'",
  },
  {
    rule: 'range_element_time_element_duration',
    table: 'llx_element_time',
    among: '1',
    set: 'element_duration = -3600',
  },
  { rule: 'range_facturedet_tva_tx', table: 'llx_facturedet', among: '1', set: 'tva_tx = 18.6' },
  { rule: 'missing_projet_title', table: 'llx_projet', among: '1', set: "title = ''" },
  { rule: 'orphan_projet_fk_soc', table: 'llx_projet', among: '1', set: `fk_soc = ${NOWHERE}` },
  { rule: 'orphan_fichinter_fk_projet', table: 'llx_fichinter', among: '1', set: `fk_projet = ${NOWHERE}` },
  {
    rule: 'totals_propal',
    table: 'llx_propal',
    among: 'fk_statut > 0',
    set: 'total_ht = total_ht + 10, total_ttc = total_ttc + 10',
  },
  {
    rule: 'totals_commande',
    table: 'llx_commande',
    among: 'fk_statut > 0',
    set: 'total_ht = total_ht + 10, total_ttc = total_ttc + 10',
  },
  {
    rule: 'order_propal_fin_validite',
    table: 'llx_propal',
    among: 'datep IS NOT NULL',
    set: 'fin_validite = datep - INTERVAL 9 DAY',
  },
  {
    rule: 'order_commande_date_livraison',
    table: 'llx_commande',
    among: 'date_commande IS NOT NULL',
    set: 'date_livraison = date_commande - INTERVAL 9 DAY',
  },
  {
    rule: 'future_paiement_datep',
    table: 'llx_paiement',
    among: '1',
    set: 'datep = datep + INTERVAL 9 YEAR',
  },
  { rule: 'invalid_socpeople_email', table: 'llx_socpeople', among: '1', set: "email = 'chez Paul'" },
  {
    rule: 'invalid_socpeople_phone_mobile',
    table: 'llx_socpeople',
    among: '1',
    set: "phone_mobile = '06 1'",
  },
  { rule: 'invalid_user_email', table: 'llx_user', among: '1', set: "email = 'chez Paul'" },
  { rule: 'range_fichinterdet_duree', table: 'llx_fichinterdet', among: '1', set: 'duree = -60' },
  { rule: 'range_product_price', table: 'llx_product', among: 'tosell = 1', set: 'price = -1' },
];

const COPIES: readonly CopyKind[] = [
  {
    rule: 'duplicate_societe_nom',
    table: 'llx_societe',
    copied: 'nom, entity, zip, town, fk_pays, phone, email, client, status',
  },
  {
    rule: 'duplicate_socpeople_lastname',
    table: 'llx_socpeople',
    copied:
      'lastname, firstname, fk_soc, entity, fk_pays, phone_mobile, statut, fk_user_creat, socialnetworks',
  },
  {
    rule: 'duplicate_product_label',
    table: 'llx_product',
    copied: 'label, entity, price, fk_product_type, tva_tx, tosell, tobuy',
    added: ['ref', "CONCAT(ref, '-BIS')"],
  },
];

const MADE_WRONG = 2;

async function recordFaults(
  connection: Connection,
  database: string,
  faults: readonly PlantedFault[],
): Promise<void> {
  const rows = faults.map(({ rule, table, record }) => [database, rule, table, record]);
  await connection.query(
    `INSERT INTO ${GROUND_TRUTH_DATABASE}.quality_fault (dolibarr, rule, subject_table, subject_id) VALUES ?`,
    [rows],
  );
}

/** Rows that no other fault has touched, so that each row is wrong in one way. */
async function pickRows(
  connection: Connection,
  { table, among }: FaultKind,
  taken: Set<string>,
): Promise<number[]> {
  const [rows] = await connection.query(`SELECT rowid FROM ${table} WHERE ${among} ORDER BY rowid LIMIT 400`);
  const free = (rows as { rowid: number }[])
    .map(({ rowid }) => rowid)
    .filter((id) => !taken.has(`${table} ${id}`));
  const picked = free.slice(0, MADE_WRONG);
  for (const id of picked) taken.add(`${table} ${id}`);
  return picked;
}

async function copyRow(connection: Connection, kind: CopyKind): Promise<number> {
  const { table, copied, added } = kind;
  const columns = added ? `${copied}, ${added[0]}` : copied;
  const values = added ? `${copied}, ${added[1]}` : copied;
  const newest = `SELECT MAX(rowid) FROM ${table} WHERE entity = 1`;
  const [result] = await connection.query(
    `INSERT INTO ${table} (${columns}, datec) SELECT ${values}, NOW() FROM ${table} WHERE rowid = (SELECT * FROM (${newest}) AS newest)`,
  );
  return (result as { insertId: number }).insertId;
}

/**
 * Plants every kind of fault into the database of `url`, which createDolibarr made and history filled. Returns what it planted, in
 * the order of the kinds; the same is in the table `quality_fault` of the ground truth.
 */
export async function plantFaults({ url }: { readonly url: string }): Promise<readonly PlantedFault[]> {
  const { database } = parseUrl(url);
  const connection = await openConnection(url, database);
  const faults: PlantedFault[] = [];
  const taken = new Set<string>();
  try {
    await connection.query('SET FOREIGN_KEY_CHECKS = 0');
    for (const kind of COPIES) {
      const record = await copyRow(connection, kind);
      taken.add(`${kind.table} ${record}`);
      faults.push({ rule: kind.rule, table: kind.table, record });
    }
    for (const kind of FAULTS) {
      const picked = await pickRows(connection, kind, taken);
      for (const record of picked) faults.push({ rule: kind.rule, table: kind.table, record });
      await connection.query(`UPDATE ${kind.table} SET ${kind.set} WHERE rowid IN (?)`, [picked]);
    }
    await recordFaults(connection, database, faults);
    return faults;
  } catch (error) {
    throw describeSqlError(error);
  } finally {
    await connection.end();
  }
}
