/** Following events over HTTP: both ends of how a request is written. */
import { DolistreamError } from '../../core/errors.ts';
import type { Tap } from '../../services/monitor/tap-routes.ts';
import { selectDroppedColumns } from '../name-rules.ts';
import { replayStart } from '../option-types.ts';
import type { RuntimeClient } from '../runtime.ts';
import type { Stores } from '../stores.ts';
import type { TapRequest, TapSources } from './tap-events.ts';

const FIX = 'Send ?topic=llx_ticket&from=2h&limit=10; from is a time, a duration or a seq.';
const MAX_LIMIT = 1_000_000_000;

export const tapSourcesOf = ({ log, registry, context }: Stores): TapSources => ({
  ...{ log, registry, prefix: context.options.topicPrefix },
  drops: selectDroppedColumns(context.options),
  nowMs: context.clock.now(),
});

export function tapQuery({ topic, from, limit }: TapRequest): string {
  return new URLSearchParams({
    topic,
    ...(from === null ? {} : { from: replayStart.format!(from) }),
    ...(limit === null ? {} : { limit: String(limit) }),
  }).toString();
}

/** What the HTTP port offers of it; every request is checked. */
export const tapTask =
  (tap: RuntimeClient['tap']): Tap =>
  async (asked, signal) =>
    tap(readRequest(asked), signal);

function readRequest({ topic, from, limit }: Readonly<Record<string, string>>): TapRequest {
  const invalid = (name: string, value: string | undefined): DolistreamError =>
    new DolistreamError('CONFIG_INVALID', `${name} is ${JSON.stringify(value ?? null).slice(0, 100)}`, {
      fix: FIX,
    });
  if (topic === undefined || !isTopicGlob(topic)) throw invalid('topic', topic);
  const start = from === undefined ? null : replayStart.parse(from);
  if (start === undefined) throw invalid('from', from);
  const count = limit === undefined ? null : Number(limit);
  if (count !== null && !(Number.isInteger(count) && count > 0 && count <= MAX_LIMIT))
    throw invalid('limit', limit);
  return { topic, from: start, limit: count };
}

export const isTopicGlob = (text: string): boolean => /^[\p{L}\p{N}_$.*?-]{1,250}$/u.test(text);
