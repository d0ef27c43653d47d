-- Each stocked product: what lies in stock now (Dolibarr's own count, all warehouses), its value at average cost, what left in
-- the last twelve months (from the first day of the month twelve months ago until today; transfers between warehouses do not
-- count), how often the stock turns over in a year at that pace, and for how many days it lasts at the pace of the last three
-- months. Below its alert level a product needs ordering; one without any exit in twelve months sleeps.
SELECT
    d.product_id AS product_id,
    d.entity AS entity,
    d.ref AS ref,
    d.label AS label,
    s.quantity AS quantity,
    s.quantity * d.average_cost AS value,
    m.out_12_months AS out_12_months,
    m.in_12_months AS in_12_months,
    m.last_out_on AS last_out_on,
    m.out_12_months / dateDiff('day', toStartOfMonth({today}) - toIntervalMonth(12), {today} + 1) AS out_per_day,
    if(s.quantity > 0, 365 * out_per_day / s.quantity, NULL) AS turns_per_year,
    m.out_3_months / dateDiff('day', toStartOfMonth({today}) - toIntervalMonth(3), {today} + 1) AS recent_out_per_day,
    if(recent_out_per_day > 0, s.quantity / recent_out_per_day, NULL) AS days_of_cover,
    d.alert_quantity AS alert_quantity,
    ifNull(d.alert_quantity > 0 AND s.quantity < d.alert_quantity, 0) AS is_below_alert,
    s.quantity > 0 AND m.out_12_months = 0 AS is_sleeping
FROM {dim_product} AS d
LEFT JOIN
(
    SELECT product_id, sum(quantity) AS quantity
    FROM {stock_levels}
    GROUP BY product_id
) AS s ON s.product_id = d.product_id
LEFT JOIN
(
    SELECT
        product_id,
        sumIf(quantity_out, month >= toStartOfMonth({today}) - toIntervalMonth(12)) AS out_12_months,
        sumIf(quantity_in, month >= toStartOfMonth({today}) - toIntervalMonth(12)) AS in_12_months,
        sumIf(quantity_out, month >= toStartOfMonth({today}) - toIntervalMonth(3)) AS out_3_months,
        max(last_out_on) AS last_out_on
    FROM {stock_by_month}
    WHERE month <= {today}
    GROUP BY product_id
) AS m ON m.product_id = d.product_id
WHERE NOT d.is_service AND (m.product_id > 0 OR s.product_id > 0);
