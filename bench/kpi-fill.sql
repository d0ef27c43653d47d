-- Makes a large firm's past directly in the mirror: five years, ids from 10,000,001 so that none meets the simulator's.
-- {tickets} is given; the rest follows from it: 5 movements, 2 invoice lines, 0.5 invoices, 1 time entry per ticket.

INSERT INTO mirror.llx_societe (rowid, nom, entity, client, fournisseur, status, town, _seq, _deleted)
SELECT 10000001 + number, concat('Client ', toString(number)), 1, 1, number % 20 = 0, 1, concat('Ville ', toString(number % 40)), 1, 0
FROM numbers(5000);

INSERT INTO mirror.llx_user (rowid, entity, login, lastname, firstname, job, employee, statut, thm, _seq, _deleted)
SELECT 10000001 + number, 1, concat('u', toString(number)), toString(number), 'Technicien', 'Technicien', 1, 1, 25 + number % 20, 1, 0
FROM numbers(200);

INSERT INTO mirror.llx_product (rowid, entity, ref, label, fk_product_type, price, pmp, cost_price, seuil_stock_alerte, tosell, tobuy, _seq, _deleted)
SELECT 10000001 + number, 1, concat('P', toString(number)), concat('Produit ', toString(number)), 0, 10 + number % 90, 6 + number % 50, NULL, 20, 1, 1, 1, 0
FROM numbers(2000);

INSERT INTO mirror.llx_entrepot (rowid, entity, ref, lieu, statut, _seq, _deleted)
SELECT 10000001 + number, 1, concat('E', toString(number)), '', 1, 1, 0 FROM numbers(5);

INSERT INTO mirror.llx_product_stock (rowid, fk_product, fk_entrepot, reel, _seq, _deleted)
SELECT 10000001 + number, 10000001 + intDiv(number, 5), 10000001 + number % 5, cityHash64(number) % 200, 1, 0 FROM numbers(10000);

INSERT INTO mirror.llx_projet (rowid, entity, ref, title, fk_soc, fk_statut, dateo, datee, budget_amount, _seq, _deleted)
SELECT 10000001 + number, 1, concat('PJ', toString(number)), concat('Chantier ', toString(number)), 10000001 + cityHash64(number, 1) % 5000, if(number % 20 = 0, 1, 2), today() - number % 1800, today() - number % 1800 + 120, 20000 + number % 90000, 1, 0
FROM numbers(5000);

INSERT INTO mirror.llx_projet_task (rowid, entity, ref, fk_projet, label, planned_workload, progress, _seq, _deleted)
SELECT 10000001 + number, 1, concat('TK', toString(number)), 10000001 + intDiv(number, 6), 'Tâche', 360000, number % 100, 1, 0 FROM numbers(30000);

INSERT INTO mirror.llx_ticket (rowid, entity, ref, track_id, fk_soc, fk_project, fk_user_assign, fk_user_create, subject, message, fk_statut, progress, type_code, category_code, severity_code, datec, date_read, date_close, _seq, _deleted)
SELECT
    10000001 + number AS id, 1, concat('TS', toString(number)), toString(number), 10000001 + cityHash64(id, 1) % 5000,
    if(id % 3 = 0, 10000001 + cityHash64(id, 2) % 5000, 0), 10000001 + cityHash64(id, 3) % 200, 10000001, 'Fuite', repeat('Prévoir la clé de 17. ', 4),
    if(number > {tickets} - 5000, 3, if(id % 17 = 0, 9, 8)), 100, ['ISSUE', 'PROBLEM', 'REQUEST', 'COM'][1 + id % 4], 'OTHER', ['LOW', 'NORMAL', 'HIGH', 'BLOCKING'][1 + cityHash64(id, 4) % 4],
    toDateTime64(now() - intDiv(({tickets} - number) * 157680000, {tickets}), 0, 'UTC') AS created, created + 3600, created + cityHash64(id, 5) % 800000, 1, 0
FROM numbers({tickets});

INSERT INTO mirror.llx_actioncomm (id, ref, entity, datep, code, label, percent, fk_user_author, fk_element, elementtype, fk_soc, _seq, _deleted)
SELECT
    10000001 + number AS event, toString(number), 1, toDateTime64(now() - intDiv(({tickets} * 2 - number) * 157680000, {tickets} * 2) + 7200, 0, 'UTC'),
    if(number % 2 = 0, 'TICKET_MSG', 'AC_TICKET_CREATE'), 'Re: ticket', -1, 10000001 + event % 200, 10000001 + intDiv(number, 2), 'ticket', 10000001, 1, 0
FROM numbers({tickets} * 2);

INSERT INTO mirror.llx_fichinter (rowid, entity, ref, fk_soc, fk_projet, fk_statut, datec, datei, duree, description, _seq, _deleted)
SELECT 10000001 + number AS id, 1, concat('FI', toString(number)), 10000001 + cityHash64(id, 1) % 5000, 0, 3, toDateTime64(now() - number * 500, 0, 'UTC'), today(), 7200, '', 1, 0
FROM numbers(intDiv({tickets}, 4));

INSERT INTO mirror.llx_fichinterdet (rowid, fk_fichinter, date, duree, _seq, _deleted)
SELECT 10000001 + number, 10000001 + number, toDateTime64(now() - number * 500, 0, 'UTC'), 7200, 1, 0 FROM numbers(intDiv({tickets}, 4));

