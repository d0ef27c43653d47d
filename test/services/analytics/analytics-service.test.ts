import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../core/clock.ts';
import { DolistreamError } from '../../../core/errors.ts';
import type { ChangeLog } from '../../../core/ports/change-log.ts';
import { alertsTopic } from '../../../core/topics.ts';
import { createAnalyticsService } from '../../../services/analytics/analytics-service.ts';
import {
  ALERT_SCHEMA,
  DATABASE,
  figures,
  finished,
  PREFIX,
  readAlerts,
  silent,
  uncounted,
} from './intervention-events.ts';
import { Bench, history } from './live-bench.ts';

void test('from the first day, twice the estimate and two hours over is an alert', async () => {
  await using bench = await Bench.open();
  await bench.events.append([...finished(1, 14), ...finished(2, 5), ...finished(3, 7.9)]);
  await bench.analyse();
  const alerts = await readAlerts(bench.embedded.log);
  assert.deepEqual(
    alerts.map((alert) => [alert.id, alert.subject_ref, alert.actual, alert.expected, alert.unit]),
    [['intervention_hours:dolibarr:1', 'FI2611-1', 14, 4, 'h']],
  );
  assert.equal(alerts[0]!.title, 'Intervention FI2611-1 : 14 h pour 4 h prévues');
});

void test('rows of an initial copy teach the model and never alert', async () => {
  await using bench = await Bench.open();
  await bench.events.append([
    ...history('Plomberie', 1, 60),
    {
      op: 'r',
      table: 'figures',
      after: figures({ fk_object: 900, duree_estimee: 2, duree_reelle: 40, satisfaction: 1 }),
    },
  ]);
  await bench.analyse();
  assert.deepEqual(await readAlerts(bench.embedded.log), []);

  await bench.events.append(finished(1000, 7.5));
  await bench.analyse();
  const [alert] = await readAlerts(bench.embedded.log);
  assert.equal(alert!.subject_ref, 'FI2611-1000');
  assert.match(
    alert!.explanation,
    /^FI2611-1000 \(Plomberie, Lyon\) : 7,5 h pour 4 h prévues ; d'habitude 3,4 à 4,6 h \(60 interventions de ce type\)\. /,
  );
});

void test('an intervention that is usual for its type is silent although it is over its estimate', async () => {
  await using bench = await Bench.open();
  await bench.events.append([...history('Plomberie', 1, 200, 2.4), ...history('Peinture', 501, 200)]);
  await bench.events.append(finished(1000, 10));
  await bench.analyse();
  assert.deepEqual(await readAlerts(bench.embedded.log), []);
});

