import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSlackHook } from '../../../adapters/slack/slack-hook.ts';
import { createWebhookNotifier } from '../../../adapters/webhook/webhook-notifier.ts';
import type { Delivery, Notice, Notifier } from '../../../core/ports/notifier.ts';
import { createConsoleNotifier } from '../../../services/alerting/console-notifier.ts';
import { accept, answerStatus, Receiver } from '../../adapters/webhook/receiver.ts';
import { AlertLog, alertOf } from './alert-log.ts';
import { delivered, LocalNotifier, start } from './running-alerts.ts';

const hookTo = (receiver: Receiver, name = 'hook'): Notifier =>
  createWebhookNotifier({ url: receiver.url, secret: null, name });
const alertsOf = (receiver: Receiver): string[] =>
  receiver.received.map(({ body }) => (body['data'] as { findings: { alert: string }[] }).findings[0]!.alert);

void test('every alert reaches every notifier once, in order', async () => {
  await using alerts = await AlertLog.open();
  await using receiver = await Receiver.start();
  const lines: string[] = [];
  await alerts.raise(alertOf('1'), alertOf('2'));
  const run = start(alerts, [hookTo(receiver), createConsoleNotifier((line) => lines.push(line))]);
  await alerts.raise(alertOf('3', { explanation: 'two\nlines\u001b[2J' }));
  await receiver.requests(3);
  await run.settled();
  await run.finish();
  assert.deepEqual(alertsOf(receiver), ['1', '2', '3']);
  assert.equal(lines.length, 3);
  assert.equal(lines[2], '[60] two lines [2J');
  assert.equal(run.notes.counts.get('notifications_total'), 6);
  assert.deepEqual(await run.service.lag(), { records: 0, bytes: 0, behindMs: 0 });
});

void test('a restart goes on with the alert after the last delivered one', async () => {
  await using alerts = await AlertLog.open();
  await using receiver = await Receiver.start();
  await alerts.raise(alertOf('1'), alertOf('2'), alertOf('3'), alertOf('4'));
  receiver.answer = (response, attempt) => {
    if (attempt <= 2) accept(response, attempt, response.req);
    else response.writeHead(503).end();
  };
  const first = start(alerts, [hookTo(receiver)]);
  await receiver.requests(4);
  await first.finish();
  assert.deepEqual(alertsOf(receiver).slice(0, 3), ['1', '2', '3']);

  const before = receiver.received.length;
  receiver.answer = accept;
  await alerts.restart();
  await alerts.raise(alertOf('5'));
  const second = start(alerts, [hookTo(receiver)]);
  await receiver.requests(before + 3);
  await second.finish();
  assert.deepEqual(alertsOf(receiver).slice(before).sort(), ['3', '4', '5']);
});

void test('alerts about one record are one message that is changed, not three', async () => {
  await using alerts = await AlertLog.open();
  const people = new LocalNotifier('people', () => delivered);
  const program = new LocalNotifier('program', () => delivered, 'every');
  const same = { subject_id: 31 };
  await alerts.raise(alertOf('a', same));
  const run = start(alerts, [people, program]);
  await Promise.all([people.attempts(1), program.attempts(1)]);
  await run.settled();
  await alerts.raise(alertOf('a', { ...same, actual: 15 }));
  await program.attempts(2);
  await alerts.raise(alertOf('b', { ...same, rule: 'intervention_cost', title: 'Coût de 2 000 €' }));
  await Promise.all([people.attempts(2), program.attempts(3)]);
  await run.finish();
  const [opened, more] = people.notices;
  assert.deepEqual([opened!.event, more!.event], ['opened', 'changed']);
  assert.equal(opened!.thread, more!.thread);
  assert.deepEqual([opened!.news, more!.news], [null, 'Nouveau : Coût de 2 000 €']);
  assert.equal(more!.message.paragraphs.length, 2);
  assert.deepEqual(more!.receipt, { at: 1 });
});

void test('a stop lets the delivery under way end, so that it is not doubled', async () => {
  await using alerts = await AlertLog.open();
  await alerts.raise(alertOf('1'));
  let answer: (delivery: typeof delivered) => void = () => undefined;
  const slow = new LocalNotifier('slow', () => new Promise((resolve) => (answer = resolve)));
  const first = start(alerts, [slow]);
  await slow.attempts(1);
  const finished = first.finish();
  answer(delivered);
  await finished;
  const quick = new LocalNotifier('slow', () => delivered);
  await alerts.raise(alertOf('2'));
  const second = start(alerts, [quick]);
  await quick.attempts(1);
  await second.finish();
  assert.deepEqual(quick.seen, ['2']);
});

void test('a delivery that hangs is given up after the grace time', async () => {
  await using alerts = await AlertLog.open();
  await alerts.raise(alertOf('1'));
  const hanging = new LocalNotifier(
    'hanging',
    (_attempt, signal) =>
      new Promise((resolve) =>
        signal.addEventListener('abort', () => resolve({ outcome: 'retry', reason: 'stopped' })),
      ),
  );
  const run = start(alerts, [hanging], { graceMs: 10 });
  await hanging.attempts(1);
  await run.finish();
  assert.deepEqual(hanging.seen, ['1']);
});

