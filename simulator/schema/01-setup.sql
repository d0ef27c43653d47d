-- Settings, users, groups, and the dictionaries (llx_c_*) that the other tables point to.
-- Column names, types and keys are those of Dolibarr 23.

CREATE TABLE llx_const (
  rowid INT NOT NULL AUTO_INCREMENT,
  name VARCHAR(180) NOT NULL,
  entity INT NOT NULL DEFAULT 1,
  value TEXT NOT NULL,
  type VARCHAR(64) DEFAULT 'string',
  visible TINYINT NOT NULL DEFAULT 1,
  note TEXT,
  tms TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (rowid),
  UNIQUE KEY (name, entity)
) ENGINE = InnoDB;

CREATE TABLE llx_extrafields (
  rowid INT NOT NULL AUTO_INCREMENT,
  name VARCHAR(64) NOT NULL,
  entity INT NOT NULL DEFAULT 1,
  elementtype VARCHAR(64) NOT NULL DEFAULT 'member',
  label VARCHAR(255) NOT NULL,
  type VARCHAR(8),
  size VARCHAR(8),
  fieldcomputed TEXT,
  fielddefault TEXT,
  fieldunique INT DEFAULT 0,
  fieldrequired INT DEFAULT 0,
  perms VARCHAR(255),
  enabled VARCHAR(255),
  module VARCHAR(64),
  pos INT DEFAULT 0,
  alwayseditable INT DEFAULT 0,
  emptyonclone INT DEFAULT 0,
  param TEXT,
  list VARCHAR(255) DEFAULT '1',
  printable INT DEFAULT 0,
  totalizable TINYINT DEFAULT 0,
  langs VARCHAR(64),
  help TEXT,
  aiprompt TEXT,
  css VARCHAR(128),
  cssview VARCHAR(128),
  csslist VARCHAR(128),
  fk_user_author INT,
  fk_user_modif INT,
  datec DATETIME,
  tms TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (rowid),
  UNIQUE KEY (name, entity, elementtype)
) ENGINE = InnoDB;

CREATE TABLE llx_c_country (
  rowid INT NOT NULL,
  code VARCHAR(2) NOT NULL,
  code_iso VARCHAR(3),
  numeric_code VARCHAR(3),
  label VARCHAR(128) NOT NULL,
  eec TINYINT NOT NULL DEFAULT 0,
  sepa TINYINT NOT NULL DEFAULT 0,
  active TINYINT NOT NULL DEFAULT 1,
  favorite TINYINT NOT NULL DEFAULT 0,
  PRIMARY KEY (rowid),
  UNIQUE KEY (code),
  UNIQUE KEY (code_iso),
  UNIQUE KEY (label)
) ENGINE = InnoDB;

CREATE TABLE llx_c_departements (
  rowid INT NOT NULL AUTO_INCREMENT,
  code_departement VARCHAR(6) NOT NULL,
  fk_region INT,
  cheflieu VARCHAR(50),
  tncc INT,
  ncc VARCHAR(50),
  nom VARCHAR(50),
  active TINYINT NOT NULL DEFAULT 1,
  PRIMARY KEY (rowid),
  UNIQUE KEY (code_departement, fk_region),
  KEY (fk_region)
) ENGINE = InnoDB;

CREATE TABLE llx_c_payment_term (
  rowid INT NOT NULL AUTO_INCREMENT,
  entity INT NOT NULL DEFAULT 1,
  code VARCHAR(16),
  sortorder SMALLINT,
  active TINYINT DEFAULT 1,
  libelle VARCHAR(255),
  libelle_facture TEXT,
  type_cdr TINYINT,
  nbjour SMALLINT,
  decalage SMALLINT,
  deposit_percent VARCHAR(63),
  module VARCHAR(32),
  position INT NOT NULL DEFAULT 0,
  PRIMARY KEY (rowid),
  UNIQUE KEY (entity, code)
) ENGINE = InnoDB;

CREATE TABLE llx_c_paiement (
  id INT NOT NULL AUTO_INCREMENT,
  entity INT NOT NULL DEFAULT 1,
  code VARCHAR(6) NOT NULL,
  libelle VARCHAR(128),
  type SMALLINT,
  active TINYINT NOT NULL DEFAULT 1,
  accountancy_code VARCHAR(32),
  module VARCHAR(32),
  position INT NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  UNIQUE KEY (entity, code)
) ENGINE = InnoDB;