void test('cost and satisfaction have their own alerts', async () => {
  await using bench = await Bench.open();
  await bench.events.append(history('Plomberie', 1, 60));
  await bench.events.append(finished(1000, 4, { cout: 900, satisfaction: 1 }));
  await bench.analyse();
  const alerts = await readAlerts(bench.embedded.log);
  assert.deepEqual(
    alerts.map((alert) => [alert.rule, alert.actual, alert.unit, alert.severity > 0]),
    [
      ['intervention_cost', 900, 'EUR', true],
      ['intervention_satisfaction', 1, null, true],
    ],
  );
  assert.match(alerts[0]!.explanation, /coût de 900 €, soit 225 €\/h ; d'habitude 4\d à 5\d €\/h/);
});

void test('a correction of the same intervention does not alert again', async () => {
  await using bench = await Bench.open();
  await bench.events.append(finished(1, 14));
  const late = { fk_object: 1, type_intervention: 'Plomberie', duree_estimee: 4, ville: 'Lyon' };
  await bench.events.append([
    {
      op: 'u',
      table: 'figures',
      before: figures({ ...late, duree_reelle: 14 }),
      after: figures({ ...late, duree_reelle: 15 }),
    },
    { op: 'd', table: 'figures', before: figures({ ...late, duree_reelle: 15 }) },
    { op: 'c', table: 'figures', after: figures({ ...late, duree_reelle: 16 }) },
  ]);
  await bench.analyse();
  assert.equal((await readAlerts(bench.embedded.log)).length, 1);
});

void test('a restart reads again from the saved model and neither doubles nor misses an alert', async () => {
  await using bench = await Bench.open();
  await bench.events.append(history('Plomberie', 1, 60));
  for (let id = 1000; id < 1040; id++) {
    await bench.events.append(finished(id, id % 4 === 0 ? 12 : 4));
  }
  // Each run dies right after its first alert became durable; the model is never saved in between.
  for (let attempt = 0; attempt < 5; attempt++) {
    let appends = 0;
    const { log } = bench.embedded;
    const dying: Partial<ChangeLog> = {
      append: async (batches, changes) => {
        await log.append(batches, changes);
        if (++appends === 1) throw new DolistreamError('LOG_WRITE_FAILED', 'power cut');
      },
    };
    await assert.rejects(bench.analyse({ saveSeconds: 3600, readBytes: 4000 }, dying), /power cut/);
  }
  await bench.analyse({ readBytes: 4000 });
  const ids = (await readAlerts(bench.embedded.log)).map((alert) => alert.subject_id);
  assert.deepEqual(ids, [1000, 1004, 1008, 1012, 1016, 1020, 1024, 1028, 1032, 1036]);
});

void test('runs that save after every record and a run that never saves raise equal alerts', async () => {
  const outcomes = await Promise.all(
    [1, 1_000_000].map(async (saveRecords) => {
      await using bench = await Bench.open();
      for (let round = 0; round < 6; round++) {
        await bench.events.append([
          ...history('Plomberie', round * 50 + 1, 25, 1 + round / 20),
          ...history('Peinture', round * 50 + 26, 25),
          ...finished(1000 + round, 5 + round),
        ]);
        if (saveRecords === 1) await bench.analyse({ saveRecords });
      }
      await bench.analyse({ saveRecords });
      const alerts = await readAlerts(bench.embedded.log);
      return alerts.map(({ id, explanation, details, severity }) => ({ id, explanation, details, severity }));
    }),
  );
  assert.ok(outcomes[0]!.length > 0);
  assert.deepEqual(outcomes[0], outcomes[1]);
});

void test('an alert is in the log within the read that was waiting for it', async () => {
  await using bench = await Bench.open();
  const { log, registry } = bench.embedded;
  const stop = new AbortController();
  const service = createAnalyticsService({
    log,
    registry,
    options: { prefix: PREFIX, database: DATABASE, locale: 'en', alertSchema: ALERT_SCHEMA },
    logger: silent,
    metrics: uncounted,
    clock: systemClock,
  });
  const running = service.run(stop.signal);
  await bench.events.append(finished(7, 14));
  const { batches } = await log.read({
    from: null,
    maxBytes: 1_000_000,
    topics: (topic) => topic === alertsTopic(PREFIX),
    waitMs: 20_000,
  });
  assert.equal(batches.length, 1);
  stop.abort();
  await running;
  const [alert] = await readAlerts(log);
  assert.match(
    alert!.explanation,
    /^FI2611-7 \(Plomberie, Lyon\): 14 h for 4 h planned\. 3\.5 times the planned hours, 10 h more; /,
  );
});

void test('nonsense in the extrafields counts as not known', async () => {
  await using bench = await Bench.open();
  await bench.events.append([
    { op: 'c', table: 'figures', after: figures({ fk_object: 0, duree_estimee: 1, duree_reelle: 50 }) },
    { op: 'c', table: 'figures', after: figures({ fk_object: 5, duree_estimee: -1, duree_reelle: 50 }) },
    { op: 'c', table: 'figures', after: figures({ fk_object: 6, duree_estimee: 0, duree_reelle: 50 }) },
    { op: 'c', table: 'figures', after: figures({ fk_object: 7, satisfaction: 0 }) },
    { op: 'c', table: 'figures', after: figures({ fk_object: 8, satisfaction: -1 }) },
  ]);
  await bench.analyse();
  assert.deepEqual(await readAlerts(bench.embedded.log), []);
});
