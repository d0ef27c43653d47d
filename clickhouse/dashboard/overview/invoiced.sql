-- Invoiced without tax by month, twenty-four whole months and the one under way, each with the same month of the year before.
SELECT
    toString(invoiced_month) AS month,
    sum(total_ht) AS invoiced,
    sum(margin) AS margin
FROM {database}.fact_invoices
WHERE is_counted AND invoiced_month >= toStartOfMonth(toDate32({today:String})) - toIntervalMonth(24)
    AND invoiced_month <= toDate32({today:String})
GROUP BY invoiced_month
ORDER BY invoiced_month