CREATE TABLE llx_c_actioncomm (
  id INT NOT NULL,
  code VARCHAR(50) NOT NULL,
  type VARCHAR(50) NOT NULL DEFAULT 'system',
  libelle VARCHAR(128) NOT NULL,
  module VARCHAR(50),
  active TINYINT NOT NULL DEFAULT 1,
  todo TINYINT,
  color VARCHAR(9),
  picto VARCHAR(48),
  position INT NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  UNIQUE KEY (code)
) ENGINE = InnoDB;

CREATE TABLE llx_c_type_contact (
  rowid INT NOT NULL AUTO_INCREMENT,
  element VARCHAR(64) NOT NULL,
  source VARCHAR(8) NOT NULL DEFAULT 'external',
  code VARCHAR(32) NOT NULL,
  libelle VARCHAR(128) NOT NULL,
  active TINYINT NOT NULL DEFAULT 1,
  module VARCHAR(32),
  position INT NOT NULL DEFAULT 0,
  PRIMARY KEY (rowid),
  UNIQUE KEY (element, source, code),
  KEY (code)
) ENGINE = InnoDB;

CREATE TABLE llx_c_ticket_type (
  rowid INT NOT NULL AUTO_INCREMENT,
  entity INT DEFAULT 1,
  code VARCHAR(32) NOT NULL,
  pos VARCHAR(32) NOT NULL,
  label VARCHAR(128) NOT NULL,
  active INT DEFAULT 1,
  use_default INT DEFAULT 1,
  description VARCHAR(255),
  PRIMARY KEY (rowid),
  UNIQUE KEY (code, entity)
) ENGINE = InnoDB;

CREATE TABLE llx_c_ticket_category (
  rowid INT NOT NULL AUTO_INCREMENT,
  entity INT DEFAULT 1,
  code VARCHAR(32) NOT NULL,
  label VARCHAR(128) NOT NULL,
  public INT DEFAULT 0,
  use_default INT DEFAULT 1,
  fk_parent INT NOT NULL DEFAULT 0,
  force_severity VARCHAR(32),
  description VARCHAR(255),
  pos INT NOT NULL DEFAULT 0,
  active INT DEFAULT 1,
  PRIMARY KEY (rowid),
  UNIQUE KEY (code, entity)
) ENGINE = InnoDB;

CREATE TABLE llx_c_ticket_severity (
  rowid INT NOT NULL AUTO_INCREMENT,
  entity INT DEFAULT 1,
  code VARCHAR(32) NOT NULL,
  pos VARCHAR(32) NOT NULL,
  label VARCHAR(128) NOT NULL,
  color VARCHAR(10),
  active INT DEFAULT 1,
  use_default INT DEFAULT 1,
  description VARCHAR(255),
  PRIMARY KEY (rowid),
  UNIQUE KEY (code, entity)
) ENGINE = InnoDB;

CREATE TABLE llx_c_ticket_resolution (
  rowid INT NOT NULL AUTO_INCREMENT,
  entity INT DEFAULT 1,
  code VARCHAR(32) NOT NULL,
  pos VARCHAR(32) NOT NULL,
  label VARCHAR(128) NOT NULL,
  active INT DEFAULT 1,
  use_default INT DEFAULT 1,
  description VARCHAR(255),
  PRIMARY KEY (rowid),
  UNIQUE KEY (code, entity)
) ENGINE = InnoDB;

