import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matchesGlob, selectDroppedColumns, selectTables } from '../../app/name-rules.ts';

void describe('the rules for names', () => {
  void it('know * and ?, and take everything else as it is', () => {
    assert.ok(matchesGlob('llx_*', 'llx_ticket'));
    assert.ok(matchesGlob('LLX_TICKET', 'llx_ticket'));
    assert.ok(matchesGlob('a?c', 'abc'));
    assert.ok(!matchesGlob('a.c', 'abc'));
    assert.ok(!matchesGlob('llx_ticket', 'llx_ticket_extrafields'));
    assert.ok(matchesGlob('a$b', 'a$b'));
  });

  void it('leave out what is excluded even when it is named', () => {
    const selected = selectTables({ tables: ['llx_*'], excludeTables: ['llx_session', '*_log'] });
    assert.deepEqual(['llx_ticket', 'llx_session', 'llx_x_log', 'other'].filter(selected), ['llx_ticket']);
  });

  void it("drop Dolibarr's passwords, keys and tokens by default", () => {
    const dropped = selectDroppedColumns({ dropColumns: [], keepColumns: [] });
    for (const [table, column] of [
      ['llx_user', 'pass'],
      ['llx_user', 'pass_crypted'],
      ['llx_user', 'pass_temp'],
      ['llx_user', 'api_key'],
      ['llx_societe_account', 'pass_crypted'],
      ['llx_adherent', 'pass'],
      ['llx_emailcollector_emailcollector', 'password'],
      ['llx_oauth_token', 'tokenstring_refresh'],
      ['llx_const', 'value'],
    ] as const) {
      assert.ok(dropped(table, column), `${table}.${column}`);
    }
    for (const [table, column] of [
      ['llx_user', 'login'],
      ['llx_user', 'pass_encoding'],
      ['llx_facture', 'import_key'],
      ['llx_extrafields', 'value'],
    ] as const) {
      assert.ok(!dropped(table, column), `${table}.${column}`);
    }
  });

  void it('drop more on request, and keep a secret only when it is asked for by name', () => {
    const dropped = selectDroppedColumns({
      dropColumns: ['*.email'],
      keepColumns: ['llx_const.value', '*.email'],
    });
    assert.ok(dropped('llx_societe', 'email'), 'what is dropped on request stays dropped');
    assert.ok(!dropped('llx_const', 'value'));
    assert.ok(dropped('llx_user', 'pass'));
  });
});
