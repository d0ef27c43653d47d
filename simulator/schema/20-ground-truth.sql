-- What the simulator did on purpose, so that detectors can be scored. Lives in a database of its own: nothing that
-- reads Dolibarr's tables can learn the answers from them. Written in the same transaction as the row it is about.

CREATE TABLE IF NOT EXISTS anomaly (
  id BIGINT NOT NULL AUTO_INCREMENT,
  dolibarr VARCHAR(64) NOT NULL COMMENT 'the Dolibarr database it was injected into',
  kind VARCHAR(32) NOT NULL COMMENT 'overrun, cost or satisfaction',
  subject_table VARCHAR(64) NOT NULL,
  subject_id BIGINT NOT NULL,
  subject_ref VARCHAR(128) NOT NULL,
  at DATETIME(3) NOT NULL COMMENT 'UTC moment of the change that shows it',
  phase VARCHAR(16) NOT NULL COMMENT 'history or live',
  details TEXT NOT NULL COMMENT 'JSON: the normal values it would have had, and the injected ones',
  PRIMARY KEY (id),
  KEY (dolibarr, subject_table, subject_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- Rows that plantFaults made wrong, each with the rule that should find it.
CREATE TABLE IF NOT EXISTS quality_fault (
  id BIGINT NOT NULL AUTO_INCREMENT,
  dolibarr VARCHAR(64) NOT NULL,
  rule VARCHAR(64) NOT NULL,
  subject_table VARCHAR(64) NOT NULL,
  subject_id BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY (dolibarr, rule)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
