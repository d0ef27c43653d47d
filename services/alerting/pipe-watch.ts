/**
 * Whether figures come in time. While they do not, what looks odd may be odd only because the rest is missing: business
 * alerts wait, and one message says so. Two looks to begin, and half the time to end, so that it does not flap.
 */
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { AlertDesk } from './alert-desk.ts';
import type { Wording } from './compose-message.ts';
import { PHRASES } from './phrases.ts';

export interface PipeWatchDeps {
  readonly desk: AlertDesk;
  readonly lateMs: number;
  readonly wording: Wording;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const MINUTE_MS = 60_000;
const LOOKS_TO_BEGIN = 2;

export class PipeWatch {
  readonly #deps: PipeWatchDeps;
  #lateLooks = 0;

  constructor(deps: PipeWatchDeps) {
    this.#deps = deps;
    const kept = [...deps.desk.store.cases.values()];
    deps.desk.isPipeLate = kept.some(
      ({ subjectType, state }) => subjectType === 'pipeline' && state !== 'closed',
    );
  }

  /** `behindMs`: null leaves things as they are. True when the pipe became late or came back. */
  note(behindMs: number | null): boolean {
    const { desk, lateMs, wording, logger, metrics } = this.#deps;
    if (behindMs === null) return false;
    metrics.gauge('alerts_suspended', desk.isPipeLate ? 1 : 0);
    this.#lateLooks = behindMs > lateMs ? this.#lateLooks + 1 : 0;
    if (!desk.isPipeLate && this.#lateLooks >= LOOKS_TO_BEGIN) {
      const { title, text } = PHRASES[wording.locale].pipeLate;
      desk.isPipeLate = true;
      desk.setOwnCase('pipeline', 'late', { title, text: text(String(Math.round(behindMs / MINUTE_MS))) });
      logger.warn({ behindMs }, 'alerts wait: the pipeline is late');
      return true;
    }
    if (!desk.isPipeLate || behindMs > lateMs / 2) return false;
    desk.isPipeLate = false;
    desk.setOwnCase('pipeline', 'late', null);
    logger.info({ behindMs }, 'the pipeline is in time again: alerts go on');
    return true;
  }
}
