/**
 * A process that writes interventions into a log and analyses them, until it is killed. Arguments: folder of the log,
 * number of the last intervention. Prints the number of each intervention that it wrote; goes on after the last one
 * that the log holds.
 */
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import { systemClock } from '../../../core/clock.ts';
import { tableTopic } from '../../../core/topics.ts';
import { createAnalyticsService } from '../../../services/analytics/analytics-service.ts';
import {
  ALERT_SCHEMA,
  DATABASE,
  finished,
  InterventionEvents,
  PREFIX,
  silent,
  uncounted,
} from './intervention-events.ts';

const [dir = '', last = '0'] = process.argv.slice(2);
const { log, registry } = await openEmbeddedLog({ dir });
const service = createAnalyticsService({
  log,
  registry,
  options: { prefix: PREFIX, database: DATABASE, locale: 'fr', alertSchema: ALERT_SCHEMA, saveRecords: 25 },
  logger: silent,
  metrics: uncounted,
  clock: systemClock,
});
const stop = new AbortController();
const running = service.run(stop.signal);
const topic = tableTopic(PREFIX, DATABASE, 'llx_fichinter');
const written = (await log.topics()).find((info) => info.topic === topic)?.nextOffset ?? 0;
const events = new InterventionEvents(log, registry);
for (let id = written / 2 + 1; id <= Number(last); id++) {
  await events.append(finished(id, id % 4 === 0 ? 14 : 4 + (id % 3) / 4));
  process.stdout.write(`${id}\n`);
}
const end = await log.end();
let cursor = service.position();
while (cursor !== end && Number(cursor) < Number(end)) {
  // Any append or a second without one brings the service on.
  await log.read({ from: end, maxBytes: 1, waitMs: 50 });
  cursor = service.position();
}
stop.abort();
await running;
await log.close();
