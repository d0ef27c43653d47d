import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnalysisOutput, QueryRow } from '../../../services/analytics/analysis.ts';
import { ANALYSES, findAnalysis } from '../../../services/analytics/analysis-registry.ts';
import { isDurationPayload } from '../../../services/analytics/duration/duration.ts';
import { predictDuration } from '../../../services/analytics/duration/predict-duration.ts';

const TODAY = '2026-11-15';
const DAY_MS = 86_400_000;
const dayBefore = (days: number): string =>
  new Date(Date.parse(TODAY) - days * DAY_MS).toISOString().slice(0, 10);

type Rows = Readonly<Record<string, readonly QueryRow[]>>;
const run = (name: string, rows: Rows): AnalysisOutput =>
  findAnalysis(name).compute({ rows, today: TODAY, seed: 42, locale: 'fr', champion: null });
const rowsOf = (output: AnalysisOutput, table: string): readonly (readonly unknown[])[] =>
  output.tables.find(({ name }) => name === table)?.rows ?? [];

const jobs = (count: number, more: (index: number) => object = () => ({})): QueryRow[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ intervention_id: index + 1, ref: `FI${index + 1}`, kind: 'Plomberie', city: 'Lyon', customer_id: 1 },
    ...{ technician: `Tech ${index % 3}`, estimated_hours: 4, actual_hours: 4 * (0.8 + 0.05 * (index % 9)) },
    ...{ cost: 200 + (index % 11), satisfaction: 4, done_on: dayBefore(count - index) },
    ...more(index),
  }));

const customers = (count: number, more: object = {}): QueryRow[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ customer_id: index + 1, name: `Client ${index + 1}`, revenue: 100 * index, requests: index % 5 },
    ...{
      satisfaction: 4,
      ratings: 2,
      active_days: 6,
      first_on: dayBefore(400),
      last_on: dayBefore(index % 90),
    },
    ...more,
  }));

function stock(products: number, months: number, out: (product: number, month: number) => unknown): Rows {
  const at = (index: number): string => {
    const month = 2026 * 12 + 10 - months + index;
    return `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-01`;
  };
  return {
    stock_products: Array.from({ length: products }, (_, index) => ({
      ...{ product_id: index + 1, ref: `P${index + 1}`, label: '', average_cost: 10, quantity: 20 },
    })),
    stock_out_by_month: Array.from({ length: products * months }, (_, index) => {
      const [product, month] = [1 + Math.floor(index / months), index % months];
      return { product_id: product, month: at(month), quantity_out: out(product, month) };
    }),
  };
}

/** No number in a table may be NaN or infinite. */
function assertFinite(output: AnalysisOutput): void {
  for (const { name, rows } of output.tables) {
    for (const cell of rows.flat()) assert.ok(typeof cell !== 'number' || Number.isFinite(cell), name);
  }
}

void test('three customers are too few, and that is said', () => {
  const output = run('segmentation', { customer_activity: customers(3) });
  assert.deepEqual(output.tables, []);
  assert.deepEqual(output.notes, ['Trop peu de clients : 3, il en faut 5.']);
});

void test('without any satisfaction, at-risk rests on silence and says so', () => {
  const activity = customers(40, { satisfaction: null, ratings: 0 });
  const output = run('segmentation', { customer_activity: activity });
  assert.match(output.notes[0]!, /Aucune note de satisfaction/);
  assert.equal(rowsOf(output, 'segments').length, 40);
  assertFinite(output);
  const list = run('anomalies', { interventions_done: jobs(200, () => ({ satisfaction: null })) });
  assertFinite(list);
});