CREATE TABLE llx_user (
  rowid INT NOT NULL AUTO_INCREMENT,
  entity INT NOT NULL DEFAULT 1,
  ref_employee VARCHAR(50),
  ref_ext VARCHAR(50),
  admin SMALLINT DEFAULT 0,
  employee TINYINT DEFAULT 1,
  fk_establishment INT DEFAULT 0,
  datec DATETIME,
  tms TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  fk_user_creat INT,
  fk_user_modif INT,
  login VARCHAR(50) NOT NULL,
  pass_encoding VARCHAR(24),
  pass VARCHAR(128),
  pass_crypted VARCHAR(128),
  pass_temp VARCHAR(128),
  api_key VARCHAR(128),
  gender VARCHAR(10),
  civility VARCHAR(6),
  lastname VARCHAR(50),
  firstname VARCHAR(50),
  address VARCHAR(255),
  zip VARCHAR(25),
  town VARCHAR(50),
  fk_state INT DEFAULT 0,
  fk_country INT DEFAULT 0,
  birth DATE,
  birth_place VARCHAR(64),
  job VARCHAR(128),
  office_phone VARCHAR(30),
  office_fax VARCHAR(30),
  user_mobile VARCHAR(30),
  personal_mobile VARCHAR(30),
  email VARCHAR(255),
  personal_email VARCHAR(255),
  email_oauth2 VARCHAR(255),
  signature LONGTEXT,
  socialnetworks TEXT,
  fk_soc INT,
  fk_socpeople INT,
  fk_member INT,
  fk_user INT,
  fk_user_expense_validator INT,
  fk_user_holiday_validator INT,
  national_registration_number VARCHAR(50),
  idpers1 VARCHAR(128),
  idpers2 VARCHAR(128),
  idpers3 VARCHAR(128),
  note_public TEXT,
  note_private TEXT,
  model_pdf VARCHAR(255),
  last_main_doc VARCHAR(255),
  datelastlogin DATETIME,
  datepreviouslogin DATETIME,
  datelastpassvalidation DATETIME,
  datestartvalidity DATETIME,
  dateendvalidity DATETIME,
  flagdelsessionsbefore DATETIME,
  iplastlogin VARCHAR(250),
  ippreviouslogin VARCHAR(250),
  ldap_sid VARCHAR(255),
  openid VARCHAR(255),
  statut TINYINT DEFAULT 1,
  photo VARCHAR(255),
  lang VARCHAR(6),
  color VARCHAR(6),
  barcode VARCHAR(255),
  fk_barcode_type INT DEFAULT 0,
  accountancy_code_user_general VARCHAR(32),
  accountancy_code VARCHAR(32),
  nb_holiday INT DEFAULT 0,
  thm DOUBLE(24,8),
  tjm DOUBLE(24,8),
  access_hours VARCHAR(128),
  salary DOUBLE(24,8),
  salaryextra DOUBLE(24,8),
  dateemployment DATE,
  dateemploymentend DATE,
  weeklyhours DOUBLE(16,8),
  import_key VARCHAR(14),
  default_range INT,
  default_c_exp_tax_cat INT,
  fk_warehouse INT,
  PRIMARY KEY (rowid),
  UNIQUE KEY (api_key),
  UNIQUE KEY (fk_member),
  UNIQUE KEY (fk_socpeople),
  UNIQUE KEY (login, entity),
  KEY (fk_soc),
  KEY (statut, employee)
) ENGINE = InnoDB;

CREATE TABLE llx_user_extrafields (
  rowid INT NOT NULL AUTO_INCREMENT,
  tms TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  fk_object INT NOT NULL,
  import_key VARCHAR(14),
  PRIMARY KEY (rowid),
  UNIQUE KEY (fk_object)
) ENGINE = InnoDB;

CREATE TABLE llx_usergroup (
  rowid INT NOT NULL AUTO_INCREMENT,
  nom VARCHAR(180) NOT NULL,
  entity INT NOT NULL DEFAULT 1,
  datec DATETIME,
  tms TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  color VARCHAR(6),
  note TEXT,
  model_pdf VARCHAR(255),
  PRIMARY KEY (rowid),
  UNIQUE KEY (nom, entity)
) ENGINE = InnoDB;

CREATE TABLE llx_usergroup_user (
  rowid INT NOT NULL AUTO_INCREMENT,
  entity INT NOT NULL DEFAULT 1,
  fk_user INT NOT NULL,
  fk_usergroup INT NOT NULL,
  PRIMARY KEY (rowid),
  UNIQUE KEY (entity, fk_user, fk_usergroup),
  KEY (fk_user),
  KEY (fk_usergroup),
  FOREIGN KEY (fk_user) REFERENCES llx_user (rowid),
  FOREIGN KEY (fk_usergroup) REFERENCES llx_usergroup (rowid)
) ENGINE = InnoDB;
