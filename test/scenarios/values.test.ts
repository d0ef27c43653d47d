/** Scenarios of values: what SELECT prints is what the warehouse holds, copied or streamed. One source, one pipeline. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { EVERY_TYPE } from '../support/every-type.ts';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';
import { differencesOf, startPipeline, type TestPipeline } from '../support/pipeline.ts';

const never = new AbortController().signal;

/** The columns of each scenario's table; their values are those of EVERY_TYPE. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  c21: ['d', 'dt', 'dt3', 'dt6', 'yr', 'ts'],
  c22: ['t8u', 't24u', 't32u', 't64u', 'b1', 'b64', 'flt', 'dbl', 'price', 'dec1', 'dec2', 'dec3'],
  c23: ['en', 'se'],
  c24: ['ge', 'after', 'la', 'nopad', 'uc', 'em', 'vc', 'ch', 'big'],
};

/** Numbers and texts that must not change on their way, beside those of EVERY_TYPE. */
const CLOCKS = [
  // The night in which Paris has 02:30 twice, and the one in which it has none.
  ["'2026-10-25 02:30:00'", "'2026-10-25 00:30:00'"],
  ["'2026-10-25 02:30:00'", "'2026-10-25 01:30:00'"],
  ["'2026-03-29 02:30:00'", "'2026-03-29 01:30:00'"],
] as const;

let db: TestMariadb;
let pipeline: TestPipeline;

async function insertValues(firstId: number): Promise<void> {
  for (const [table, columns] of Object.entries(TABLES)) {
    const count = Math.max(...columns.map((column) => EVERY_TYPE[column]!.values.length));
    for (let row = 0; row < count; row++) {
      const values = columns.map((column) => {
        const all = EVERY_TYPE[column]!.values;
        return all[row % all.length]!;
      });
      await db.query(`INSERT INTO ${table} VALUES (${firstId + row}, ${values.join(', ')})`);
    }
  }
  const connection = await db.connect();
  await connection.query("SET time_zone = '+00:00'");
  for (const [index, [wall, instant]] of CLOCKS.entries())
    await connection.query(`INSERT INTO c20 VALUES (${firstId + index}, ${wall}, ${instant})`);
}

/** Source and warehouse hold the same values, and a value that was streamed is the one that was copied. */
async function assertExact(table: string): Promise<void> {
  const report = await pipeline.runtime.verify(
    { tables: [table], excludeTables: [] },
    () => undefined,
    never,
  );
  assert.deepEqual(differencesOf(report), []);
  const images = await pipeline.rows<{ op: string; image: string }>(
    `SELECT op, replaceRegexpOne(after, '"id":[0-9]+', '') AS image FROM raw.events
     WHERE table = '${table}' ORDER BY op, JSONExtractInt(after, 'id')`,
  );
  const of = (op: string): string[] => images.filter((row) => row.op === op).map(({ image }) => image);
  assert.ok(of('r').length > 1);
  assert.deepEqual(of('c'), of('r'));
}

void describe('values', () => {
  before(async () => {
    db = await startTestMariadb({ args: ['--sql-mode=', '--default-time-zone=+02:00'] });
    await db.query('CREATE TABLE c20 (id INT PRIMARY KEY, wall DATETIME, instant TIMESTAMP NULL)');
    for (const [table, columns] of Object.entries(TABLES)) {
      const declared = columns.map((column) => `${column} ${EVERY_TYPE[column]!.declaration}`).join(', ');
      await db.query(`CREATE TABLE ${table} (id INT PRIMARY KEY, ${declared}) CHARACTER SET utf8mb3`);
    }
    await insertValues(1);
    pipeline = await startPipeline({ source: db.captureUrl() });
    await insertValues(101);
  });
  after(async () => {
    await pipeline[Symbol.asyncDispose]();
    await db[Symbol.asyncDispose]();
  });

  void it('C20 a DATETIME keeps its wall clock and a TIMESTAMP its instant, where summer time begins and ends', async () => {
    await assertExact('c20');
    const rows = await pipeline.rows(
      'SELECT toString(wall) AS wall, toUnixTimestamp(instant) AS instant FROM mirror.c20 FINAL WHERE id > 100 ORDER BY id',
    );
    assert.deepEqual(rows, [
      { wall: '2026-10-25 02:30:00', instant: Date.UTC(2026, 9, 25, 0, 30) / 1000 },
      { wall: '2026-10-25 02:30:00', instant: Date.UTC(2026, 9, 25, 1, 30) / 1000 },
      { wall: '2026-03-29 02:30:00', instant: Date.UTC(2026, 2, 29, 1, 30) / 1000 },
    ]);
  });

  void it('C21 a zero date is NULL, never another date, and dates at the edges and the year 0 are what they were', async () => {
    await assertExact('c21');
    const rows = await pipeline.rows(
      'SELECT DISTINCT toString(d) AS d, yr FROM mirror.c21 FINAL WHERE id > 100 ORDER BY id LIMIT 4',
    );
    assert.deepEqual(rows, [
      { d: '1000-01-01', yr: 0 },
      { d: '9999-12-31', yr: 1901 },
      { d: '2024-02-29', yr: 2155 },
      { d: null, yr: 0 },
    ]);
  });

  void it('C22 unsigned, zero-filled, BIT, FLOAT and DECIMAL(65,30) are equal to what SELECT prints', async () => {
    await assertExact('c22');
    const [row] = await pipeline.rows(
      'SELECT t64u, t24u, b64, toString(flt) AS flt, toString(dec2) AS dec2 FROM mirror.c22 FINAL WHERE id = 102',
    );
    assert.deepEqual(row, {
      ...{ t64u: '18446744073709551615', t24u: 16777215, b64: '1', flt: '1.2345678', dec2: '0' },
    });
  });

  void it('C23 ENUM and SET with commas and quotes are the same text, copied or streamed', async () => {
    await assertExact('c23');
    const rows = await pipeline.rows('SELECT en, se FROM mirror.c23 FINAL WHERE id > 100 ORDER BY id');
    assert.deepEqual(rows, [
      { en: 'a,b', se: "x,w'" },
      { en: "it's", se: '' },
      { en: 'é', se: 'x,y z' },
    ]);
  });

  void it('C24 latin1, NOPAD collations, ucs2, emoji and text after a geometry are exact to the byte', async () => {
    await assertExact('c24');
    const [row] = await pipeline.rows('SELECT after, la, nopad, uc, em FROM mirror.c24 FINAL WHERE id = 101');
    const expected = { after: 'après géométrie', la: 'déjà vu €', nopad: 'été', uc: 'Ωmega', em: '😀 ok' };
    assert.deepEqual(row, expected);
  });
});
