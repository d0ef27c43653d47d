-- Days from order to last reception, of the last two years' orders that were received.
SELECT lead_days
FROM {database}.fact_supplier_orders FINAL
WHERE is_received AND lead_days IS NOT NULL AND ordered_on >= toDate32({today:String}) - 730
ORDER BY order_id
