import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findFault } from '../../../../adapters/mariadb/snapshot/check-condition.ts';

const SECRET = new Set(['pass_crypted']);

void describe('a condition for a copy', () => {
  const good = [
    "datec >= '2026-01-01' AND fk_soc IN (1, 2, 3)",
    '`date` IS NULL OR NOT (a = b)',
    "note LIKE 'it''s; -- not /* a comment */ # at all'",
    'ref REGEXP "^TS[0-9]+$"',
    'total_ht > -5.5e3',
  ];
  for (const where of good) {
    void it(`may be ${where}`, () => assert.equal(findFault(where, SECRET), null));
  }
  const bad: readonly (readonly [string, RegExp])[] = [
    ['', /empty/],
    ['1 = 1; x', /holds ;/],
    ['id IN (SELECT id FROM u)', /SELECT/],
    ['1 = 1) UNION (VALUES (1)', /closes/],
    ['(1 = 1', /opens/],
    ['id = 1 -- x', /--/],
    ['id = 1 # x', /#/],
    ['id = 1 /*! OR 1 */', /holds \/\*/],
    ["name = 'a\\' OR 1 = 1 -- '", /backslash/],
    ["name = 'a", /without its end/],
    ['@a := 1', /@/],
    ['sleep(5) = 0', /SLEEP/],
    ["load_file('/etc/passwd') = 1", /LOAD_FILE/],
    ["PASS_Crypted LIKE 'a%'", /not captured/],
    ["`pass_crypted` LIKE 'a%'", /not captured/],
    ['x'.repeat(4001), /longer/],
  ];
  for (const [where, why] of bad) {
    void it(`may not be ${where.slice(0, 40)}`, () => assert.match(findFault(where, SECRET) ?? '', why));
  }
});