INSERT INTO mirror.llx_fichinter_extrafields (rowid, fk_object, type_intervention, duree_estimee, duree_reelle, satisfaction, cout, ville, _seq, _deleted)
SELECT 10000001 + number, 10000001 + number, 'depannage', 2 + number % 6, 2 + number % 7, 1 + number % 5, 100 + number % 900, 'Lyon', 1, 0 FROM numbers(intDiv({tickets}, 4));

INSERT INTO mirror.llx_element_contact (rowid, element_id, fk_c_type_contact, fk_socpeople, statut, _seq, _deleted)
SELECT 10000001 + number, 10000001 + intDiv(number, 2), 121, 10000001 + cityHash64(number, 3) % 200, 4, 1, 0 FROM numbers(intDiv({tickets}, 4) * 2);

INSERT INTO mirror.llx_element_time (rowid, fk_element, elementtype, element_date, element_duration, fk_user, thm, _seq, _deleted)
SELECT 10000001 + number, 10000001 + cityHash64(number, 6) % 30000, 'task', today() - number % 1800, 3600 * (1 + number % 8), 10000001 + number % 200, 30, 1, 0 FROM numbers({tickets});

INSERT INTO mirror.llx_stock_mouvement (rowid, fk_product, fk_entrepot, fk_project, fk_projet, datem, value, price, type_mouvement, inventorycode, _seq, _deleted)
SELECT
    10000001 + number AS id, 10000001 + if(project > 0, (project * 37 + cityHash64(id, 9) % 60) % 2000, cityHash64(id, 1) % 2000), 10000001 + id % 5,
    if(id % 2 = 0, cityHash64(id, 2) % 5000 + 10000001, 0) AS project, 0,
    toDateTime64(now() - intDiv(({tickets} * 5 - number) * 157680000, {tickets} * 5), 0, 'UTC'), if(id % 10 = 1, 50, -5), if(id % 7 = 0, 0, 8.5), 1, toString(id), 1, 0
FROM numbers({tickets} * 5);

INSERT INTO mirror.llx_facture (rowid, entity, ref, type, fk_soc, fk_projet, datef, date_lim_reglement, fk_statut, paye, total_ht, total_tva, total_ttc, _seq, _deleted)
SELECT
    10000001 + number AS id, 1, concat('FA', toString(number)), if(id % 40 = 0, 2, 0), 10000001 + cityHash64(id, 1) % 5000, if(id % 2 = 0, 10000001 + cityHash64(id, 2) % 5000, 0),
    toDate32(now() - intDiv(({tickets} - number * 2) * 157680000, {tickets})) AS day, day + 30, if(number * 2 > {tickets} * 0.97, 1, 2) AS status, status = 2, 400, 80, 480, 1, 0
FROM numbers(intDiv({tickets}, 2));

INSERT INTO mirror.llx_facturedet (rowid, fk_facture, fk_product, product_type, qty, subprice, buy_price_ht, total_ht, total_tva, total_ttc, _seq, _deleted)
SELECT 10000001 + number, 10000001 + intDiv(number, 4), 10000001 + cityHash64(number) % 2000, 0, 4, 25, 14, 100, 20, 120, 1, 0 FROM numbers({tickets} * 2);

INSERT INTO mirror.llx_paiement (rowid, entity, ref, datep, amount, _seq, _deleted)
SELECT 10000001 + number, 1, toString(number), toDateTime64(now() - intDiv(({tickets} - number * 2) * 157680000, {tickets}) + 2592000, 0, 'UTC'), 480, 1, 0 FROM numbers(toUInt64({tickets} * 0.48));

INSERT INTO mirror.llx_paiement_facture (rowid, fk_paiement, fk_facture, amount, _seq, _deleted)
SELECT 10000001 + number, 10000001 + number, 10000001 + number, 480, 1, 0 FROM numbers(toUInt64({tickets} * 0.48));

INSERT INTO mirror.llx_propal (rowid, entity, ref, fk_soc, fk_statut, datep, date_cloture, total_ht, total_ttc, _seq, _deleted)
SELECT 10000001 + number AS id, 1, concat('PR', toString(number)), 10000001 + cityHash64(id, 1) % 5000, 1 + id % 3, today() - number % 1800, now() - number % 1800 * 86400, 4000, 4800, 1, 0
FROM numbers(intDiv({tickets}, 10));

INSERT INTO mirror.llx_commande (rowid, entity, ref, fk_soc, fk_statut, date_commande, facture, total_ht, total_ttc, _seq, _deleted)
SELECT 10000001 + number AS id, 1, concat('CO', toString(number)), 10000001 + cityHash64(id, 1) % 5000, 3, today() - number % 1800, 1, 4000, 4800, 1, 0 FROM numbers(intDiv({tickets}, 20));

INSERT INTO mirror.llx_element_element (rowid, fk_source, sourcetype, fk_target, targettype, _seq, _deleted)
SELECT 10000001 + number, 10000001 + number * 2, 'propal', 10000001 + number, 'commande', 1, 0 FROM numbers(intDiv({tickets}, 20));

INSERT INTO mirror.llx_element_element (rowid, fk_source, sourcetype, fk_target, targettype, _seq, _deleted)
SELECT 20000001 + number, 10000001 + number, 'commande', 10000001 + number * 3, 'facture', 1, 0 FROM numbers(intDiv({tickets}, 20));
