import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { plantFaults, type PlantedFault } from '../../../../simulator/plant-faults.ts';
import { createDolibarr } from '../../../../simulator/create-dolibarr.ts';
import { seedHistory } from '../../../../simulator/seed-history.ts';
import type { QualityReport } from '../../../../services/model/quality/measure-quality.ts';
import { qualityPage } from '../../../../services/model/quality/quality-page.ts';
import { QUALITY_RULES } from '../../../../services/model/quality/quality-rules.ts';
import { startTestMariadb, type TestMariadb } from '../../../support/mariadb.ts';
import { startPipeline, type TestPipeline } from '../../../support/pipeline.ts';

const never = new AbortController().signal;

void describe('the quality of the data', () => {
  let db: TestMariadb;
  let pipeline: TestPipeline;
  let clean: QualityReport;
  let faults: readonly PlantedFault[];
  let found: QualityReport;

  before(async () => {
    db = await startTestMariadb();
    const url = db.url();
    await createDolibarr({ url });
    await seedHistory({ url, seed: 5, months: 14, size: 'small' });
    pipeline = await startPipeline({ source: db.captureUrl() });
    clean = await pipeline.runtime.upkeep.quality({ days: null }, never);
    faults = await plantFaults({ url });
    await pipeline.caughtUp();
    found = await pipeline.runtime.upkeep.quality({ days: null }, never);
  });

  after(async () => {
    await pipeline[Symbol.asyncDispose]();
    await db[Symbol.asyncDispose]();
  });

  const result = (report: QualityReport, rule: string) => report.rules.find((each) => each.rule === rule)!;

  void it('is above 95 for a firm whose data is clean', () => {
    assert.ok(clean.score! > 95, `${clean.score}`);
  });

  void it('finds every planted fault by the rule that it breaks', () => {
    assert.ok(faults.length > 100);
    const missed = faults.filter(({ rule, record }) => !result(found, rule).records.includes(record));
    assert.deepEqual(missed, []);
  });

  void it('finds nothing else, but for what a planted fault entails', () => {
    // Stock in a warehouse is part of the product's; the same invalid SIRET was given twice.
    const entailed: Readonly<Record<string, number>> = { stock_by_warehouse: 2, duplicate_societe_siret: 1 };
    for (const { rule, faulty } of found.rules) {
      const planted = faults.filter((fault) => fault.rule === rule).length;
      const expected = result(clean, rule).faulty + planted + (entailed[rule] ?? 0);
      assert.equal(faulty, expected, rule);
    }
  });

  void it('falls with the faults, by table, column and kind, and the trend shows it', () => {
    assert.ok(found.score! < clean.score!);
    const score = (report: QualityReport, part: 'tables' | 'columns' | 'dimensions', name: string) =>
      report[part].find((each) => each.name === name)!.score!;
    for (const [part, name] of [
      ['tables', 'llx_societe'],
      ['columns', 'llx_societe.email'],
      ['dimensions', 'validity'],
    ] as const) {
      assert.ok(score(found, part, name) < score(clean, part, name), name);
    }
    assert.deepEqual(
      found.trend.map((point) => point.score),
      [clean.score, found.score],
    );
  });

  void it('of the last days looks only at what was changed then, and stays out of the trend', async () => {
    await db.query("UPDATE llx_societe SET tms = '2020-01-01 00:00:00' WHERE email = 'chez Paul' LIMIT 1");
    await pipeline.caughtUp();
    const recent = await pipeline.runtime.upkeep.quality({ days: 30 }, never);
    assert.equal(result(recent, 'invalid_societe_email').faulty, 1);
    assert.equal(recent.trend.length, 2);
  });

  void it('leaves out rules about tables and columns that are not there', async () => {
    await db.query('ALTER TABLE llx_societe DROP COLUMN siret; DROP TABLE llx_contratdet');
    await pipeline.caughtUp();
    const less = await pipeline.runtime.upkeep.quality({ days: null }, never);
    assert.deepEqual(
      [...less.leftOut].sort(),
      [
        'duplicate_societe_siret',
        'invalid_societe_siret',
        'orphan_contratdet_fk_contrat',
        'order_contratdet_date_fin_validite',
      ].sort(),
    );
    assert.equal(less.rules.length + less.leftOut.length, QUALITY_RULES.length);
  });

  void it('is a page of its own, in French and English, that loads nothing and shows no markup of the data', () => {
    for (const locale of ['fr', 'en'] as const) {
      const page = qualityPage(
        { ...found, rules: [{ ...found.rules[0]!, label: { fr: '<b>', en: '<b>' } }] },
        locale,
      );
      assert.match(page, locale === 'fr' ? /Qualité des données/ : /Quality of the data/);
      assert.doesNotMatch(page, /src=|href=|<script|<b>/);
      assert.match(page, /&lt;b&gt;/);
      assert.match(page, new RegExp(`lang="${locale}"`));
    }
  });
});
