-- How long suppliers really take, from the order to the last reception, of supplier orders that are fully received; how often
-- they keep the date they gave; and what is on order now and late.
SELECT
    o.supplier_id AS supplier_id,
    o.entity AS entity,
    c.name AS supplier,
    countIf(o.is_ordered) AS orders,
    countIf(o.is_received) AS received,
    avg(o.lead_days) AS mean_lead_days,
    medianExact(o.lead_days) AS median_lead_days,
    quantileExact(0.9)(o.lead_days) AS lead_days_9_of_10,
    countIf(o.days_late IS NOT NULL) AS with_promise,
    countIf(o.days_late <= 0) AS on_time,
    avg(o.days_late) AS mean_days_late,
    countIf(o.status IN (3, 4)) AS on_order,
    sumIf(o.total_ht, o.status IN (3, 4)) AS on_order_amount,
    countIf(o.status IN (3, 4) AND o.promised_on < {today}) AS late_now
FROM {fact_supplier_orders} AS o
LEFT JOIN {dim_customer} AS c ON c.customer_id = o.supplier_id
GROUP BY supplier_id, entity, supplier
HAVING orders > 0;
