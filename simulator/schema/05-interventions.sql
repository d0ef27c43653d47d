-- Interventions on site. Their extrafields are this firm's own columns.
-- Column names, types and keys are those of Dolibarr 23.

CREATE TABLE llx_fichinter (
  rowid INT NOT NULL AUTO_INCREMENT,
  fk_soc INT NOT NULL,
  fk_projet INT DEFAULT 0,
  fk_contrat INT DEFAULT 0,
  ref VARCHAR(30) NOT NULL,
  ref_ext VARCHAR(255),
  ref_client VARCHAR(255),
  entity INT NOT NULL DEFAULT 1,
  tms TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  datec DATETIME,
  date_valid DATETIME,
  datei DATE,
  fk_user_author INT,
  fk_user_modif INT,
  fk_user_valid INT,
  fk_statut SMALLINT DEFAULT 0,
  dateo DATE,
  datee DATE,
  datet DATE,
  duree DOUBLE,
  description TEXT,
  signed_status SMALLINT,
  online_sign_ip VARCHAR(48),
  online_sign_name VARCHAR(64),
  note_private TEXT,
  note_public TEXT,
  model_pdf VARCHAR(255),
  last_main_doc VARCHAR(255),
  import_key VARCHAR(14),
  extraparams VARCHAR(255),
  PRIMARY KEY (rowid),
  UNIQUE KEY (ref, entity),
  KEY (fk_soc),
  FOREIGN KEY (fk_soc) REFERENCES llx_societe (rowid)
) ENGINE = InnoDB;

CREATE TABLE llx_fichinterdet (
  rowid INT NOT NULL AUTO_INCREMENT,
  fk_fichinter INT,
  fk_parent_line INT,
  special_code INT DEFAULT 0,
  product_type INT DEFAULT 0,
  date DATETIME,
  description TEXT,
  duree INT,
  rang INT DEFAULT 0,
  extraparams VARCHAR(255),
  PRIMARY KEY (rowid),
  KEY (fk_fichinter),
  FOREIGN KEY (fk_fichinter) REFERENCES llx_fichinter (rowid)
) ENGINE = InnoDB;

CREATE TABLE llx_fichinter_extrafields (
  rowid INT NOT NULL AUTO_INCREMENT,
  tms TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  fk_object INT NOT NULL,
  import_key VARCHAR(14),
  type_intervention VARCHAR(255),
  duree_estimee DOUBLE(24,8),
  duree_reelle DOUBLE(24,8),
  satisfaction INT,
  cout DOUBLE(24,8),
  ville VARCHAR(255),
  PRIMARY KEY (rowid),
  UNIQUE KEY (fk_object)
) ENGINE = InnoDB;
