/** Where a replay begins: the place in the log, and what follows it. */
import { DolistreamError } from '../../core/errors.ts';
import type { BatchSummary, ChangeLog, Cursor } from '../../core/ports/change-log.ts';
import { tableOfTopic } from '../../core/topics.ts';

/** A commit time (ms since epoch), or a `seq`. */
export type ReplayStart =
  { readonly kind: 'time'; readonly timeMs: number } | { readonly kind: 'seq'; readonly seq: number };

/** As a user says it; a store is what `warehouse` begins from. */
export type GivenStart =
  | ReplayStart
  | { readonly kind: 'ago'; readonly ms: number }
  | { readonly kind: 'store'; readonly store: 'raw' | 'lake' };

/** Throws CONFIG_INVALID for a store. */
export function startOf(given: GivenStart, nowMs: number): ReplayStart {
  if (given.kind === 'ago') return { kind: 'time', timeMs: nowMs - given.ms };
  if (given.kind !== 'store') return given;
  throw new DolistreamError('CONFIG_INVALID', `--from is ${given.store}, which is no place in the log`, {
    fix: 'Say where to begin: --from 2h, --from 2026-11-23T08:00:00Z, or the seq of an event.',
  });
}

export interface ReplayPlan {
  /** Right before the first batch that is loaded again. */
  readonly from: Cursor | null;
  /** By topic of a table, what is loaded again. */
  readonly topics: ReadonlyMap<string, ReplayedTopic>;
}

export interface ReplayedTopic {
  /** Offset of the first record. */
  readonly first: number;
  /** Up to the log's end now. */
  readonly records: number;
}

interface Found {
  readonly from: Cursor | null;
  readonly topics: Map<string, { first: number; records: number }>;
  readonly oldest: BatchSummary | null;
  /** First batch at or after the start; null: there is none. */
  readonly first: BatchSummary | null;
  readonly newest: BatchSummary | null;
}

/**
 * Batches are the unit: a replay begins with the whole batch that the start lies in. Rejects with LOG_TRIMMED when retention
 * has dropped what lies there, and with CONFIG_INVALID when nothing does.
 */
export async function planReplay(
  log: ChangeLog,
  request: {
    readonly prefix: string;
    readonly start: ReplayStart;
    /** Whether the rows of a table are to be loaded again, by its name. */
    readonly selects: (table: string) => boolean;
  },
): Promise<ReplayPlan> {
  const { start } = request;
  const found = await find(log, request);
  if (found.first === null) {
    throw new DolistreamError(
      'CONFIG_INVALID',
      `Nothing in the change log is at or after ${describe(start)}`,
      {
        fix: found.newest === null ? 'The log is empty.' : `Its newest record is of ${timeOf(found.newest)}.`,
      },
    );
  }
  await checkKept(log, start, found.oldest!);
  return { from: found.from, topics: found.topics };
}

async function find(
  log: ChangeLog,
  { prefix, start, selects }: Parameters<typeof planReplay>[1],
): Promise<Found> {
  const topics: Found['topics'] = new Map();
  let oldest: BatchSummary | null = null;
  let first: BatchSummary | null = null;
  let newest: BatchSummary | null = null;
  let from: Cursor | null = null;
  for await (const summary of log.summaries(null)) {
    oldest ??= summary;
    if (first === null && isAtOrAfter(summary, start)) {
      first = summary;
      from = newest?.next ?? null;
    }
    newest = summary;
    const table = tableOfTopic(prefix, summary.topic);
    if (first === null || table === null || !selects(table.table)) continue;
    const known = topics.get(summary.topic) ?? { first: summary.baseOffset, records: 0 };
    topics.set(summary.topic, { ...known, records: known.records + summary.count });
  }
  return { from, topics, oldest, first, newest };
}

/** Whether the batch may hold something of the start or later. */
export function isAtOrAfter({ timestampMs, lastSeq }: BatchSummary, start: ReplayStart): boolean {
  return start.kind === 'time' ? timestampMs >= start.timeMs : lastSeq >= start.seq;
}

/** Of a log that was trimmed only what begins after its oldest batch does is known to be whole. */
async function checkKept(log: ChangeLog, start: ReplayStart, oldest: BatchSummary): Promise<void> {
  const isWhole = (await log.topics()).every(({ firstOffset }) => firstOffset === 0);
  if (isWhole) return;
  const hasSeq = (_topic: string, lastSeq: number): boolean => lastSeq > 0;
  const { batches } = await log.read({ from: null, maxBytes: 1, waitMs: 0, topics: hasSeq });
  const oldestSeq = batches[0]?.firstSeq ?? 0;
  // Times are of a batch's newest record: what was dropped may have been of the same time as the oldest.
  const isKept = start.kind === 'seq' ? oldestSeq <= start.seq : oldest.timestampMs < start.timeMs;
  if (isKept) return;
  throw new DolistreamError(
    'LOG_TRIMMED',
    `The change log no longer holds all since ${describe(start)}; the oldest that it holds is seq ${oldestSeq} of ${timeOf(oldest)}`,
    {
      fix: `Replay from there (--from ${oldestSeq}), or copy the tables again: dolistream backfill. Keep more with --log-retention-bytes and --log-retention-days.`,
    },
  );
}

const timeOf = ({ timestampMs }: BatchSummary): string => new Date(timestampMs).toISOString();

const describe = (start: ReplayStart): string =>
  start.kind === 'time' ? new Date(start.timeMs).toISOString() : `seq ${start.seq}`;