void test('neither a broken channel nor a message that it cannot digest holds up the rest', async () => {
  await using alerts = await AlertLog.open();
  await using good = await Receiver.start();
  await using bad = await Receiver.start(answerStatus(500));
  const picky = new LocalNotifier('picky', (_attempt, _signal, alert) =>
    alert === '1' ? { outcome: 'retry', reason: 'this one never' } : delivered,
  );
  const run = start(alerts, [hookTo(bad, 'bad'), hookTo(good, 'good'), picky]);
  await alerts.raise(alertOf('1'), alertOf('2'), alertOf('3'));
  await Promise.all([good.requests(3), bad.requests(3), picky.until('3')]);
  assert.deepEqual(alertsOf(good), ['1', '2', '3']);
  assert.ok(picky.seen.includes('2'));
  bad.answer = accept;
  const tried = bad.received.length;
  await bad.requests(tried + 3);
  await run.finish();
  assert.deepEqual(new Set(alertsOf(bad)), new Set(['1', '2', '3']));
  assert.ok(run.notes.counts.get('notification_failures_total')! >= 3);
  assert.ok(run.notes.lines.every((line) => !line.includes('SECRET')));
});

void test('a notifier that throws is tried again and stops nobody', async () => {
  await using alerts = await AlertLog.open();
  await alerts.raise(alertOf('1'));
  const rude = new LocalNotifier('rude', (attempt) => {
    if (attempt < 3) throw new TypeError('broken contract');
    return delivered;
  });
  const run = start(alerts, [rude]);
  await rude.attempts(3);
  await run.finish();
  assert.deepEqual(rude.seen, ['1', '1', '1']);
});

void test('what a receiver refuses for good is recorded, told to the fallback, and skipped', async () => {
  await using alerts = await AlertLog.open();
  await using receiver = await Receiver.start((response, attempt) => {
    response.writeHead(attempt === 1 ? 400 : 200).end(attempt === 1 ? 'invalid_blocks' : '');
  });
  const spare = new LocalNotifier('spare', () => delivered);
  await alerts.raise(alertOf('1'), alertOf('2'));
  const run = start(alerts, [createSlackHook({ url: receiver.url }), spare], {
    routing: { fallback: ['spare'] },
    to: ['webhook'],
  });
  await Promise.all([receiver.requests(2), spare.attempts(1)]);
  await run.settled();
  const { delivered: done, refused, lastRefusal } = run.desk.store.countsOf('webhook');
  assert.deepEqual([done, refused, lastRefusal?.reason], [1, 1, 'HTTP 400: invalid_blocks']);
  await run.finish();
  assert.deepEqual(spare.seen, ['1']);
  assert.equal(run.notes.counts.get('notifications_refused_total'), 1);
  assert.ok(run.notes.lines.some((line) => line.startsWith('error alert refused by the receiver')));
});

void test('a notifier that joins later is not sent the old alerts', async () => {
  await using alerts = await AlertLog.open();
  const early = new LocalNotifier('early', () => delivered);
  await alerts.raise(alertOf('1'));
  const first = start(alerts, [early]);
  await early.attempts(1);
  await first.finish();
  const late = new LocalNotifier('late', () => delivered);
  const second = start(alerts, [early, late]);
  await alerts.raise(alertOf('2'));
  await Promise.all([early.attempts(2), late.attempts(1)]);
  await second.finish();
  assert.deepEqual([early.seen, late.seen], [['1', '2'], ['2']]);
});

void test('what an earlier version saved is taken over: nobody is told twice', async () => {
  await using alerts = await AlertLog.open();
  await alerts.raise(alertOf('1'), alertOf('2'), alertOf('3'));
  const progress = (nextOffset: number) => ({
    ...{ cursor: null, nextOffset, delivered: nextOffset, refused: 0, lastRefusal: null },
  });
  const state = { format: 1, notifiers: { ahead: progress(3), behind: progress(1) } };
  await alerts.log.setState([{ owner: 'alerting', state }]);
  const ahead = new LocalNotifier('ahead', () => delivered);
  const behind = new LocalNotifier('behind', () => delivered);
  const run = start(alerts, [ahead, behind]);
  await alerts.raise(alertOf('4'));
  await Promise.all([ahead.attempts(1), behind.attempts(3)]);
  await run.finish();
  assert.deepEqual([ahead.seen, behind.seen], [['4'], ['2', '3', '4']]);
});

void test('with no notifier the service waits for its stop', async () => {
  await using alerts = await AlertLog.open();
  const run = start(alerts, []);
  await run.finish();
  assert.deepEqual(await run.service.lag(), { records: 0, bytes: 0, behindMs: 0 });
});

void test('two notifiers of one name are refused, because their progress would mix', async () => {
  await using alerts = await AlertLog.open();
  const twin = new LocalNotifier('twin', () => delivered);
  assert.throws(() => start(alerts, [twin, twin]), /Two notifiers are called twin/);
});

void test('a burst of new cases is one message for people, and one each for programs', async () => {
  await using alerts = await AlertLog.open();
  const told: Notice[] = [];
  const people: Notifier = {
    ...{ name: 'people', kind: 'slack', wants: 'every' },
    notify: (notice): Promise<Delivery> => {
      told.push(notice);
      return Promise.resolve({ outcome: 'delivered', receipt: { ts: String(told.length) } });
    },
  };
  const program = new LocalNotifier('program', () => delivered, 'every');
  await alerts.raise(
    ...Array.from({ length: 12 }, (_, index) => alertOf(String(index + 1), { subject_id: index + 1 })),
  );
  const run = start(alerts, [people, program], { routing: { flood: 5 } });
  await program.attempts(12);
  await run.settled();
  assert.deepEqual(
    told.map(({ event }) => event),
    ['digest'],
  );
  assert.equal(told[0]!.message.entries.length, 12);
  assert.equal(program.notices.length, 12);
  await alerts.raise(alertOf('13', { subject_id: 1, rule: 'another', severity: 90 }));
  await program.attempts(13);
  await run.settled();
  await run.finish();
  assert.deepEqual(
    told.map(({ event, receipt }) => [event === 'digest', receipt]),
    [
      [true, null],
      [false, null],
    ],
  );
});
