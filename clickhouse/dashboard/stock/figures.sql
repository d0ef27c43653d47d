-- All of the stock together.
SELECT
    count() AS products,
    sum(r.value) AS value,
    countIf(is_below_alert) AS below,
    countIf(is_sleeping) AS sleeping,
    sumIf(r.value, r.is_sleeping) AS sleeping_value
FROM {database}.v_stock_rotation AS r
