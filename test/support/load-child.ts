/**
 * A loader in a process of its own, to be killed: `load-child.ts <folder> <round bytes>`. Says `loading` once it
 * runs; ends by itself when all of the log is loaded.
 */
import { join } from 'node:path';
import { openChdb } from '../../adapters/chdb/open-chdb.ts';
import { openEmbeddedLog } from '../../adapters/embedded-log/open-embedded-log.ts';
import { createLoadService } from '../../services/warehouse/load-service.ts';
import { loadOptions, noMetrics, silentLogger } from './loading.ts';

const [dir, roundBytes] = process.argv.slice(2) as [string, string];
const embedded = await openEmbeddedLog({ dir: join(dir, 'log') });
const warehouse = await openChdb({ dir: join(dir, 'clickhouse') });
const service = createLoadService({
  log: embedded.log,
  registry: embedded.registry,
  warehouse,
  options: loadOptions({ maxRoundBytes: Number(roundBytes) }),
  logger: silentLogger,
  metrics: noMetrics,
});
const stop = new AbortController();
const running = service.run(stop.signal);
process.stdout.write('loading\n');
const end = await embedded.log.end();
const watch = setInterval(() => {
  const { mirror, raw } = service.control.position();
  if (mirror === end && raw === end) stop.abort();
}, 20);
await running;
clearInterval(watch);
await warehouse.close();
await embedded.close();
process.stdout.write('done\n');
