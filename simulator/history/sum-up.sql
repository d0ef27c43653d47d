-- What Dolibarr keeps summed up beside the rows, written once at the end of history. @tms is the UTC moment.

UPDATE llx_product p
  JOIN (SELECT fk_product, SUM(reel) AS reel FROM llx_product_stock GROUP BY fk_product) s ON s.fk_product = p.rowid
   SET p.stock = s.reel, p.tms = @tms;

UPDATE llx_projet_task t
  JOIN (SELECT fk_element, SUM(element_duration) AS seconds FROM llx_element_time
         WHERE elementtype = 'task' GROUP BY fk_element) s ON s.fk_element = t.rowid
   SET t.duration_effective = s.seconds, t.tms = @tms;
