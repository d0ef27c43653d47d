/** Follows the change log for people: events of some topics as they come, decoded. */
import { DolistreamError } from '../../core/errors.ts';
import type { ChangeLog, Cursor, LoggedBatch } from '../../core/ports/change-log.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import { tableOfTopic } from '../../core/topics.ts';
import { matchesGlob } from '../name-rules.ts';
import { type GivenStart, isAtOrAfter, type ReplayStart, startOf } from '../recovery/replay-plan.ts';
import { type Drops, EventDecoder, type JsonRecord } from './event-decoder.ts';

export interface TapRequest {
  /** A table, a topic, or a glob over either. */
  readonly topic: string;
  /** null: what comes from now on. */
  readonly from: GivenStart | null;
  /** End after so many events; null: never. */
  readonly limit: number | null;
}

export interface TapEvent {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** What the record holds; of a row change Debezium's envelope. */
  readonly value: JsonRecord;
}

export interface TapSources {
  readonly log: ChangeLog;
  readonly registry: Pick<SchemaRegistry, 'schemaById'>;
  readonly prefix: string;
  readonly drops: Drops;
  readonly nowMs: number;
}

const READ_BYTES = 256 * 1024;
/** How long one read waits for an append; the next one follows at once. */
const WAIT_MS = 5000;

/** The events end at the limit, or when `signal` aborts. Rejects with CONFIG_INVALID when no topic has that name. */
export async function openTap(
  sources: TapSources,
  request: TapRequest,
  signal: AbortSignal,
): Promise<AsyncIterable<TapEvent>> {
  const { log, prefix } = sources;
  const selects = (topic: string): boolean => isMeant(request.topic, prefix, topic);
  await checkTopic(log, request.topic, selects);
  const start = request.from === null ? null : startOf(request.from, sources.nowMs);
  const cursor = start === null ? await log.end() : await placeBefore(log, start);
  return follow(sources, { selects, start, cursor, limit: request.limit ?? Infinity }, signal);
}

async function* follow(
  { log, registry, drops }: TapSources,
  begin: {
    readonly selects: (topic: string) => boolean;
    readonly start: ReplayStart | null;
    readonly cursor: Cursor | null;
    readonly limit: number;
  },
  signal: AbortSignal,
): AsyncIterable<TapEvent> {
  const { selects, start } = begin;
  const decoder = new EventDecoder(registry, drops);
  let { cursor, limit: left } = begin;
  while (left > 0 && !signal.aborted) {
    const read = await log.read({
      ...{ from: cursor, maxBytes: READ_BYTES, topics: selects, waitMs: WAIT_MS, signal },
    });
    cursor = read.cursor;
    for (const batch of read.batches) {
      for (let index = 0; index < batch.count && left > 0; index++) {
        const event = await eventAt(decoder, batch, index);
        if (start !== null && isBefore(event.value, start)) continue;
        yield event;
        left--;
      }
    }
  }
}

async function eventAt(decoder: EventDecoder, batch: LoggedBatch, index: number): Promise<TapEvent> {
  const { topic, partition, baseOffset } = batch;
  return { topic, partition, offset: baseOffset + index, value: await decoder.decode(batch, index) };
}

/** `llx_ticket`, `dolibarr.llx_ticket`, the whole topic, or what follows the prefix, such as `alerts`. */
function isMeant(wanted: string, prefix: string, topic: string): boolean {
  const table = tableOfTopic(prefix, topic)?.table;
  const short = topic.startsWith(`${prefix}.`) ? topic.slice(prefix.length + 1) : topic;
  return [topic, short, ...(table === undefined ? [] : [table])].some((name) => matchesGlob(wanted, name));
}

async function checkTopic(
  log: ChangeLog,
  wanted: string,
  selects: (topic: string) => boolean,
): Promise<void> {
  const topics = [...new Set((await log.topics()).map(({ topic }) => topic))];
  if (/[*?]/.test(wanted) || topics.some(selects)) return;
  const shown = topics.slice(0, 8).join(', ') + (topics.length > 8 ? ', …' : '');
  throw new DolistreamError(
    'CONFIG_INVALID',
    `The change log has no topic or table ${JSON.stringify(wanted)}`,
    {
      fix: topics.length === 0 ? 'It is empty yet; a name with * waits.' : `It has ${shown}`,
    },
  );
}

/** Right before the first batch that may hold what is asked for. */
async function placeBefore(log: ChangeLog, start: ReplayStart): Promise<Cursor | null> {
  let before: Cursor | null = null;
  for await (const summary of log.summaries(null)) {
    if (isAtOrAfter(summary, start)) return before;
    before = summary.next;
  }
  return before;
}

/** Batches are the unit of the log: their first records may be older than what was asked for. */
function isBefore({ source }: JsonRecord, start: ReplayStart): boolean {
  const { ts_ms: timeMs, seq } = Object(source) as { ts_ms?: unknown; seq?: unknown };
  const [value, least] = start.kind === 'time' ? [timeMs, start.timeMs] : [seq, start.seq];
  return value !== undefined && value !== null && Number(value) < least;
}
