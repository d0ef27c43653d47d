-- Dictionaries and settings of a French construction firm, and the description of its extrafields.

INSERT INTO llx_c_country (rowid, code, code_iso, numeric_code, label, eec, sepa, active) VALUES
  (1, 'FR', 'FRA', '250', 'France', 1, 1, 1),
  (2, 'BE', 'BEL', '056', 'Belgique', 1, 1, 1);

INSERT INTO llx_c_departements (rowid, code_departement, cheflieu, ncc, nom, active) VALUES
  (1, '69', '69123', 'RHONE', 'Rhône', 1),
  (2, '38', '38185', 'ISERE', 'Isère', 1),
  (3, '42', '42218', 'LOIRE', 'Loire', 1),
  (4, '01', '01053', 'AIN', 'Ain', 1),
  (5, '73', '73065', 'SAVOIE', 'Savoie', 1);

INSERT INTO llx_c_payment_term (rowid, code, sortorder, active, libelle, libelle_facture, nbjour) VALUES
  (1, 'RECEP', 1, 1, 'À réception', 'À réception de facture', 0),
  (2, '30D', 2, 1, '30 jours', 'Règlement à 30 jours', 30),
  (3, '45D', 3, 1, '45 jours', 'Règlement à 45 jours', 45);

INSERT INTO llx_c_paiement (id, code, libelle, type, active) VALUES
  (2, 'VIR', 'Virement bancaire', 2, 1),
  (4, 'LIQ', 'Espèces', 2, 1),
  (6, 'CB', 'Carte bancaire', 2, 1),
  (7, 'CHQ', 'Chèque', 2, 1);

INSERT INTO llx_c_actioncomm (id, code, type, libelle, active, position) VALUES
  (1, 'AC_TEL', 'system', 'Appel téléphonique', 1, 2),
  (4, 'AC_EMAIL', 'system', 'Envoi e-mail', 1, 4),
  (5, 'AC_RDV', 'system', 'Rendez-vous', 1, 1),
  (11, 'AC_INT', 'system', 'Intervention sur site', 1, 4),
  (40, 'AC_OTH_AUTO', 'systemauto', 'Autre (automatique)', 1, 20),
  (50, 'AC_OTH', 'system', 'Autre', 1, 5);

INSERT INTO llx_c_type_contact (rowid, element, source, code, libelle, active) VALUES
  (120, 'fichinter', 'internal', 'INTERREPFOLL', 'Responsable du suivi', 1),
  (121, 'fichinter', 'internal', 'INTERVENING', 'Intervenant', 1),
  (160, 'project', 'internal', 'PROJECTLEADER', 'Chef de projet', 1),
  (161, 'project', 'internal', 'PROJECTCONTRIBUTOR', 'Intervenant', 1),
  (170, 'project', 'external', 'PROJECTLEADER', 'Chef de projet', 1);

INSERT INTO llx_c_ticket_type (entity, code, pos, label, active, use_default) VALUES
  (1, 'COM', '10', 'Question commerciale', 1, 0),
  (1, 'HELP', '15', 'Demande d''aide fonctionnelle', 1, 0),
  (1, 'ISSUE', '20', 'Anomalie ou panne', 1, 1),
  (1, 'PROBLEM', '22', 'Problème', 1, 0),
  (1, 'REQUEST', '25', 'Demande d''évolution', 1, 0),
  (1, 'PROJECT', '30', 'Projet', 0, 0),
  (1, 'OTHER', '40', 'Autre', 1, 0);

INSERT INTO llx_c_ticket_category (entity, code, label, public, use_default, fk_parent, pos, active) VALUES
  (1, 'OTHER', 'Autre', 1, 1, 0, 10, 1);

INSERT INTO llx_c_ticket_severity (entity, code, pos, label, color, active, use_default) VALUES
  (1, 'LOW', '10', 'Basse', '', 1, 0),
  (1, 'NORMAL', '20', 'Normale', '', 1, 1),
  (1, 'HIGH', '30', 'Haute', '', 1, 0),
  (1, 'BLOCKING', '40', 'Critique, bloquante', '', 1, 0);

INSERT INTO llx_c_ticket_resolution (entity, code, pos, label, active, use_default) VALUES
  (1, 'SOLVED', '10', 'Résolu', 1, 0),
  (1, 'CANCELED', '50', 'Annulé', 1, 0),
  (1, 'OTHER', '90', 'Autre', 1, 0);

INSERT INTO llx_const (name, entity, value, type, visible) VALUES
  ('MAIN_INFO_SOCIETE_NOM', 1, 'Bâti-Rhône SARL', 'chaine', 0),
  ('MAIN_INFO_SOCIETE_TOWN', 1, 'Lyon', 'chaine', 0),
  ('MAIN_MONNAIE', 1, 'EUR', 'chaine', 0),
  ('MAIN_MODULE_FICHEINTER', 1, '1', 'string', 0),
  ('MAIN_MODULE_TICKET', 1, '1', 'string', 0),
  ('MAIN_MODULE_STOCK', 1, '1', 'string', 0);

INSERT INTO llx_extrafields (name, entity, elementtype, label, type, size, pos, param, list, langs) VALUES
  ('type_intervention', 1, 'fichinter', 'Type d''intervention', 'varchar', '255', 10, NULL, '1', NULL),
  ('duree_estimee', 1, 'fichinter', 'Durée estimée (h)', 'double', '24,8', 20, NULL, '1', NULL),
  ('duree_reelle', 1, 'fichinter', 'Durée réelle (h)', 'double', '24,8', 30, NULL, '1', NULL),
  ('satisfaction', 1, 'fichinter', 'Satisfaction client (1 à 5)', 'int', '10', 40, NULL, '1', NULL),
  ('cout', 1, 'fichinter', 'Coût (EUR)', 'price', '24,8', 50, NULL, '1', NULL),
  ('ville', 1, 'fichinter', 'Ville', 'varchar', '255', 60, NULL, '1', NULL),
  ('chantier_bloque', 1, 'ticket', 'Chantier bloqué', 'boolean', '', 10, NULL, '1', NULL),
  ('lot_technique', 1, 'ticket', 'Lot technique', 'select', '', 20,
   'a:1:{s:7:"options";a:3:{s:3:"GOE";s:11:"Gros œuvre";s:3:"SEC";s:13:"Second œuvre";s:3:"FIN";s:9:"Finitions";}}', '1', NULL),
  ('garantie_jusqu_au', 1, 'ticket', 'Garantie jusqu''au', 'date', '', 30, NULL, '1', NULL),
  ('conducteur_travaux', 1, 'projet', 'Conducteur de travaux', 'varchar', '255', 10, NULL, '1', NULL),
  ('surface_m2', 1, 'projet', 'Surface (m²)', 'double', '24,8', 20, NULL, '1', NULL);
