import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { openChdb } from '../../../adapters/chdb/open-chdb.ts';
import { ERASED } from '../../../core/erasure.ts';
import type { Cursor } from '../../../core/ports/change-log.ts';
import { createDolibarr } from '../../../simulator/create-dolibarr.ts';
import { seedHistory } from '../../../simulator/seed-history.ts';
import { startTestMariadb } from '../../support/mariadb.ts';
import { DATABASE, staleTables } from '../../support/model-check.ts';
import { differencesOf, startPipeline, type TestPipeline } from '../../support/pipeline.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

const never = new AbortController().signal;

const NAME = 'Théodora Quirinale-Vasseur';
const MAIL = 'theodora.quirinale@vasseur.example';
const PHONE = '06 98 76 54 32';
const EARLIER_NAME = 'Théodora Zmirlic';
/** As they stand in files: plain, and as JSON of ClickHouse would have them. */
const TRACES: readonly string[] = [
  NAME,
  MAIL,
  PHONE,
  '0698765432',
  EARLIER_NAME,
  '12 passage du Guignol caché',
];

/** Files of the folder with one of the texts, and which. */
function traces(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const stored = readFileSync(join(entry.parentPath, entry.name));
      const bytes = entry.name.endsWith('.gz') ? gunzipSync(stored) : stored;
      return TRACES.filter((text) => bytes.includes(text)).map(
        (text) => `${entry.parentPath}/${entry.name}: ${text}`,
      );
    });
}

/** Compressed blocks hide a text from a search of bytes: what ClickHouse itself can find must be nothing, too. */
async function tracesInTables(pipeline: TestPipeline): Promise<string[]> {
  const tables = await pipeline.rows<{ database: string; name: string }>(
    `SELECT database, name FROM system.tables WHERE database IN ('raw', 'mirror', 'ingest', 'model', '${DATABASE}') AND engine LIKE '%MergeTree'`,
  );
  const found: string[] = [];
  for (const { database, name } of tables) {
    const texts = TRACES.map((text) => `'${text}'`).join(', ');
    const [row] = await pipeline.rows<{ n: string }>(
      `SELECT countIf(multiSearchAny(toString(tuple(*)), [${texts}])) AS n FROM ${database}.\`${name}\``,
    );
    if (Number(row!.n) > 0) found.push(`${database}.${name}: ${row!.n}`);
  }
  return found;
}

/** What the log still holds is read through: it may be packed, and its free pages are in the search of the bytes. */
async function tracesInLog({ stores }: TestPipeline): Promise<string[]> {
  const found = new Set<string>();
  for (let from: Cursor | null = null; ;) {
    const { batches, cursor } = await stores.log.read({ from, maxBytes: 8 << 20, waitMs: 0 });
    if (batches.length === 0) return [...found];
    from = cursor;
    for (const { topic, values } of batches) {
      for (const text of TRACES) if (Buffer.from(values).includes(text)) found.add(`${topic}: ${text}`);
    }
  }
}

const FIGURES = [
  `SELECT count() AS n, round(sum(total_ht), 2) AS total FROM ${DATABASE}.fact_invoices FINAL`,
  `SELECT customer_id, round(sum(total_ht), 2) AS total FROM ${DATABASE}.fact_invoices FINAL GROUP BY customer_id ORDER BY customer_id`,
  `SELECT customer_id, name FROM ${DATABASE}.dim_customer FINAL WHERE customer_id != 1 ORDER BY customer_id`,
  'SELECT rowid, nom, email, phone FROM mirror.llx_societe WHERE rowid != 1 ORDER BY rowid',
  'SELECT topic, count() AS n, max(offset) AS last FROM raw.events GROUP BY topic ORDER BY topic',
];

async function figures(pipeline: TestPipeline): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const sql of FIGURES) answers.push(await pipeline.rows(sql));
  return answers;
}

