/** Every code of every character set that can be decoded is asked of a server, and read as the server reads it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toUtf8 } from '../../../adapters/mariadb/charsets.ts';
import { startTestMariadb, type TestMariadb } from '../../support/mariadb.ts';

/** Not decoded at all: a table with such a column is refused by its name. */
const REFUSED = ['dec8', 'geostd8', 'hp8', 'keybcs2', 'macce', 'swe7'];
/** Signs and private characters in which big5 differs from iconv-lite's; nobody has asked for them yet. */
const NOT_ALL = ['big5'];
const isPrivate = (text: string): boolean => /[\u{e000}-\u{f8ff}]/u.test(text);

async function differences(
  db: TestMariadb,
  charset: string,
  codes: { readonly from: number; readonly to: number; readonly bytes: number },
): Promise<string[]> {
  const convert = toUtf8(charset);
  const code = `CONVERT(UNHEX(LPAD(HEX(seq), ${codes.bytes * 2}, '0')) USING ${charset})`;
  const rows = await db.query<{ seq: number; text: string }>(
    `SELECT seq, CONVERT(${code} USING utf8mb4) AS text FROM seq_${codes.from}_to_${codes.to}`,
  );
  return rows.flatMap(({ seq, text }) => {
    // A code that means nothing there becomes a question mark.
    if (text === null || (text.includes('?') && seq !== 0x3f)) return [];
    const bytes = Buffer.alloc(codes.bytes);
    bytes.writeUIntBE(seq, 0, codes.bytes);
    const ours = (convert ? convert(bytes) : bytes).toString('utf8');
    if (ours === text || (codes.bytes > 1 && isPrivate(text))) return [];
    return [`${charset} ${seq.toString(16)}: ${JSON.stringify(ours)} instead of ${JSON.stringify(text)}`];
  });
}

void describe('character sets of the server', () => {
  void it('are decoded as the server does, code by code, or refused', async () => {
    await using db = await startTestMariadb({ args: ['--sql-mode='] });
    const sets = await db.query<{ name: string; longest: number }>(
      `SELECT CHARACTER_SET_NAME AS name, MAXLEN AS longest FROM information_schema.CHARACTER_SETS
       WHERE CHARACTER_SET_NAME NOT IN ('binary', 'utf8mb3', 'utf8mb4', 'utf16', 'utf16le', 'utf32', 'ucs2', 'filename')`,
    );
    assert.ok(sets.length > 25, `${sets.length} sets`);
    for (const { name, longest } of sets) {
      if (REFUSED.includes(name)) {
        assert.throws(() => toUtf8(name), { code: 'SOURCE_EVENT_UNSUPPORTED' });
        continue;
      }
      assert.deepEqual(await differences(db, name, { from: 0, to: 255, bytes: 1 }), []);
      if (longest === 1 || NOT_ALL.includes(name)) continue;
      assert.deepEqual(await differences(db, name, { from: 0x8100, to: 0xffff, bytes: 2 }), []);
    }
  });
});
