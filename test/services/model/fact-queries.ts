/**
 * The rows of the facts, asked of MariaDB itself: written by hand over Dolibarr's own tables, with nothing of the model's SQL.
 * "No link" is 0, NULL or -1 in Dolibarr and 0 in the model.
 */
import type { SourceQuery } from './source-queries.ts';

const split = (names: string): string[] => names.trim().split(/\s+/);

const link = (column: string): string => `GREATEST(IFNULL(${column}, 0), 0)`;
const sumOf = (table: string, condition: string, value = 'amount'): string =>
  `IFNULL((SELECT SUM(s.${value}) FROM ${table} s WHERE ${condition}), 0)`;
const linked = (source: string, target: string): string =>
  `IFNULL((SELECT MAX(e.fk_source) FROM llx_element_element e WHERE e.sourcetype = '${source}' AND e.targettype = '${target}'
     AND e.fk_target = d.rowid), 0)`;
const extra = (column: string): string =>
  `(SELECT x.${column} FROM llx_fichinter_extrafields x WHERE x.fk_object = d.rowid ORDER BY x.rowid DESC LIMIT 1)`;
const visits = (value: string): string =>
  `(SELECT ${value} FROM llx_fichinterdet v WHERE v.fk_fichinter = d.rowid)`;
const paid = sumOf('llx_paiement_facture', 's.fk_facture = d.rowid');
const paidToSupplier = sumOf('llx_paiementfourn_facturefourn', 's.fk_facturefourn = d.rowid');
const received = (value: string): string =>
  `(SELECT ${value} FROM llx_receptiondet_batch r WHERE r.fk_element = d.rowid
     AND IFNULL(r.element_type, '') IN ('', 'supplier_order', 'order_supplier', 'commande_fournisseur'))`;

