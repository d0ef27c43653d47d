import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ANALYSES } from '../../../services/analytics/analysis-registry.ts';
import { isDurationPayload } from '../../../services/analytics/duration/duration.ts';
import { predictDuration } from '../../../services/analytics/duration/predict-duration.ts';
import { type AnalysisReport, runAnalysis } from '../../../services/analytics/run-analyses.ts';
import { DATABASE, FirmWarehouse } from './firm-warehouse.ts';

const signal = new AbortController().signal;
const NAMES = ANALYSES.map(({ name }) => name);

const cellsOf = (report: AnalysisReport, table: string): readonly (readonly unknown[])[] =>
  report.tables.find(({ name }) => name === table)?.rows ?? [];

void describe('a firm with two years of history', () => {
  let firm: FirmWarehouse;
  before(async () => {
    firm = await FirmWarehouse.open();
    await firm.createTables();
    await firm.fill();
  });
  after(() => firm[Symbol.asyncDispose]());

  void test('what was out of line is listed with its sentence, at most five a week', async () => {
    const report = await runAnalysis(firm.deps(), 'anomalies', signal);
    const rows = cellsOf(report, 'anomalies');
    const subjects = rows.map((row) => `${String(row[0])} ${String(row[1])}`);
    assert.ok(subjects.includes('hours FI720'), subjects.join(', '));
    assert.ok(subjects.includes('invoice FA716'), subjects.join(', '));
    assert.ok(
      subjects.some((subject) => subject.startsWith('stock ')),
      subjects.join(', '),
    );
    assert.ok(rows.length <= 20);
    const sentence = String(rows.find((row) => row[1] === 'FI720')![4]);
    assert.match(sentence, /60 h for 4 h planned, usually/);
  });

  void test('unhappy customers are at risk, and a move needs two runs on different days', async () => {
    const first = cellsOf(await runAnalysis(firm.deps(), 'segmentation', signal), 'segments');
    const ofFour = first.find((row) => row[0] === 4)!;
    assert.equal(ofFour[2], 'at-risk');
    assert.match(String(ofFour[4]), /mean satisfaction of/);
    await firm.run(
      `INSERT INTO ${DATABASE}.fact_tickets (ticket_id, customer_id, created_at, satisfaction, _version)
       SELECT ticket_id, customer_id, created_at, 5, 2 FROM ${DATABASE}.fact_tickets FINAL`,
    );
    const day = 86_400_000;
    firm.now += day;
    const second = await runAnalysis(firm.deps(), 'segmentation', signal);
    assert.equal(cellsOf(second, 'segments').find((row) => row[0] === 4)![2], 'at-risk');
    assert.deepEqual(cellsOf(second, 'segment_moves'), []);
    firm.now += day;
    const third = await runAnalysis(firm.deps(), 'segmentation', signal);
    assert.notEqual(cellsOf(third, 'segments').find((row) => row[0] === 4)![2], 'at-risk');
    assert.ok(cellsOf(third, 'segment_moves').some((row) => row[0] === 4));
    firm.now -= 2 * day;
  });

  void test('stock tells when to order, by the measured lead time, and is replayed on the firm itself', async () => {
    const report = await runAnalysis(firm.deps(), 'prediction', signal);
    assert.match(report.notes[0]!, /Measured lead time: 22 days/);
    assert.match(report.notes[1]!, /Replayed on your own history/);
    const rows = cellsOf(report, 'stock');
    assert.equal(rows.length, 8);
    const empty = rows.find((row) => row[1] === 'P1')!;
    assert.equal(empty[11], '2026-11-15', 'a product with nothing on hand is out today');
    assert.ok(Number(empty[10]) > 0);
  });

  void test('what is on order counts, and orders come in packs; a mirror without such columns is no failure', async () => {
    const mirror = (table: string, columns: string): Promise<void> =>
      firm.run(
        `CREATE TABLE mirror.${table} (${columns}, _seq UInt64 DEFAULT 1, _deleted UInt8 DEFAULT 0)
         ENGINE = ReplacingMergeTree(_seq, _deleted) ORDER BY tuple()`,
      );
    await firm.run('CREATE DATABASE mirror ENGINE = Atomic');
    await mirror('llx_product', 'rowid Int64, packaging Nullable(Float64)');
    await firm.run('INSERT INTO mirror.llx_product (rowid, packaging) VALUES (1, 50)');
    await mirror('llx_commande_fournisseur', 'rowid Int64, fk_statut Int16');
    await mirror(
      'llx_commande_fournisseurdet',
      'fk_commande Int64, fk_product Nullable(Int64), qty Nullable(Float64)',
    );
    await mirror(
      'llx_receptiondet_batch',
      'fk_element Nullable(Int64), fk_product Nullable(Int64), qty Nullable(Float64), element_type String',
    );
    await mirror('llx_product_fournisseur_price', 'fk_product Int64');
    await firm.run('INSERT INTO mirror.llx_commande_fournisseur (rowid, fk_statut) VALUES (1, 3)');
    await firm.run(
      'INSERT INTO mirror.llx_commande_fournisseurdet (fk_commande, fk_product, qty) VALUES (1, 8, 400)',
    );
    await firm.run(
      `INSERT INTO mirror.llx_receptiondet_batch (fk_element, fk_product, qty, element_type) VALUES (1, 8, 100, 'supplier_order')`,
    );
    const report = await runAnalysis(firm.deps(), 'prediction', signal);
    const table = report.tables.find(({ name }) => name === 'stock')!;
    const cell = (ref: string, name: string): unknown =>
      table.rows.find((row) => row[1] === ref)![table.columns.findIndex((column) => column.name === name)];
    assert.deepEqual(
      [cell('P8', 'on_order'), cell('P8', 'available'), cell('P8', 'order_quantity')],
      [300, 321, 0],
    );
    assert.equal(Number(cell('P1', 'order_quantity')) % 50, 0);
    assert.ok(Number(cell('P1', 'order_quantity')) >= 50);
    assert.equal(cell('P1', 'minimum_order'), 0);
  });

  void test('a duration is predicted with its interval, and the second training challenges the first', async () => {
    const deps = firm.deps();
    const first = await runAnalysis(deps, 'duration', signal);
    assert.equal(first.model?.version, 1);
    assert.equal(first.model.inUse, true);
    const second = await runAnalysis(deps, 'duration', signal);
    assert.notEqual(second.model?.championScore, null);
    const stored = (await deps.models.inUse('duration'))!;
    assert.ok(isDurationPayload(stored.payload));
    const model = { payload: stored.payload, version: stored.description.version };
    const job = { type: 'Plumbing', city: 'Paris', technician: '', customer: '', estimated: 4 };
    const answer = predictDuration(job, model, 'en');
    assert.equal(answer.basis, 'model');
    assert.ok(answer.predicted! > 5 && answer.predicted! < 8, answer.sentence);
    assert.ok(answer.lower! <= answer.predicted! && answer.predicted! <= answer.upper!);
    assert.ok(answer.confidence! > 0.6 && answer.likeJobs >= 20);
    const unknown = predictDuration({ ...job, type: 'roofing' }, model, 'en');
    assert.deepEqual([unknown.basis, unknown.predicted, unknown.lower], ['estimate', 4, null]);
  });

  void test('insights are sentences with their numbers', async () => {
    const rows = cellsOf(await runAnalysis(firm.deps(), 'insights', signal), 'insights');
    const sentences = rows.map((row) => String(row[2]));
    assert.ok(
      sentences.some((sentence) => /Jobs of type plumbing take \+\d+ %/.test(sentence)),
      sentences.join('\n'),
    );
  });

  void test('the results are in the warehouse, the last run as a view', async () => {
    await runAnalysis(firm.deps(), 'prediction', signal);
    const rows = await firm.warehouse.rows<{ ref: string; order_quantity: number }>(
      `SELECT ref, order_quantity FROM ${DATABASE}.v_analytics_stock ORDER BY ref`,
    );
    assert.deepEqual(
      rows.map(({ ref }) => ref),
      ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'P8'],
    );
  });

  void test('the same rows, day and seed give the same result byte for byte', async () => {
    for (const name of NAMES) {
      const once = await runAnalysis(firm.deps(`a-${name}`), name, signal);
      const again = await runAnalysis(firm.deps(`b-${name}`), name, signal);
      assert.equal(JSON.stringify(once.tables), JSON.stringify(again.tables), name);
      assert.equal(once.model?.score, again.model?.score, name);
    }
  });
});

void test('a warehouse without any table has too little history, and nothing crashes', async () => {
  await using firm = await FirmWarehouse.open();
  for (const name of NAMES) {
    const report = await runAnalysis(firm.deps(), name, signal);
    assert.ok(report.notes.length > 0, name);
    assert.equal(report.model, null);
    assert.deepEqual(
      report.tables.flatMap(({ rows }) => rows),
      [],
      name,
    );
  }
});