void describe('forget', () => {
  void it('leaves nothing of the person in any file, the figures as they were, and the pipeline at work', async () => {
    using folder = makeTemporaryFolder();
    await using db = await startTestMariadb();
    const url = db.url();
    await createDolibarr({ url });
    await seedHistory({ url, seed: 5, months: 3, size: 'small' });
    const person = (name: string): string =>
      `UPDATE llx_societe SET nom = '${name}', email = '${MAIL}', phone = '${PHONE}', address = '12 passage du Guignol caché' WHERE rowid = 1`;
    await db.query(person(EARLIER_NAME));
    const started = {
      source: db.captureUrl(),
      dataDir: folder.path,
      stages: ['capture', 'warehouse', 'model', 'lake', 'analytics'] as const,
      flags: { lakeRollSeconds: '1' },
    };
    const pipeline = await startPipeline(started);
    try {
      await db.query(
        `${person(NAME)}; UPDATE llx_ticket SET message = 'Rappeler ${NAME} au ${PHONE}' ORDER BY rowid LIMIT 3;
         UPDATE llx_actioncomm SET note = '<a href="mailto:${MAIL}">${MAIL}</a> / vu' ORDER BY id LIMIT 2`,
      );
      await pipeline.caughtUp();
      // Dolibarr first: its own last change still says who it was, in the image before it.
      await db.query(
        "UPDATE llx_societe SET nom = 'Tiers 1', email = NULL, phone = NULL, address = NULL WHERE rowid = 1",
      );
      await pipeline.caughtUp();
      const models = join(folder.path, 'models', 'segments');
      mkdirSync(models, { recursive: true });
      writeFileSync(join(models, '1.json'), JSON.stringify({ largest: NAME, mail: MAIL }));
      const before = await figures(pipeline);
      assert.ok((await tracesInTables(pipeline)).length >= 3);

      const request = { kind: 'customer', id: 1 } as const;
      const held = JSON.stringify(await pipeline.runtime.upkeep.exportPerson(request, never));
      for (const text of [NAME, EARLIER_NAME, MAIL, 'llx_facture.fk_soc'])
        assert.ok(held.includes(text), text);
      const dry = await pipeline.runtime.upkeep.forget({ ...request, dryRun: true }, never);
      assert.ok((await tracesInTables(pipeline)).length >= 3, 'a dry run changes nothing');
      const report = await pipeline.runtime.upkeep.forget({ ...request, dryRun: false }, never);
      assert.deepEqual(report.tables, dry.tables);
      assert.ok(report.lakeFiles > 0 && report.files > 0 && report.remains.length > 0);
      assert.deepEqual(await tracesInTables(pipeline), []);
      assert.deepEqual(traces(folder.path), []);
      assert.deepEqual(await tracesInLog(pipeline), []);
      assert.deepEqual(await figures(pipeline), before);

      // Dolibarr was not told, and goes on with the person.
      await db.query(
        `${person(NAME)}; UPDATE llx_societe SET town = 'Lyon' WHERE rowid = 1; UPDATE llx_societe SET nom = 'Autre' WHERE rowid = 2`,
      );
      await pipeline.caughtUp();
      assert.deepEqual(await staleTables(pipeline), []);
      const kept = 'SELECT nom, email, phone, address, town FROM mirror.llx_societe WHERE rowid = 1';
      assert.deepEqual(await pipeline.rows(kept), [
        { nom: ERASED, email: ERASED, phone: ERASED, address: ERASED, town: 'Lyon' },
      ]);
      assert.deepEqual(await pipeline.rows('SELECT nom FROM mirror.llx_societe WHERE rowid = 2'), [
        { nom: 'Autre' },
      ]);
      // Texts elsewhere that quote the person are still in Dolibarr; the person's own row is equal as it may be kept.
      const differing = differencesOf(await pipeline.verify()).map((text) => text.split(':')[0]);
      assert.deepEqual(differing, ['llx_actioncomm', 'llx_ticket']);
      assert.deepEqual(await tracesInTables(pipeline), []);
      assert.deepEqual(await tracesInLog(pipeline), []);
      const history = await pipeline.rows<{ n: string }>(
        "SELECT count() AS n FROM raw.record_index WHERE table = 'llx_societe' AND record_id = 1",
      );
      assert.equal(Number(history[0]!.n), 4);
      await assert.rejects(
        pipeline.runtime.upkeep.forget({ kind: 'user', id: 99_999, dryRun: false }, never),
        {
          code: 'CONFIG_INVALID',
          message: /No user 99999/,
        },
      );
    } finally {
      await pipeline[Symbol.asyncDispose]();
    }
    const record = readFileSync(join(folder.path, 'erasures.json'), 'utf8');
    assert.match(record, /"kind": "customer"/);
    const warehouse = await openChdb({ dir: join(folder.path, 'warehouse') });
    const lake = join(folder.path, 'lake');
    for (const file of readdirSync(lake, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.parquet'),
    )) {
      const texts = TRACES.map((text) => `'${text}'`).join(', ');
      const [row] = await warehouse.rows<{ n: string }>(
        `SELECT countIf(multiSearchAny(toString(tuple(*)), [${texts}])) AS n FROM file('${join(lake, file)}', Parquet)`,
      );
      assert.equal(Number(row!.n), 0, file);
    }
    await warehouse.close();
    assert.deepEqual(traces(folder.path), []);
  });
});