export const FACT_QUERIES: readonly SourceQuery[] = [
  {
    view: 'fact_tickets',
    columns:
      split(`ticket_id entity ref subject customer_id project_id technician_id author_id status is_closed is_solved
      is_reopened hours_to_resolve messages`),
    sql: `
SELECT d.rowid AS ticket_id, d.entity, d.ref, d.subject, ${link('d.fk_soc')} AS customer_id, ${link('d.fk_project')} AS project_id,
  ${link('d.fk_user_assign')} AS technician_id, ${link('d.fk_user_create')} AS author_id, d.fk_statut AS status,
  d.fk_statut IN (8, 9) AS is_closed, d.fk_statut = 8 AS is_solved,
  d.fk_statut NOT IN (8, 9) AND d.date_close IS NOT NULL AS is_reopened,
  IF(d.fk_statut = 8 AND d.date_close >= d.datec, TIMESTAMPDIFF(SECOND, d.datec, d.date_close) / 3600e0, NULL) AS hours_to_resolve,
  (SELECT COUNT(*) FROM llx_actioncomm a WHERE a.elementtype = 'ticket' AND a.fk_element = d.rowid AND a.code = 'TICKET_MSG'
    AND a.fk_user_author > 0) AS messages
FROM llx_ticket d`,
  },
  {
    view: 'fact_interventions',
    columns:
      split(`intervention_id entity ref customer_id project_id status is_draft is_done planned_on visits recorded_hours
      estimated_hours actual_hours satisfaction cost city first_visit_on last_visit_on`),
    sql: `
SELECT d.rowid AS intervention_id, d.entity, d.ref, d.fk_soc AS customer_id, ${link('d.fk_projet')} AS project_id,
  d.fk_statut AS status, d.fk_statut = 0 AS is_draft, d.fk_statut IN (2, 3) AS is_done, d.datei AS planned_on,
  ${visits('COUNT(*)')} AS visits, IFNULL(${visits('SUM(v.duree)')}, 0) / 3600e0 AS recorded_hours,
  ${extra('duree_estimee')} AS estimated_hours,
  IF(IFNULL(${extra('duree_reelle')}, 0) > 0, ${extra('duree_reelle')}, IFNULL(${visits('SUM(v.duree)')}, 0) / 3600e0) AS actual_hours,
  ${extra('satisfaction')} AS satisfaction, ${extra('cout')} AS cost, IFNULL(${extra('ville')}, '') AS city,
  DATE(${visits('MIN(v.date)')}) AS first_visit_on, DATE(${visits('MAX(v.date)')}) AS last_visit_on
FROM llx_fichinter d`,
  },
  {
    view: 'fact_time',
    columns: split('time_id element_id element_type task_id project_id technician_id worked_on hours cost'),
    sql: `
SELECT d.rowid AS time_id, d.fk_element AS element_id, d.elementtype AS element_type,
  IF(d.elementtype = 'task', d.fk_element, 0) AS task_id, IF(d.elementtype = 'task', ${link('k.fk_projet')}, 0) AS project_id,
  ${link('d.fk_user')} AS technician_id, d.element_date AS worked_on, IFNULL(d.element_duration, 0) / 3600e0 AS hours,
  IFNULL(d.element_duration, 0) / 3600e0 * IFNULL(d.thm, 0) AS cost
FROM llx_element_time d LEFT JOIN llx_projet_task k ON k.rowid = d.fk_element`,
  },
  {
    view: 'fact_events',
    columns: split(
      'event_id element_id entity element_type code label is_automatic is_done author_id project_id',
    ),
    sql: `
SELECT d.id AS event_id, ${link('d.fk_element')} AS element_id, d.entity, IFNULL(d.elementtype, '') AS element_type,
  IFNULL(d.code, '') AS code, d.label, d.percent = -1 AS is_automatic, d.percent = 100 AS is_done,
  ${link('d.fk_user_author')} AS author_id, ${link('d.fk_project')} AS project_id
FROM llx_actioncomm d`,
  },
  {
    view: 'fact_stock',
    columns: split(
      'movement_id product_id entity warehouse_id project_id moved_on quantity unit_price value',
    ),
    sql: `
SELECT d.rowid AS movement_id, d.fk_product AS product_id, w.entity, d.fk_entrepot AS warehouse_id,
  IF(IFNULL(d.fk_project, 0) > 0, d.fk_project, d.fk_projet) AS project_id, DATE(d.datem) AS moved_on,
  IFNULL(d.value, 0) AS quantity, IFNULL(d.price, 0) AS unit_price, IFNULL(d.value, 0) * IFNULL(d.price, 0) AS value
FROM llx_stock_mouvement d JOIN llx_entrepot w ON w.rowid = d.fk_entrepot`,
  },
  {
    view: 'fact_quotes',
    columns: split(
      'quote_id entity ref status is_signed is_refused customer_id project_id quoted_on answered_on total_ht',
    ),
    sql: `
SELECT d.rowid AS quote_id, d.entity, d.ref, d.fk_statut AS status, d.fk_statut IN (2, 4) AS is_signed,
  d.fk_statut = 3 AS is_refused, ${link('d.fk_soc')} AS customer_id, ${link('d.fk_projet')} AS project_id, d.datep AS quoted_on,
  IF(d.fk_statut IN (2, 3, 4), DATE(COALESCE(d.date_signature, d.date_cloture)), NULL) AS answered_on, IFNULL(d.total_ht, 0) AS total_ht
FROM llx_propal d`,
  },
  {
    view: 'fact_orders',
    columns: split(
      'order_id entity ref status is_counted is_billed customer_id project_id quote_id total_ht total_ttc',
    ),
    sql: `
SELECT d.rowid AS order_id, d.entity, d.ref, d.fk_statut AS status, d.fk_statut > 0 AS is_counted, d.facture > 0 AS is_billed,
  d.fk_soc AS customer_id, ${link('d.fk_projet')} AS project_id, ${linked('propal', 'commande')} AS quote_id,
  IFNULL(d.total_ht, 0) AS total_ht, IFNULL(d.total_ttc, 0) AS total_ttc
FROM llx_commande d`,
  },
  {
    view: 'fact_invoices',
    columns:
      split(`invoice_id entity ref type status is_draft is_counted is_credit_note is_paid customer_id project_id
      corrected_invoice_id quote_id order_id invoiced_on due_on total_ht total_tva total_ttc lines cost margin paid open_amount
      last_paid_on`),
    sql: `
SELECT i.*, i.total_ht - i.cost AS margin, IF(i.status = 1 AND NOT i.is_paid, i.total_ttc - i.paid, 0) AS open_amount
FROM (
  SELECT d.rowid AS invoice_id, d.entity, d.ref, d.type, d.fk_statut AS status, d.fk_statut = 0 AS is_draft,
    d.fk_statut IN (1, 2) AS is_counted, d.type = 2 AS is_credit_note, d.paye = 1 AS is_paid, d.fk_soc AS customer_id,
    ${link('d.fk_projet')} AS project_id, ${link('d.fk_facture_source')} AS corrected_invoice_id,
    ${linked('propal', 'facture')} AS quote_id, ${linked('commande', 'facture')} AS order_id, d.datef AS invoiced_on,
    d.date_lim_reglement AS due_on, d.total_ht, d.total_tva, d.total_ttc,
    (SELECT COUNT(*) FROM llx_facturedet l WHERE l.fk_facture = d.rowid) AS \`lines\`,
    IFNULL((SELECT SUM(IF(l.total_ht < 0, -1, 1) * ABS(IFNULL(l.buy_price_ht, 0) * IFNULL(l.qty, 0))) FROM llx_facturedet l
      WHERE l.fk_facture = d.rowid), 0) AS cost,
    ${paid} AS paid,
    (SELECT DATE(MAX(p.datep)) FROM llx_paiement_facture s JOIN llx_paiement p ON p.rowid = s.fk_paiement
      WHERE s.fk_facture = d.rowid) AS last_paid_on
  FROM llx_facture d
) i`,
  },
  {
    view: 'fact_invoice_lines',
    columns: split('line_id invoice_id product_id is_service quantity unit_price total_ht total_ttc cost'),
    sql: `
SELECT d.rowid AS line_id, d.fk_facture AS invoice_id, ${link('d.fk_product')} AS product_id, d.product_type = 1 AS is_service,
  IFNULL(d.qty, 0) AS quantity, IFNULL(d.subprice, 0) AS unit_price, IFNULL(d.total_ht, 0) AS total_ht,
  IFNULL(d.total_ttc, 0) AS total_ttc,
  IF(IFNULL(d.total_ht, 0) < 0, -1, 1) * ABS(IFNULL(d.buy_price_ht, 0) * IFNULL(d.qty, 0)) AS cost
FROM llx_facturedet d`,
  },
  {
    view: 'fact_payments',
    columns: split('share_id invoice_id payment_id paid_on amount'),
    sql: `
SELECT d.rowid AS share_id, d.fk_facture AS invoice_id, d.fk_paiement AS payment_id, DATE(p.datep) AS paid_on, d.amount
FROM llx_paiement_facture d LEFT JOIN llx_paiement p ON p.rowid = d.fk_paiement`,
  },
  {
    view: 'fact_supplier_orders',
    columns:
      split(`order_id entity ref status is_ordered is_received supplier_id project_id promised_on receptions
      received_quantity last_received_on total_ht`),
    sql: `
SELECT d.rowid AS order_id, d.entity, d.ref, d.fk_statut AS status, d.fk_statut IN (3, 4, 5) AS is_ordered,
  d.fk_statut = 5 AS is_received, d.fk_soc AS supplier_id, ${link('d.fk_projet')} AS project_id, DATE(d.date_livraison) AS promised_on,
  ${received('COUNT(*)')} AS receptions, IFNULL(${received('SUM(r.qty)')}, 0) AS received_quantity,
  DATE(${received('MAX(r.datec)')}) AS last_received_on, IFNULL(d.total_ht, 0) AS total_ht
FROM llx_commande_fournisseur d`,
  },
  {
    view: 'fact_supplier_invoices',
    columns:
      split(`invoice_id entity ref type status is_counted is_paid supplier_id project_id invoiced_on due_on total_ttc paid
      open_amount`),
    sql: `
SELECT d.rowid AS invoice_id, d.entity, d.ref, d.type, d.fk_statut AS status, d.fk_statut IN (1, 2) AS is_counted, d.paye = 1 AS is_paid,
  d.fk_soc AS supplier_id, ${link('d.fk_projet')} AS project_id, d.datef AS invoiced_on, d.date_lim_reglement AS due_on,
  IFNULL(d.total_ttc, 0) AS total_ttc, ${paidToSupplier} AS paid,
  IF(d.fk_statut = 1 AND d.paye = 0, IFNULL(d.total_ttc, 0) - ${paidToSupplier}, 0) AS open_amount
FROM llx_facture_fourn d`,
  },
  {
    view: 'fact_bank',
    columns: split('line_id entity account_id operated_on value_on amount label'),
    sql: `
SELECT d.rowid AS line_id, a.entity, d.fk_account AS account_id, d.dateo AS operated_on, d.datev AS value_on, d.amount, d.label
FROM llx_bank d JOIN llx_bank_account a ON a.rowid = d.fk_account`,
  },
  {
    view: 'fact_contract_lines',
    columns: split(
      'contract_id line_id entity ref customer_id project_id status starts_on ends_on quantity total_ht',
    ),
    sql: `
SELECT d.fk_contrat AS contract_id, d.rowid AS line_id, c.entity, c.ref, c.fk_soc AS customer_id, ${link('c.fk_projet')} AS project_id,
  d.statut AS status, DATE(COALESCE(d.date_ouverture, d.date_ouverture_prevue)) AS starts_on, DATE(d.date_fin_validite) AS ends_on,
  d.qty AS quantity, d.total_ht
FROM llx_contratdet d JOIN llx_contrat c ON c.rowid = d.fk_contrat`,
  },
  {
    view: 'v_contracts_to_renew',
    columns: split('contract_id line_id entity ref customer_id customer ends_on days_left total_ht'),
    sql: `
SELECT d.fk_contrat AS contract_id, d.rowid AS line_id, c.entity, c.ref, c.fk_soc AS customer_id, s.nom AS customer,
  DATE(d.date_fin_validite) AS ends_on, DATEDIFF(d.date_fin_validite, @today) AS days_left, d.total_ht
FROM llx_contratdet d JOIN llx_contrat c ON c.rowid = d.fk_contrat JOIN llx_societe s ON s.rowid = c.fk_soc
WHERE d.statut = 4 AND DATE(d.date_fin_validite) <= @today + INTERVAL 90 DAY`,
  },
];
