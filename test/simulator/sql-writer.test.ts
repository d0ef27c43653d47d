import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expression, insertRows, updateRow } from '../../simulator/sql-writer.ts';

void describe('SQL text from rows', () => {
  void it('quotes what is hostile and leaves expressions alone', () => {
    const sql = insertRows('t', [{ a: 'd\'été \\ "x"', b: null, c: 1.5, d: expression('@id0') }]);
    assert.equal(sql, "INSERT INTO t (`a`,`b`,`c`,`d`) VALUES ('d\\'été \\\\ \\\"x\\\"',NULL,1.5,@id0)");
  });

  void it('writes many rows at once, and updates by key', () => {
    assert.equal(insertRows('t', [{ a: 1 }, { a: 2 }]), 'INSERT INTO t (`a`) VALUES (1),(2)');
    assert.equal(
      updateRow('t', { a: 'x', b: null }, { rowid: 3 }),
      "UPDATE t SET `a` = 'x', `b` = NULL WHERE `rowid` = 3",
    );
  });
});
