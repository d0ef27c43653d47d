/**
 * Collects what the log delivers into segments, one per table, and writes them as files. Knows from the names of the
 * files which events are there already, so a batch that comes a second time after a crash is not written twice.
 */
import { tableOfEnvelope } from '../../core/avro-schema.ts';
import type { LoggedBatch } from '../../core/ports/change-log.ts';
import type { LakeStore } from '../../core/ports/lake-store.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import { CommitDates } from './commit-dates.ts';
import { type RangeFile, rangePath, tableFolder } from './lake-path.ts';
import { Segment, type SegmentStart } from './segment.ts';

/** A small file waits for the disk most of its time. */
const WRITES_AT_ONCE = 3;

interface KnownSchema {
  readonly text: string;
  /** null: not a table's changes, so not kept in the lake. */
  readonly folder: string | null;
}

export interface LakeWriterOptions {
  readonly store: LakeStore;
  readonly registry: SchemaRegistry;
  readonly metrics: Metrics;
  /** A segment of this many bytes becomes a file. */
  readonly segmentBytes: number;
  /** What the lake holds at the start. */
  readonly files: readonly RangeFile[];
  /** By table folder: what is added to the log's offsets; 0 where there is nothing. */
  readonly offsetBases: OffsetBases;
}

/**
 * A log that begins anew counts from 0 again, while the lake goes on: its offsets are the log's plus the base that
 * was found when this log was first seen.
 */
export type OffsetBases = Readonly<Record<string, number>>;

/** By table folder, the offset after the last event that is in a file. */
export function nextOffsets(files: readonly RangeFile[]): Map<string, number> {
  const next = new Map<string, number>();
  for (const { table, last } of files) next.set(table, Math.max(last + 1, next.get(table) ?? 0));
  return next;
}

export class LakeWriter {
  readonly #options: LakeWriterOptions;
  readonly #schemas = new Map<number, KnownSchema>();
  readonly #dates = new CommitDates((id) => this.#schemas.get(id)!.text);
  /** By table folder, as are the maps below. */
  readonly #segments = new Map<string, Segment>();
  readonly #nextOffset: Map<string, number>;
  readonly #lastDate = new Map<string, string>();
  #pendingBytes = 0;

  constructor(options: LakeWriterOptions) {
    this.#options = options;
    this.#nextOffset = nextOffsets(options.files);
  }

  /** Bytes of events that are not in a file yet. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Takes a batch in; writes the table's segment when it is full or the batch cannot join it. */
  async add(batch: LoggedBatch): Promise<void> {
    const { folder } = await this.#schema(batch.valueSchemaId);
    if (folder === null) return;
    const base = batch.baseOffset + (this.#options.offsetBases[folder] ?? 0);
    const next = this.#nextOffset.get(folder) ?? base;
    for (const run of this.#dates.split(batch, this.#lastDate.get(folder) ?? null)) {
      this.#lastDate.set(folder, run.date);
      const from = Math.max(run.from, next - base);
      if (from >= run.to) continue;
      const start = {
        table: folder,
        schemaId: batch.valueSchemaId,
        date: run.date,
        first: base + from,
      };
      await this.#addRun(batch, start, { from, to: run.to });
    }
  }

  /** Writes every segment. When some cannot be written, the others are before it rejects. */
  async flush(): Promise<void> {
    const folders = [...this.#segments.keys()];
    const writeOneByOne = async (): Promise<void> => {
      for (let folder = folders.pop(); folder !== undefined; folder = folders.pop())
        await this.#write(folder);
    };
    const lanes = await Promise.allSettled(Array.from({ length: WRITES_AT_ONCE }, writeOneByOne));
    const failed = lanes.find((lane) => lane.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async #addRun(
    batch: LoggedBatch,
    start: SegmentStart,
    { from, to }: { readonly from: number; readonly to: number },
  ): Promise<void> {
    const folder = start.table;
    if (this.#segments.get(folder)?.accepts(start) === false) await this.#write(folder);
    const segment = this.#segments.get(folder) ?? new Segment(start);
    const before = segment.bytes;
    segment.add(batch, from, to);
    this.#segments.set(folder, segment);
    this.#pendingBytes += segment.bytes - before;
    if (segment.bytes >= this.#options.segmentBytes) await this.#write(folder);
  }

  async #write(folder: string): Promise<void> {
    const segment = this.#segments.get(folder);
    if (!segment) return;
    const { schemaId, first } = segment.start;
    const { text } = await this.#schema(schemaId);
    const path = rangePath(segment.range);
    const { metrics, store } = this.#options;
    const started = performance.now();
    const file = await store.write({
      path,
      schemaId,
      schema: text,
      firstOffset: first,
      blocks: segment.blocks,
    });
    this.#segments.delete(folder);
    this.#pendingBytes -= segment.bytes;
    this.#nextOffset.set(folder, segment.range.last + 1);
    metrics.observe('lake_write_seconds', (performance.now() - started) / 1000);
    metrics.count('lake_files_written_total');
    metrics.count('lake_events_written_total', segment.count);
    metrics.count('lake_bytes_written_total', file.bytes);
  }

  async #schema(id: number): Promise<KnownSchema> {
    const known = this.#schemas.get(id);
    if (known) return known;
    const text = await this.#options.registry.schemaById(id);
    const table = tableOfEnvelope(text);
    const schema = { text, folder: table && tableFolder(table) };
    this.#schemas.set(id, schema);
    return schema;
  }
}
