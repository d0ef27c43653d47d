/**
 * The figures of the views, asked of MariaDB itself: written by hand from the definitions, over Dolibarr's own tables, with
 * nothing of the model's SQL. `@today` is the day in Dolibarr's zone.
 */
export interface SourceQuery {
  /** The view, with its parameters. */
  readonly view: string;
  /** Columns of the view that the query answers, in any order. */
  readonly columns: readonly string[];
  readonly sql: string;
}

const split = (names: string): string[] => names.trim().split(/\s+/);

/** What an operation takes from or adds to the stock of a product as a whole. */
const OPERATIONS = `
SELECT fk_product, MIN(DATE(datem)) AS day, SUM(value) AS quantity
FROM llx_stock_mouvement
GROUP BY fk_product, IF(IFNULL(inventorycode, '') = '', CONCAT('#', rowid), inventorycode)`;

const FIRST_OF_MONTH = `DATE_FORMAT(@today, '%Y-%m-01')`;

const LABOUR = `(SELECT IFNULL(SUM(e.element_duration / 3600 * IFNULL(e.thm, 0)), 0) FROM llx_element_time e
  JOIN llx_projet_task k ON k.rowid = e.fk_element AND e.elementtype = 'task' WHERE k.fk_projet = p.rowid)`;

const MATERIALS = `(SELECT IFNULL(-SUM(m.value * IF(IFNULL(m.price, 0) = 0, IF(d.pmp > 0, d.pmp, IFNULL(d.cost_price, 0)), m.price)), 0)
  FROM llx_stock_mouvement m LEFT JOIN llx_product d ON d.rowid = m.fk_product
  WHERE IF(IFNULL(m.fk_project, 0) > 0, m.fk_project, m.fk_projet) = p.rowid)`;

const SUPPLIERS = `(SELECT IFNULL(SUM(total_ht), 0) FROM llx_facture_fourn WHERE fk_projet = p.rowid AND fk_statut IN (1, 2))`;

const INVOICED = `(SELECT IFNULL(SUM(total_ht), 0) FROM llx_facture WHERE fk_projet = p.rowid AND fk_statut IN (1, 2))`;

const OPEN_AMOUNT = `IF(f.fk_statut = 1 AND f.paye = 0,
  f.total_ttc - IFNULL((SELECT SUM(amount) FROM llx_paiement_facture s WHERE s.fk_facture = f.rowid), 0), 0)`;

