import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWebhookNotifier } from '../../../adapters/webhook/webhook-notifier.ts';
import { systemClock } from '../../../core/clock.ts';
import type { Logger } from '../../../core/ports/logger.ts';
import type { Metrics } from '../../../core/ports/metrics.ts';
import type { Delivery, Notifier } from '../../../core/ports/notifier.ts';
import { type AlertingDeps, createAlertingService } from '../../../services/alerting/alerting-service.ts';
import { createConsoleNotifier } from '../../../services/alerting/console-notifier.ts';
import { accept, answerStatus, Receiver } from '../../adapters/webhook/receiver.ts';
import { AlertLog, alertOf, PREFIX } from './alert-log.ts';

/** Collects what is said and counted. */
class Notes {
  readonly lines: string[] = [];
  readonly counts = new Map<string, number>();
  readonly logger: Logger = {
    debug: (fields, message) => this.lines.push(`debug ${message} ${JSON.stringify(fields)}`),
    info: (fields, message) => this.lines.push(`info ${message} ${JSON.stringify(fields)}`),
    warn: (fields, message) => this.lines.push(`warn ${message} ${JSON.stringify(fields)}`),
    error: (fields, message) => this.lines.push(`error ${message} ${JSON.stringify(fields)}`),
    child: () => this.logger,
  };
  readonly metrics: Metrics = {
    count: (name, by = 1) => this.counts.set(name, (this.counts.get(name) ?? 0) + by),
    gauge: () => undefined,
    observe: () => undefined,
  };
}

function start(alerts: AlertLog, notifiers: readonly Notifier[], deps: Partial<AlertingDeps> = {}) {
  const notes = new Notes();
  const stop = new AbortController();
  const service = createAlertingService({
    log: alerts.log,
    registry: alerts.registry,
    notifiers,
    options: { prefix: PREFIX, backOff: { firstMs: 2, maxMs: 10, random: () => 0.5 } },
    logger: notes.logger,
    metrics: notes.metrics,
    clock: systemClock,
    ...deps,
  });
  const running = service.run(stop.signal);
  const finish = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  return { notes, service, running, finish };
}

/** A notifier in this process that says how each attempt ends. */
class LocalNotifier implements Notifier {
  readonly name: string;
  readonly seen: string[] = [];
  readonly #outcome: (attempt: number, signal: AbortSignal) => Delivery | Promise<Delivery>;
  #waiting: (() => void)[] = [];

  constructor(name: string, outcome: (attempt: number, signal: AbortSignal) => Delivery | Promise<Delivery>) {
    this.name = name;
    this.#outcome = outcome;
  }

  async notify(alert: { readonly id: string }, signal: AbortSignal): Promise<Delivery> {
    this.seen.push(alert.id);
    for (const wake of this.#waiting.splice(0)) wake();
    return this.#outcome(this.seen.length, signal);
  }

  async attempts(count: number): Promise<void> {
    while (this.seen.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

const delivered: Delivery = { outcome: 'delivered' };

void test('every alert reaches every notifier once, in order', async () => {
  await using alerts = await AlertLog.open();
  await using receiver = await Receiver.start();
  const lines: string[] = [];
  await alerts.raise(alertOf('1'), alertOf('2'));
  const run = start(alerts, [
    createWebhookNotifier({ url: receiver.url }),
    createConsoleNotifier((line) => lines.push(line)),
  ]);
  await alerts.raise(alertOf('3', { explanation: 'two\nlines\u001b[2J' }));
  await receiver.requests(3);
  await run.finish();
  assert.deepEqual(receiver.ids, ['1', '2', '3']);
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
  const webhook = createWebhookNotifier({ url: receiver.url });
  const first = start(alerts, [webhook]);
  await receiver.requests(4);
  await first.finish();
  assert.deepEqual(receiver.ids.slice(0, 3), ['1', '2', '3']);

  const before = receiver.ids.length;
  receiver.answer = accept;
  await alerts.restart();
  const second = start(alerts, [webhook]);
  await receiver.requests(before + 2);
  await second.finish();
  assert.deepEqual(receiver.ids.slice(before), ['3', '4']);

  await alerts.restart();
  await alerts.raise(alertOf('5'));
  const third = start(alerts, [webhook]);
  await receiver.requests(before + 3);
  await third.finish();
  assert.deepEqual(receiver.ids.slice(before), ['3', '4', '5']);
});

void test('a stop lets the delivery under way end, so that it is not doubled', async () => {
  await using alerts = await AlertLog.open();
  await alerts.raise(alertOf('1'));
  let answer: (delivery: Delivery) => void = () => undefined;
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
  const hanging = new LocalNotifier('hanging', (_attempt, signal) => {
    const stopped: Delivery = { outcome: 'retry', reason: 'stopped' };
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(stopped)));
  });
  const run = start(alerts, [hanging], { options: { prefix: PREFIX, graceMs: 10 } });
  await hanging.attempts(1);
  await run.finish();
  assert.deepEqual(hanging.seen, ['1']);
});

void test('a broken channel holds up no other', async () => {
  await using alerts = await AlertLog.open();
  await using good = await Receiver.start();
  await using bad = await Receiver.start(answerStatus(500));
  const run = start(alerts, [
    createWebhookNotifier({ url: bad.url, name: 'bad' }),
    createWebhookNotifier({ url: good.url, name: 'good' }),
  ]);
  await alerts.raise(alertOf('1'), alertOf('2'));
  await good.requests(2);
  await bad.requests(3);
  assert.deepEqual(good.ids, ['1', '2']);
  assert.deepEqual(new Set(bad.ids), new Set(['1']));
  assert.ok((await run.service.lag())!.records >= 1);
  bad.answer = accept;
  const tried = bad.received.length;
  await bad.requests(tried + 2);
  await run.finish();
  assert.equal(bad.ids.at(-1), '2');
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

void test('an alert that the receiver refuses for good is recorded and skipped', async () => {
  await using alerts = await AlertLog.open();
  await using receiver = await Receiver.start((response, attempt) => {
    response.writeHead(attempt === 1 ? 400 : 200).end(attempt === 1 ? 'invalid_blocks' : '');
  });
  await alerts.raise(alertOf('1'), alertOf('2'));
  const run = start(alerts, [createWebhookNotifier({ url: receiver.url })]);
  await receiver.requests(2);
  await run.finish();
  assert.deepEqual(receiver.ids, ['1', '2']);
  assert.equal(run.notes.counts.get('notifications_refused_total'), 1);
  assert.ok(run.notes.lines.some((line) => line.startsWith('error alert refused by the receiver')));
  const state = (await alerts.log.getState('alerting')) as unknown as {
    notifiers: {
      webhook: { delivered: number; refused: number; lastRefusal: { alert: string; reason: string } };
    };
  };
  const { delivered: done, refused, lastRefusal } = state.notifiers.webhook;
  assert.deepEqual(
    [done, refused, lastRefusal.alert, lastRefusal.reason],
    [1, 1, '1', 'HTTP 400: invalid_blocks'],
  );
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
