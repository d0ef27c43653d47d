/** How old the oldest change is that a sink has not got yet, asked anew for each look at the metrics: it grows while nothing moves. */
import type { Clock } from '../core/clock.ts';
import type { ChangeLog } from '../core/ports/change-log.ts';
import type { Metrics } from '../core/ports/metrics.ts';
import type { ConsumerPosition } from './caught-up.ts';

export interface SinkLagDependencies {
  readonly log: ChangeLog;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'gauge'>;
}

/** Sets the gauge of each sink: 0 where nothing is left to read. */
export async function measureSinkLag(
  { log, clock, metrics }: SinkLagDependencies,
  sinks: readonly ConsumerPosition[],
): Promise<void> {
  for (const { name, position } of sinks) {
    const cursor = await position();
    const { records } = await log.lag(cursor);
    let seconds = 0;
    if (records > 0) {
      for await (const { timestampMs } of log.summaries(cursor)) {
        seconds = Math.max(0, (clock.now() - timestampMs) / 1000);
        break;
      }
    }
    metrics.gauge('sink_lag_seconds', seconds, { sink: name });
  }
}
