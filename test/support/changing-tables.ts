/** A database with a table of every type and tables to which all happens that can happen to one, for readers to follow. */
import { createEveryType, insertEveryType } from './every-type.ts';
import type { TestMariadb } from './mariadb.ts';

/** The server must be started with these: the values at the edges are refused by a strict mode. */
export const SERVER_ARGUMENTS = ['--sql-mode='];

const run = async (db: TestMariadb, statements: readonly string[]): Promise<void> => {
  for (const sql of statements) await db.query(sql);
};

/** The table `every_type`, before capture starts. */
export const createTypes = (db: TestMariadb): Promise<void> =>
  run(db, [createEveryType(), ...insertEveryType(1)]);

/** What then happens to it. */
export const changeTypes = (db: TestMariadb): Promise<void> =>
  run(db, [
    ...insertEveryType(101),
    'UPDATE every_type SET t8 = 1, tx = NULL WHERE id = 102',
    'DELETE FROM every_type WHERE id IN (2, 103)',
    'UPDATE every_type SET id = 500 WHERE id = 101',
  ]);

/** The other tables, before capture starts. */
export const createChangingTables = (db: TestMariadb): Promise<void> =>
  run(db, [
    `CREATE TABLE llx_societe (rowid INT AUTO_INCREMENT PRIMARY KEY, nom VARCHAR(128), capital DECIMAL(24,8),
       outstanding DOUBLE(24,8), datec DATETIME, tms TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP)`,
    `INSERT INTO llx_societe (nom, capital, datec) SELECT CONCAT('Maçonnerie ', seq), seq * 100.25, '2026-03-29 02:30:00'
       FROM seq_1_to_300`,
    // A key of two columns, one of them text, and a column whose name Avro does not take.
    `CREATE TABLE llx_element (entity INT UNSIGNED, code VARCHAR(20), \`prix unitaire\` DECIMAL(10,2), PRIMARY KEY (entity, code))`,
    "INSERT INTO llx_element VALUES (1, 'sable', 12.5), (1, 'été', 0.1), (4294967295, 'x', NULL)",
    'CREATE TABLE llx_stock (rowid BIGINT UNSIGNED PRIMARY KEY, reel DOUBLE, batch VARBINARY(10))',
    "INSERT INTO llx_stock VALUES (18446744073709551615, 0.1, x'00FF'), (1, -3.5, NULL)",
    'CREATE TABLE llx_bag (v VARCHAR(10), n INT)',
    "INSERT INTO llx_bag VALUES ('x', 1), ('x', 1), (NULL, NULL)",
    'CREATE TABLE llx_emptied (rowid INT PRIMARY KEY, v VARCHAR(10))',
    "INSERT INTO llx_emptied VALUES (1, 'one'), (2, 'two')",
  ]);

export const CHANGING_TABLES = ['llx_bag', 'llx_element', 'llx_emptied', 'llx_societe', 'llx_stock'] as const;

/** What then happens: inserts, updates, deletes, changes of keys, TRUNCATE, and DDL between rows. */
export const changeTables = (db: TestMariadb): Promise<void> =>
  run(db, [
    'UPDATE llx_societe SET capital = capital + 1 WHERE rowid % 3 = 0',
    'DELETE FROM llx_societe WHERE rowid % 7 = 0',
    'BEGIN; UPDATE llx_societe SET rowid = 1000 WHERE rowid = 1; UPDATE llx_societe SET rowid = 1 WHERE rowid = 2; COMMIT',
    "ALTER TABLE llx_societe ADD ville VARCHAR(50) DEFAULT 'Lyon' AFTER nom, DROP COLUMN outstanding",
    "INSERT INTO llx_societe (nom, ville, capital) VALUES ('Plâtrerie', 'Nîmes', 0.00000001)",
    'ALTER TABLE llx_societe MODIFY capital DECIMAL(28,4)',
    'UPDATE llx_societe SET capital = 7.5 WHERE rowid = 1000',
    'DELETE FROM llx_societe WHERE rowid = 10; INSERT INTO llx_societe (rowid, nom) VALUES (10, "back again")',
    "UPDATE llx_element SET code = 'gravier' WHERE code = 'sable'; DELETE FROM llx_element WHERE entity = 4294967295",
    'UPDATE llx_stock SET rowid = 2 WHERE rowid = 18446744073709551615; INSERT INTO llx_stock VALUES (3, 1e300, "")',
    "DELETE FROM llx_bag WHERE v = 'x' LIMIT 1; INSERT INTO llx_bag VALUES ('y', 2), ('y', 2); UPDATE llx_bag SET n = 3 WHERE v = 'y' LIMIT 1",
    "TRUNCATE TABLE llx_emptied; INSERT INTO llx_emptied VALUES (2, 'new'), (3, NULL)",
  ]);
