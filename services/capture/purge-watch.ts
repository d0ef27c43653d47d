/**
 * Tells in time that the server is about to delete a part of its binlog that was not read yet: after that only a new
 * copy of every table helps. What is unread was written after the moment up to which all was read, so the server keeps
 * it until that moment plus the time for which it keeps files, at the least; nobody needs to see the files' dates.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import type { BinlogOutlook, ChangeSource } from '../../core/ports/change-source.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { SourcePosition } from '../../core/position.ts';

export interface PurgeForecast {
  /** Bytes of the binlog that were not read yet; null when the place is not in a file of the server. */
  readonly unreadBytes: number | null;
  /** The server keeps what is unread for this long at the least, seconds; null: it deletes nothing by age. */
  readonly secondsLeft: number | null;
  /** The server keeps this much more before it deletes what is unread, bytes; null: it deletes nothing by size. */
  readonly bytesLeft: number | null;
  /** Little is left of either. */
  readonly atRisk: boolean;
}

export interface ReadPlace {
  readonly position: SourcePosition;
  /** All that the source wrote before this moment was read, ms since epoch. */
  readonly readUntilMs: number;
}

/** At risk is what has less than this part of the time or size left that the server allows. */
const RISKY_PART = 0.25;

/** `readUntilMs` 0: not known, and then the forecast says as much as can be left. */
export function forecastPurge(outlook: BinlogOutlook, readUntilMs: number, nowMs: number): PurgeForecast {
  const { unreadBytes, keepSeconds, keepBytes } = outlook;
  const isRead = unreadBytes === 0;
  const aged = isRead || readUntilMs === 0 ? 0 : Math.max(0, nowMs - readUntilMs) / 1000;
  const secondsLeft = keepSeconds === null ? null : Math.max(0, Math.floor(keepSeconds - aged));
  const bytesLeft = keepBytes === null ? null : Math.max(0, keepBytes - (unreadBytes ?? 0));
  const isScarce = (left: number | null, all: number | null): boolean =>
    left !== null && all !== null && left < all * RISKY_PART;
  const atRisk = !isRead && (isScarce(secondsLeft, keepSeconds) || isScarce(bytesLeft, keepBytes));
  return { unreadBytes, secondsLeft, bytesLeft, atRisk };
}

const LOOK_EVERY_MS = 60_000;
const WARN_EVERY_MS = 3_600_000;

export class PurgeWatch {
  readonly #source: Pick<ChangeSource, 'outlook'>;
  readonly #deps: { readonly clock: Clock; readonly logger: Logger; readonly metrics: Metrics };
  readonly #place: () => ReadPlace | null;
  #outlook: BinlogOutlook | null = null;
  #warnedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    source: Pick<ChangeSource, 'outlook'>,
    place: () => ReadPlace | null,
    deps: { readonly clock: Clock; readonly logger: Logger; readonly metrics: Metrics },
  ) {
    this.#source = source;
    this.#place = place;
    this.#deps = deps;
  }

  /** As of now, by what the server last told; null before it did. */
  get forecast(): PurgeForecast | null {
    const place = this.#place();
    if (this.#outlook === null || place === null) return null;
    return forecastPurge(this.#outlook, place.readUntilMs, this.#deps.clock.now());
  }

  /** Asks the server now and then, until `signal` aborts. A server that does not answer is asked again. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look().catch((error: unknown) => {
        this.#deps.logger.debug({ error: (error as Error).message }, 'the binlog files could not be listed');
      });
      await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async look(): Promise<void> {
    const place = this.#place();
    if (place === null) return;
    this.#outlook = await this.#source.outlook(place.position);
    const forecast = this.forecast;
    if (forecast) this.#tell(forecast);
  }

  #tell(forecast: PurgeForecast): void {
    const { metrics, logger, clock } = this.#deps;
    const { unreadBytes, secondsLeft, bytesLeft, atRisk } = forecast;
    if (unreadBytes !== null) metrics.gauge('source_binlog_unread_bytes', unreadBytes);
    if (secondsLeft !== null) metrics.gauge('source_binlog_purge_seconds', secondsLeft);
    if (bytesLeft !== null) metrics.gauge('source_binlog_purge_bytes', bytesLeft);
    if (!atRisk || clock.now() - this.#warnedAtMs < WARN_EVERY_MS) return;
    this.#warnedAtMs = clock.now();
    logger.warn(
      { unreadBytes, secondsLeft, bytesLeft },
      'the source is about to delete binlog that was not read yet: SET GLOBAL binlog_expire_logs_seconds to more, until capture has caught up',
    );
  }
}