void test('figures that are all the same make no group, no anomaly and no insight', () => {
  const same = { revenue: 100, requests: 2, last_on: dayBefore(10) };
  const segments = run('segmentation', { customer_activity: customers(40, same) });
  assert.deepEqual(rowsOf(segments, 'customer_groups'), []);
  assertFinite(segments);
  const done = jobs(200, () => ({ actual_hours: 4, cost: 200, done_on: dayBefore(3) }));
  assert.deepEqual(rowsOf(run('anomalies', { interventions_done: done }), 'anomalies'), []);
  assert.deepEqual(rowsOf(run('insights', { interventions_done: done }), 'insights'), []);
  const model = run('duration', { interventions_done: done }).model!;
  assert.ok(isDurationPayload(model.payload));
  const question = { type: 'plomberie', city: 'Lyon', technician: '', customer: '', estimated: 4 };
  const answer = predictDuration(question, { payload: model.payload, version: 1 }, 'fr');
  assert.ok(Math.abs(answer.predicted! - 4) < 0.2, answer.sentence);
  const levels = run(
    'prediction',
    stock(5, 24, () => 7),
  );
  assertFinite(levels);
  assert.equal(rowsOf(levels, 'stock').length, 5);
});

void test('what is no number counts as not known', () => {
  const broken = [Number.NaN, 'NaN', 'abc', null, Infinity, -3, undefined];
  const pick = (index: number): unknown => broken[index % broken.length];
  const done = jobs(220, (index) =>
    index % 3 === 0
      ? {
          actual_hours: pick(index),
          estimated_hours: pick(index + 1),
          cost: pick(index + 2),
          done_on: 'never',
        }
      : { cost: pick(index), satisfaction: pick(index) },
  );
  const activity = customers(30).map((row, index) => ({
    ...row,
    revenue: pick(index),
    satisfaction: pick(index),
  }));
  const input: Rows = {
    ...stock(4, 18, (product, month) => (product === 2 ? pick(month) : 3)),
    ...{ interventions_done: done, customer_activity: activity },
    invoice_amounts: Array.from({ length: 50 }, (_, index) => ({
      ...{ owner: '1', owner_name: 'x', subject: `F${index}`, day: dayBefore(index), amount: pick(index) },
    })),
    supplier_lead_days: [{ lead_days: 'NaN' }, { lead_days: null }],
  };
  for (const { name } of ANALYSES) assertFinite(run(name, input));
});

void test('one technician is compared with nobody', () => {
  const output = run('insights', { interventions_done: jobs(200, () => ({ technician: 'Marie' })) });
  assert.ok(rowsOf(output, 'insights').every(([kind]) => kind !== 'technician'));
  const silence = run('anomalies', { interventions_done: jobs(200, () => ({ technician: 'Marie' })) });
  assert.ok(rowsOf(silence, 'anomalies').every(([kind]) => kind !== 'silence'));
});

void test('a month without any work is a holiday, not everybody gone silent', () => {
  const done = jobs(200, (index) => ({ done_on: dayBefore(230 - index) }));
  assert.deepEqual(rowsOf(run('anomalies', { interventions_done: done }), 'anomalies'), []);
});

void test('too little history is said by each analysis, with what is needed, and nothing is promised', () => {
  const few = { interventions_done: jobs(20), customer_activity: customers(2), ...stock(3, 4, () => 2) };
  const notes = Object.fromEntries(ANALYSES.map(({ name }) => [name, run(name, few)] as const));
  assert.match(notes['duration']!.notes[0]!, /Trop peu d'historique : 20 .* il en faut 60/);
  assert.match(notes['prediction']!.notes[0]!, /Trop peu d'historique : 4 mois .* il en faut 6/);
  assert.match(notes['insights']!.notes[0]!, /trop peu d'historique/);
  for (const output of Object.values(notes)) assert.equal(output.model, null);
  const question = { type: 'plomberie', city: '', technician: '', customer: '', estimated: 3 };
  const answer = predictDuration(question, null, 'fr');
  assert.deepEqual([answer.confidence, answer.lower, answer.basis], [null, null, 'estimate']);
  assert.match(answer.sentence, /trop peu d'historique/);
});