export const SOURCE_QUERIES: readonly SourceQuery[] = [
  {
    view: 'v_tickets_monthly',
    columns: split(`entity month tickets solved cancelled open reopened urgent mean_hours_to_resolve
      mean_hours_to_first_response answered`),
    sql: `
SELECT entity, DATE_FORMAT(datec, '%Y-%m-01') AS month, COUNT(*) AS tickets, SUM(fk_statut = 8) AS solved,
  SUM(fk_statut = 9) AS cancelled, SUM(fk_statut NOT IN (8, 9)) AS open,
  SUM(fk_statut NOT IN (8, 9) AND date_close IS NOT NULL) AS reopened,
  SUM(severity_code IN ('HIGH', 'BLOCKING')) AS urgent,
  AVG(IF(fk_statut = 8 AND date_close >= datec, TIMESTAMPDIFF(SECOND, datec, date_close) / 3600e0, NULL)) AS mean_hours_to_resolve,
  AVG(IF(answer >= datec, TIMESTAMPDIFF(SECOND, datec, answer) / 3600e0, NULL)) AS mean_hours_to_first_response,
  SUM(IFNULL(answer >= datec, 0)) AS answered
FROM (
  SELECT t.*, (SELECT MIN(a.datep) FROM llx_actioncomm a WHERE a.elementtype = 'ticket' AND a.fk_element = t.rowid
    AND a.code = 'TICKET_MSG' AND a.fk_user_author > 0) AS answer
  FROM llx_ticket t
) x GROUP BY 1, 2`,
  },
  {
    view: 'v_technician_performance',
    columns: split(`technician_id name tickets tickets_solved tickets_open interventions interventions_done
      actual_hours mean_satisfaction overruns hours_entered cost_entered`),
    sql: `
SELECT * FROM (
SELECT u.rowid AS technician_id, TRIM(CONCAT(IFNULL(u.firstname, ''), ' ', IFNULL(u.lastname, ''))) AS name,
  (SELECT COUNT(*) FROM llx_ticket t WHERE t.fk_user_assign = u.rowid) AS tickets,
  (SELECT COUNT(*) FROM llx_ticket t WHERE t.fk_user_assign = u.rowid AND t.fk_statut = 8) AS tickets_solved,
  (SELECT COUNT(*) FROM llx_ticket t WHERE t.fk_user_assign = u.rowid AND t.fk_statut NOT IN (8, 9)) AS tickets_open,
  COUNT(i.rowid) AS interventions,
  IFNULL(SUM(i.fk_statut IN (2, 3)), 0) AS interventions_done,
  IFNULL(SUM(IF(i.fk_statut IN (2, 3), i.hours, 0)), 0) AS actual_hours,
  AVG(i.satisfaction + 0e0) AS mean_satisfaction,
  IFNULL(SUM(i.fk_statut IN (2, 3) AND i.duree_estimee > 0 AND i.hours > 1.5 * i.duree_estimee), 0) AS overruns,
  (SELECT IFNULL(SUM(element_duration) / 3600, 0) FROM llx_element_time e WHERE e.fk_user = u.rowid) AS hours_entered,
  (SELECT IFNULL(SUM(element_duration / 3600 * IFNULL(thm, 0)), 0) FROM llx_element_time e WHERE e.fk_user = u.rowid) AS cost_entered
FROM llx_user u
LEFT JOIN (
  SELECT DISTINCT f.rowid, f.fk_statut, c.fk_socpeople, x.satisfaction, x.duree_estimee,
    IF(x.duree_reelle > 0, x.duree_reelle,
       (SELECT IFNULL(SUM(l.duree), 0) / 3600 FROM llx_fichinterdet l WHERE l.fk_fichinter = f.rowid)) AS hours
  FROM llx_fichinter f
  JOIN llx_element_contact c ON c.element_id = f.rowid
  JOIN llx_c_type_contact r ON r.rowid = c.fk_c_type_contact
    AND r.element = 'fichinter' AND r.source = 'internal' AND r.code = 'INTERVENING'
  LEFT JOIN llx_fichinter_extrafields x ON x.fk_object = f.rowid
  WHERE f.fk_statut <> 0
) i ON i.fk_socpeople = u.rowid
GROUP BY u.rowid, u.firstname, u.lastname
) y WHERE tickets > 0 OR interventions > 0 OR hours_entered > 0`,
  },
  {
    view: 'v_site_profitability',
    columns: split(
      'project_id entity ref status budget invoiced labour_cost material_cost supplier_cost margin',
    ),
    sql: `
SELECT *, invoiced - labour_cost - material_cost - supplier_cost AS margin FROM (
  SELECT p.rowid AS project_id, p.entity, p.ref, p.fk_statut AS status, IFNULL(p.budget_amount, 0) AS budget,
    ${INVOICED} AS invoiced, ${LABOUR} AS labour_cost, ${MATERIALS} AS material_cost, ${SUPPLIERS} AS supplier_cost
  FROM llx_projet p
) x`,
  },
  {
    view: 'v_active_projects',
    columns: split(`project_id ref customer budget planned_hours progress spent invoiced budget_left
      forecast_at_completion open_tickets is_late`),
    sql: `
SELECT project_id, ref, customer, budget, planned_hours, progress, spent, invoiced, budget - spent AS budget_left,
  GREATEST(spent, IF(progress >= 5, spent / (progress / 100), budget)) AS forecast_at_completion, open_tickets, is_late
FROM (
  SELECT p.rowid AS project_id, p.ref, IFNULL(s.nom, '') AS customer, IFNULL(p.budget_amount, 0) AS budget, IFNULL(p.datee < @today, 0) AS is_late,
    (SELECT IFNULL(SUM(planned_workload), 0) / 3600 FROM llx_projet_task k WHERE k.fk_projet = p.rowid) AS planned_hours,
    (SELECT IFNULL(IF(SUM(planned_workload) > 0, SUM(planned_workload * IFNULL(progress, 0)) / SUM(planned_workload),
      AVG(IFNULL(progress, 0) + 0e0)), 0) FROM llx_projet_task k WHERE k.fk_projet = p.rowid) AS progress,
    ${LABOUR} + ${MATERIALS} + ${SUPPLIERS} AS spent, ${INVOICED} AS invoiced,
    (SELECT COUNT(*) FROM llx_ticket t WHERE t.fk_project = p.rowid AND t.fk_statut NOT IN (8, 9)) AS open_tickets
  FROM llx_projet p LEFT JOIN llx_societe s ON s.rowid = p.fk_soc
  WHERE p.fk_statut = 1
) x`,
  },
  {
    view: 'v_stock_rotation',
    columns:
      split(`product_id ref quantity value out_12_months in_12_months last_out_on out_per_day turns_per_year
      days_of_cover is_below_alert is_sleeping`),
    sql: `
SELECT product_id, ref, quantity, value, out_12_months, in_12_months, last_out_on, out_per_day,
  IF(quantity > 0, 365 * out_per_day / quantity, NULL) AS turns_per_year,
  IF(recent > 0, quantity / recent, NULL) AS days_of_cover,
  IFNULL(alert > 0 AND quantity < alert, 0) AS is_below_alert, quantity > 0 AND out_12_months = 0 AS is_sleeping
FROM (
  SELECT p.rowid AS product_id, p.ref, p.seuil_stock_alerte AS alert, IFNULL(s.quantity, 0) AS quantity,
    IFNULL(s.quantity, 0) * IF(p.pmp > 0, p.pmp, IFNULL(p.cost_price, 0)) AS value,
    IFNULL(-SUM(IF(o.quantity < 0 AND o.day >= ${FIRST_OF_MONTH} - INTERVAL 12 MONTH, o.quantity, 0)), 0) AS out_12_months,
    IFNULL(SUM(IF(o.quantity > 0 AND o.day >= ${FIRST_OF_MONTH} - INTERVAL 12 MONTH, o.quantity, 0)), 0) AS in_12_months,
    MAX(IF(o.quantity < 0, o.day, NULL)) AS last_out_on,
    IFNULL(-SUM(IF(o.quantity < 0 AND o.day >= ${FIRST_OF_MONTH} - INTERVAL 12 MONTH, o.quantity, 0)), 0)
      / (DATEDIFF(@today, ${FIRST_OF_MONTH} - INTERVAL 12 MONTH) + 1) AS out_per_day,
    IFNULL(-SUM(IF(o.quantity < 0 AND o.day >= ${FIRST_OF_MONTH} - INTERVAL 3 MONTH, o.quantity, 0)), 0)
      / (DATEDIFF(@today, ${FIRST_OF_MONTH} - INTERVAL 3 MONTH) + 1) AS recent
  FROM llx_product p
  LEFT JOIN (SELECT fk_product, SUM(reel) AS quantity FROM llx_product_stock GROUP BY fk_product) s ON s.fk_product = p.rowid
  LEFT JOIN (${OPERATIONS}) o ON o.fk_product = p.rowid AND o.day <= LAST_DAY(@today)
  WHERE p.fk_product_type <> 1 AND (s.fk_product IS NOT NULL OR o.fk_product IS NOT NULL)
  GROUP BY p.rowid, p.ref, p.seuil_stock_alerte, s.quantity, p.pmp, p.cost_price
) x`,
  },
  {
    view: 'v_customer_value',
    columns:
      split(`customer_id name invoices turnover turnover_12_months open_amount overdue_amount last_invoiced_on
      tickets open_tickets interventions`),
    sql: `
SELECT * FROM (
  SELECT c.rowid AS customer_id, c.nom AS name, IFNULL(SUM(f.fk_statut IN (1, 2)), 0) AS invoices,
    IFNULL(SUM(IF(f.fk_statut IN (1, 2), f.total_ht, 0)), 0) AS turnover,
    IFNULL(SUM(IF(f.fk_statut IN (1, 2) AND f.datef > @today - INTERVAL 12 MONTH AND f.datef <= @today, f.total_ht, 0)), 0) AS turnover_12_months,
    IFNULL(SUM(${OPEN_AMOUNT}), 0) AS open_amount,
    IFNULL(SUM(IF(f.date_lim_reglement < @today, ${OPEN_AMOUNT}, 0)), 0) AS overdue_amount,
    MAX(IF(f.fk_statut IN (1, 2), f.datef, NULL)) AS last_invoiced_on,
    (SELECT COUNT(*) FROM llx_ticket t WHERE t.fk_soc = c.rowid) AS tickets,
    (SELECT COUNT(*) FROM llx_ticket t WHERE t.fk_soc = c.rowid AND t.fk_statut NOT IN (8, 9)) AS open_tickets,
    (SELECT COUNT(*) FROM llx_fichinter i WHERE i.fk_soc = c.rowid AND i.fk_statut <> 0) AS interventions
  FROM llx_societe c LEFT JOIN llx_facture f ON f.fk_soc = c.rowid
  GROUP BY c.rowid, c.nom
) x WHERE invoices > 0 OR tickets > 0 OR interventions > 0`,
  },
  {
    view: 'v_invoice_ageing',
    columns: split(
      'entity customer_id customer open_invoices open_amount not_due late_1_30 late_31_60 late_61_90 late_over_90',
    ),
    sql: `
SELECT entity, customer_id, customer, COUNT(*) AS open_invoices, SUM(owed) AS open_amount, SUM(IF(late <= 0, owed, 0)) AS not_due,
  SUM(IF(late BETWEEN 1 AND 30, owed, 0)) AS late_1_30, SUM(IF(late BETWEEN 31 AND 60, owed, 0)) AS late_31_60,
  SUM(IF(late BETWEEN 61 AND 90, owed, 0)) AS late_61_90, SUM(IF(late > 90, owed, 0)) AS late_over_90
FROM (
  SELECT f.entity, f.fk_soc AS customer_id, s.nom AS customer, ${OPEN_AMOUNT} AS owed,
    DATEDIFF(@today, COALESCE(f.date_lim_reglement, f.datef)) AS late
  FROM llx_facture f JOIN llx_societe s ON s.rowid = f.fk_soc
) x WHERE owed <> 0 GROUP BY 1, 2, 3`,
  },
  {
    view: 'v_sales_pipeline',
    columns: split(
      'entity month quotes quoted signed signed_amount refused waiting mean_days_to_sign ordered invoiced paid',
    ),
    sql: `
SELECT q.entity, DATE_FORMAT(q.datep, '%Y-%m-01') AS month, COUNT(*) AS quotes, SUM(q.total_ht) AS quoted,
  SUM(q.fk_statut IN (2, 4)) AS signed, SUM(IF(q.fk_statut IN (2, 4), q.total_ht, 0)) AS signed_amount,
  SUM(q.fk_statut = 3) AS refused, SUM(q.fk_statut = 1) AS waiting,
  AVG(IF(q.fk_statut IN (2, 4), DATEDIFF(COALESCE(q.date_signature, q.date_cloture), q.datep) + 0e0, NULL)) AS mean_days_to_sign,
  SUM((SELECT IFNULL(SUM(o.total_ht), 0) FROM llx_commande o
    JOIN llx_element_element l ON l.fk_target = o.rowid AND l.targettype = 'commande' AND l.sourcetype = 'propal'
    WHERE l.fk_source = q.rowid AND o.fk_statut > 0)) AS ordered,
  SUM((SELECT IFNULL(SUM(f.total_ht), 0) FROM llx_facture f
    JOIN llx_element_element a ON a.fk_target = f.rowid AND a.targettype = 'facture' AND a.sourcetype = 'commande'
    JOIN llx_commande o ON o.rowid = a.fk_source AND o.fk_statut > 0
    JOIN llx_element_element b ON b.fk_target = o.rowid AND b.targettype = 'commande' AND b.sourcetype = 'propal'
    WHERE b.fk_source = q.rowid AND f.fk_statut IN (1, 2))) +
  SUM((SELECT IFNULL(SUM(f.total_ht), 0) FROM llx_facture f
    JOIN llx_element_element a ON a.fk_target = f.rowid AND a.targettype = 'facture' AND a.sourcetype = 'propal'
    WHERE a.fk_source = q.rowid AND f.fk_statut IN (1, 2))) AS invoiced,
  SUM((SELECT IFNULL(SUM(s.amount), 0) FROM llx_paiement_facture s JOIN llx_facture f ON f.rowid = s.fk_facture
    JOIN llx_element_element a ON a.fk_target = f.rowid AND a.targettype = 'facture'
    LEFT JOIN llx_element_element b ON a.sourcetype = 'commande' AND b.fk_target = a.fk_source
      AND b.targettype = 'commande' AND b.sourcetype = 'propal'
    WHERE f.fk_statut IN (1, 2) AND (a.sourcetype = 'propal' AND a.fk_source = q.rowid OR b.fk_source = q.rowid))) AS paid
FROM llx_propal q WHERE q.fk_statut <> 0 AND q.datep IS NOT NULL GROUP BY 1, 2`,
  },
  {
    view: "v_stock_at_date(day = '{day}')",
    columns: split('product_id warehouse_id entity quantity value last_moved_on'),
    sql: `
SELECT m.fk_product AS product_id, m.fk_entrepot AS warehouse_id, w.entity, SUM(m.value) AS quantity,
  SUM(m.value) * IF(p.pmp > 0, p.pmp, IFNULL(p.cost_price, 0)) AS value, MAX(DATE(m.datem)) AS last_moved_on
FROM llx_stock_mouvement m JOIN llx_entrepot w ON w.rowid = m.fk_entrepot JOIN llx_product p ON p.rowid = m.fk_product
WHERE DATE(m.datem) <= '{day}' GROUP BY 1, 2, 3, p.pmp, p.cost_price`,
  },
  {
    view: 'v_treasury_13_weeks',
    columns: split('entity week week_starts_on bank_balance customers_in suppliers_out net balance_at_end'),
    sql: `
SELECT entity, week, week_starts_on, bank_balance, customers_in, suppliers_out, customers_in - suppliers_out AS net,
  bank_balance + SUM(customers_in - suppliers_out) OVER (PARTITION BY entity ORDER BY week) AS balance_at_end
FROM (
  SELECT e.entity, n.seq AS week, @today - INTERVAL WEEKDAY(@today) DAY + INTERVAL n.seq WEEK AS week_starts_on,
    (SELECT IFNULL(SUM(b.amount), 0) FROM llx_bank b JOIN llx_bank_account a ON a.rowid = b.fk_account
      WHERE a.entity = e.entity AND b.dateo <= @today) AS bank_balance,
    (SELECT IFNULL(SUM(${OPEN_AMOUNT}), 0) FROM llx_facture f WHERE f.entity = e.entity
      AND GREATEST(0, TRUNCATE(DATEDIFF(COALESCE(f.date_lim_reglement, f.datef), @today - INTERVAL WEEKDAY(@today) DAY) / 7, 0)) = n.seq) AS customers_in,
    (SELECT IFNULL(SUM(IF(f.fk_statut = 1 AND f.paye = 0, f.total_ttc - IFNULL((SELECT SUM(s.amount) FROM llx_paiementfourn_facturefourn s
        WHERE s.fk_facturefourn = f.rowid), 0), 0)), 0) FROM llx_facture_fourn f WHERE f.entity = e.entity
      AND GREATEST(0, TRUNCATE(DATEDIFF(COALESCE(f.date_lim_reglement, f.datef), @today - INTERVAL WEEKDAY(@today) DAY) / 7, 0)) = n.seq) AS suppliers_out
  FROM (SELECT 1 AS entity) e CROSS JOIN seq_0_to_12 n
) x`,
  },
  {
    view: 'v_supplier_lead_times',
    columns: split(
      'supplier_id entity supplier orders received mean_lead_days with_promise on_time on_order late_now',
    ),
    sql: `
SELECT o.fk_soc AS supplier_id, o.entity, s.nom AS supplier, SUM(o.fk_statut IN (3, 4, 5)) AS orders, SUM(o.fk_statut = 5) AS received,
  AVG(IF(o.fk_statut = 5, DATEDIFF(o.last_received, COALESCE(o.date_commande, o.date_valid)) + 0e0, NULL)) AS mean_lead_days,
  SUM(o.fk_statut = 5 AND o.date_livraison IS NOT NULL AND o.last_received IS NOT NULL) AS with_promise,
  SUM(IFNULL(o.fk_statut = 5 AND DATEDIFF(o.last_received, o.date_livraison) <= 0, 0)) AS on_time,
  SUM(o.fk_statut IN (3, 4)) AS on_order, SUM(IFNULL(o.fk_statut IN (3, 4) AND DATE(o.date_livraison) < @today, 0)) AS late_now
FROM (
  SELECT c.*, (SELECT MAX(r.datec) FROM llx_receptiondet_batch r WHERE r.fk_element = c.rowid
    AND IFNULL(r.element_type, '') IN ('', 'supplier_order', 'order_supplier', 'commande_fournisseur')) AS last_received
  FROM llx_commande_fournisseur c
) o JOIN llx_societe s ON s.rowid = o.fk_soc
GROUP BY 1, 2, 3 HAVING orders > 0`,
  },
];
