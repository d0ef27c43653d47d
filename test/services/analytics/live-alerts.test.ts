import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alert } from '../../../core/alert.ts';
import { MODEL_OWNER, OWNER } from '../../../services/analytics/memory.ts';
import { createRandomSource } from '../../../services/analytics/models/random.ts';
import { answerAlert, type Change, figures, finished, readAlerts } from './intervention-events.ts';
import { Bench, history } from './live-bench.ts';

const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, ' ');
const idsOf = (alerts: readonly Alert[]): string[] => alerts.map(({ id }) => id);

function invoice(rowid: number, amount: number, more: object = {}): object {
  return { rowid, ref: `FA${rowid}`, entity: 1, type: 0, fk_soc: 7, total_ht: amount, fk_statut: 1, ...more };
}

/** Invoices of customer 7 as a first copy brings them, around 500 EUR. */
const invoices = (count: number): Change[] =>
  Array.from({ length: count }, (_, index) => ({
    op: 'r',
    table: 'invoices',
    after: invoice(index + 1, 400 + 25 * (index % 9)),
  }));

void test('an invoice out of pattern for its customer alerts when it is validated, once', async () => {
  await using bench = await Bench.open();
  await bench.events.append([
    { op: 'r', table: 'customers', after: { rowid: 7, nom: 'SCI Dupont' } },
    ...invoices(80),
    { op: 'r', table: 'invoices', after: invoice(900, 90_000) },
  ]);
  await bench.analyse();
  assert.deepEqual(await readAlerts(bench.embedded.log), []);
  const draft = invoice(1000, 50_000, { fk_statut: 0 });
  const valid = invoice(1000, 50_000);
  await bench.events.append([
    { op: 'c', table: 'invoices', after: draft },
    { op: 'u', table: 'invoices', before: draft, after: valid },
    { op: 'u', table: 'invoices', before: valid, after: { ...valid, fk_statut: 2 } },
    { op: 'c', table: 'invoices', after: invoice(1001, 520) },
    { op: 'c', table: 'invoices', after: invoice(1002, 50_000, { type: 2 }) },
  ]);
  await bench.analyse();
  const alerts = await readAlerts(bench.embedded.log);
  assert.deepEqual(idsOf(alerts), ['invoice_amount:dolibarr:1000']);
  assert.equal(plain(alerts[0]!.title), 'Facture FA1000 : 50 000 € pour SCI Dupont');
  assert.match(plain(alerts[0]!.explanation), /d'habitude 4\d\d à \d\d\d € \(24 factures de ce client\)/);
  assert.deepEqual(
    [alerts[0]!.subject_type, alerts[0]!.subject_id, alerts[0]!.unit],
    ['invoice', 1000, 'EUR'],
  );
});

void test('an exit of goods out of pattern for its product alerts; entries and transfers do not', async () => {
  await using bench = await Bench.open();
  const move = (rowid: number, value: number, type = 2): Change => ({
    op: rowid <= 100 ? 'r' : 'c',
    table: 'moves',
    after: { rowid, fk_product: 3, value, type_mouvement: type, fk_project: rowid === 105 ? 8 : null },
  });
  await bench.events.append([
    { op: 'r', table: 'products', after: { rowid: 3, ref: 'VIS-40', label: 'Vis 40 mm' } },
    ...Array.from({ length: 100 }, (_, index) => move(index + 1, -4 - (index % 5))),
    ...[move(101, -6), move(102, 900, 3), move(103, -900, 1), move(104, -600), move(105, -500, 1)],
  ]);
  await bench.analyse();
  const alerts = await readAlerts(bench.embedded.log);
  assert.deepEqual(idsOf(alerts), ['stock_exit:dolibarr:104', 'stock_exit:dolibarr:105']);
  assert.deepEqual(
    [alerts[0]!.subject_type, alerts[0]!.subject_id, alerts[0]!.subject_ref],
    ['product', 3, 'VIS-40 Vis 40 mm'],
  );
  assert.match(alerts[0]!.explanation, /Dernières sorties : /);
});

void test('an alert names its like cases and the part that each figure plays', async () => {
  await using bench = await Bench.open();
  await bench.events.append([...history('Plomberie', 1, 150), ...finished(500, 13), ...finished(501, 14)]);
  await bench.analyse();
  await answerAlert(bench.embedded, 'intervention_hours:dolibarr:501', 'useful');
  await bench.events.append(finished(502, 14));
  await bench.analyse();
  const alerts = await readAlerts(bench.embedded.log);
  assert.deepEqual(idsOf(alerts).slice(-1), ['intervention_hours:dolibarr:502']);
  assert.match(plain(alerts[0]!.explanation), /Part de chaque chiffre dans l'écart : .*écart au prévu \d+ %/);
  assert.match(plain(alerts[0]!.explanation), /Aucun cas semblable dans l'historique\.$/);
  assert.match(
    plain(alerts.at(-1)!.explanation),
    /Cas semblables : FI2611-501 \(14 h pour 4 h, jugé utile\), FI2611-500 \(13 h pour 4 h\)\.$/,
  );
});

void test('somewhat too long and somewhat too dear at once is an unusual whole', async () => {
  await using bench = await Bench.open();
  const random = createRandomSource(9);
  const noise = (): number => (random() + random() + random() + random() - 2) / 4;
  const jobs = Array.from({ length: 400 }, (_, index): Change => {
    const hours = 4 * Math.exp(noise());
    const more = { type_intervention: 'Plomberie', duree_estimee: 4, duree_reelle: hours, satisfaction: 4 };
    const after = figures({ fk_object: index + 1, ...more, cout: hours * 50 * Math.exp(noise()) });
    return { op: 'r', table: 'figures', after };
  });
  await bench.events.append([...jobs, ...finished(900, 6, { cout: 450, satisfaction: 4 })]);
  await bench.analyse();
  const [alert] = await readAlerts(bench.embedded.log);
  assert.equal(alert?.rule, 'intervention_whole');
  assert.match(plain(alert.title), /ensemble inhabituel : 6 h pour 4 h prévues, coût de 450 €/);
});

void test('what people called normal alerts no more for that kind of job, and a restart remembers it', async () => {
  await using bench = await Bench.open();
  await bench.events.append([
    ...history('Plomberie', 1, 60),
    ...history('Peinture', 101, 60),
    ...finished(500, 8),
  ]);
  await bench.analyse();
  await answerAlert(bench.embedded, 'intervention_hours:dolibarr:500', 'normal');
  await bench.analyse();
  await bench.events.append([...finished(501, 8), ...finished(502, 8, { type_intervention: 'Peinture' })]);
  await bench.analyse();
  assert.deepEqual(idsOf(await readAlerts(bench.embedded.log)), [
    'intervention_hours:dolibarr:500',
    'intervention_hours:dolibarr:502',
  ]);
  await bench.events.append(finished(503, 40));
  await bench.analyse();
  assert.equal((await readAlerts(bench.embedded.log)).length, 3);
});

void test('a job whose figures were a typing error teaches nothing', async () => {
  await using bench = await Bench.open();
  await bench.events.append([...history('Plomberie', 1, 60), ...finished(500, 400)]);
  await bench.analyse();
  await answerAlert(bench.embedded, 'intervention_hours:dolibarr:500', 'data_error');
  await bench.events.append(finished(501, 350));
  await bench.analyse();
  const alerts = await readAlerts(bench.embedded.log);
  assert.equal(alerts.length, 2);
  assert.match(alerts[1]!.explanation, /Aucun cas semblable/);
});

void test('answers that came before a crash leave the memory of a run without one', async () => {
  const outcomes = await Promise.all(
    [1, 1_000_000].map(async (saveRecords) => {
      await using bench = await Bench.open();
      const step = async (): Promise<void> => {
        if (saveRecords === 1) await bench.analyse({ saveRecords });
      };
      await bench.events.append([...history('Plomberie', 1, 120), ...invoices(80)]);
      for (let id = 500; id < 520; id++) {
        await bench.events.append(finished(id, id % 3 === 0 ? 9 : 4.5));
        await step();
        const answer = id % 6 === 0 ? 'normal' : 'useful';
        await answerAlert(bench.embedded, `intervention_hours:dolibarr:${id}`, answer);
        await step();
      }
      await bench.analyse({ saveRecords });
      const state = (await bench.embedded.log.getState(MODEL_OWNER)) as { live: object; history: object };
      const alerts = await readAlerts(bench.embedded.log);
      return { live: state.live, jobs: state.history, words: alerts.map(({ explanation }) => explanation) };
    }),
  );
  assert.ok(outcomes[1]!.words.length > 1);
  assert.deepEqual(outcomes[0]!.jobs, outcomes[1]!.jobs);
  assert.deepEqual(outcomes[0]!.live, outcomes[1]!.live);
  assert.deepEqual(outcomes[0]!.words, outcomes[1]!.words);
});

void test('the memory of the last version is read, and one of a later version is refused by name', async () => {
  await using bench = await Bench.open();
  await bench.events.append(history('Plomberie', 1, 60));
  await bench.analyse();
  const { log } = bench.embedded;
  const model = (await log.getState(MODEL_OWNER)) as Record<string, never>;
  const progress = (await log.getState(OWNER)) as Record<string, never>;
  const { live, ...earlier } = model;
  assert.notEqual(live, undefined);
  await log.setState([{ owner: MODEL_OWNER, state: { ...earlier, format: 1 } }]);
  await bench.events.append(finished(500, 14));
  await bench.analyse();
  assert.equal((await readAlerts(log)).length, 1);
  await log.setState([{ owner: OWNER, state: { ...progress, format: 3 } }]);
  await assert.rejects(bench.analyse(), { code: 'LOG_FORMAT_UNKNOWN', message: /format 3, not 2/ });
});

void test('a row of figures that came in a first copy is known when it changes, and a delete forgets no name', async () => {
  await using bench = await Bench.open();
  await bench.events.append(history('Plomberie', 1, 60));
  const late = { fk_object: 5, type_intervention: 'Plomberie', duree_estimee: 4, ville: 'Lyon' };
  await bench.events.append([
    { op: 'u', table: 'figures', before: null, after: figures({ ...late, duree_reelle: 14 }) },
  ]);
  await bench.analyse();
  assert.deepEqual(idsOf(await readAlerts(bench.embedded.log)), ['intervention_hours:dolibarr:5']);
});
