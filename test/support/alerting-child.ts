/**
 * Alerting as a process of its own, to be killed: `tsx test/support/alerting-child.ts DIR HOOK_URL SMTP_URL`. Delivers
 * the alerts of the log in DIR and says `idle` when nobody has to be told more.
 */
import { createMailNotifier } from '../../adapters/mail/mail-notifier.ts';
import { openEmbeddedLog } from '../../adapters/embedded-log/open-embedded-log.ts';
import { createWebhookNotifier } from '../../adapters/webhook/webhook-notifier.ts';
import { systemClock } from '../../core/clock.ts';
import { createAlertingService } from '../../services/alerting/alerting-service.ts';
import { PREFIX } from '../services/alerting/alert-log.ts';
import { FRENCH, Notes, routingTo } from '../services/alerting/running-alerts.ts';

const [dir, hookUrl, smtpUrl] = process.argv.slice(2) as [string, string, string];
const { log, registry } = await openEmbeddedLog({ dir });
const { logger, metrics } = new Notes();
const from = 'dolistream@firm.example';
const notifiers = [
  createWebhookNotifier({ url: hookUrl, secret: 'a key of twenty signs', timeoutMs: 300 }),
  createMailNotifier({ smtpUrl, from, to: ['chef@firm.example'], timeoutMs: 2000 }),
];
const service = createAlertingService({
  ...{ log, registry, notifiers, logger, metrics, clock: systemClock },
  options: {
    ...{ prefix: PREFIX, wording: FRENCH, routing: routingTo(['hook', 'mail']), lookMs: 50 },
    backOff: { firstMs: 5, maxMs: 50, random: Math.random },
  },
});
const running = service.run(new AbortController().signal);
const isIdle = async (): Promise<boolean> => {
  const { desk } = service;
  if (!desk || (await service.lag())!.records > 0) return false;
  return notifiers.every(({ name }) => desk.pendingCount(name) === 0);
};
for (let told = false; ;) {
  await Promise.race([running, service.desk?.change() ?? new Promise(setImmediate)]);
  const idle = await isIdle();
  if (idle && !told) {
    await service.desk!.save();
    process.stdout.write('idle\n');
  }
  told = idle;
}
